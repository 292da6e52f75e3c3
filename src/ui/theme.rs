//! The look of the panels: colours, type, spacing. The one place for all of them.
//!
//! Owns every colour and measure of the interface; the lattice has its own (`explorer::look`).

use bevy_egui::egui::{
    self, Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Frame, Margin, Rect, RichText, Shadow, Stroke,
    TextStyle,
};

pub use crate::words::{counted, grouped};

/// What is written on the key that commands go with.
pub const COMMAND: &str = if cfg!(target_os = "macos") { "Cmd" } else { "Ctrl" };
/// Panels: #0E1119 at 96 %. Colours are blended as light here, which lets more of bright faces through than the same share would
/// in a drawing program.
pub const PANEL: Color32 = Color32::from_rgba_premultiplied(13, 16, 24, 245);
/// Lines around and inside panels.
pub const BORDER: Color32 = Color32::from_rgb(0x23, 0x2A, 0x3A);
/// Raised controls.
pub const CONTROL: Color32 = Color32::from_rgb(0x1B, 0x21, 0x30);
/// Raised controls under the pointer.
pub const CONTROL_HOVERED: Color32 = Color32::from_rgb(0x23, 0x2B, 0x3F);
/// Border of raised controls.
pub const CONTROL_BORDER: Color32 = Color32::from_rgb(0x2A, 0x33, 0x46);
/// Text.
pub const TEXT: Color32 = Color32::from_rgb(0xC9, 0xD1, 0xE0);
/// What matters most.
pub const TEXT_STRONG: Color32 = Color32::from_rgb(0xEE, 0xF2, 0xFA);
/// What one may overlook.
pub const TEXT_QUIET: Color32 = Color32::from_rgb(0x7B, 0x86, 0x9C);
/// The one accent: warm amber.
pub const ACCENT: Color32 = Color32::from_rgb(0xE8, 0xA1, 0x5A);
/// The accent under the pointer.
pub const ACCENT_HOVERED: Color32 = Color32::from_rgb(0xF0, 0xB2, 0x73);
/// Text on the accent.
pub const ON_ACCENT: Color32 = Color32::from_rgb(0x1A, 0x12, 0x08);
/// The typical range of the gauge.
pub const TYPICAL: Color32 = Color32::from_rgb(0x6E, 0xA8, 0x7C);
/// Beyond the typical range.
pub const UNTYPICAL: Color32 = Color32::from_rgb(0x8A, 0x4B, 0x3C);
/// The knob of sliders.
pub const KNOB: Color32 = Color32::from_rgb(0xF3, 0xEA, 0xDD);

/// The colours of lines beside the accent and the green of what is typical: blue, rose, cyan, violet, yellow and white, far enough apart
/// to be told apart as thin lines on a dark ground.
const LINES: [Color32; 6] = [
    Color32::from_rgb(0x5B, 0x8F, 0xE0),
    Color32::from_rgb(0xE0, 0x60, 0x7F),
    Color32::from_rgb(0x62, 0xD0, 0xDC),
    Color32::from_rgb(0xB1, 0x84, 0xF0),
    Color32::from_rgb(0xD9, 0xD4, 0x5C),
    Color32::from_rgb(0xE6, 0xEA, 0xF4),
];

/// Lines and bars that stand beside each other, each of another model.
const SERIES: [Color32; 8] = [ACCENT, LINES[0], TYPICAL, LINES[1], LINES[2], LINES[3], LINES[4], LINES[5]];

/// The ground that curves and bars stand on.
pub const GROUND: Color32 = Color32::from_rgb(0x0B, 0x0E, 0x15);

/// The colour of a curve that is neither the loss nor a held-out error, by its place; after the last one they begin again.
pub fn line(place: usize) -> Color32 {
    LINES[place % LINES.len()]
}

/// The colour of a model in plots, by its place; after the last one they begin again.
pub fn series(place: usize) -> Color32 {
    SERIES[place % SERIES.len()]
}

/// Width of the left panel, in points.
pub const LEFT_WIDTH: f32 = 292.0;
/// Width of the panel of the selected face.
pub const RIGHT_WIDTH: f32 = 212.0;
/// Height of the status bar.
pub const STATUS_HEIGHT: f32 = 32.0;
/// Distance of panels from the window's edge.
pub const MARGIN: f32 = 13.0;
/// Padding inside panels.
pub const PADDING: f32 = 14.0;

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
const SEMI_BOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");

/// Body text.
pub fn body() -> FontId {
    FontId::proportional(12.0)
}

/// Small print: shares of variance, captions.
pub fn small() -> FontId {
    FontId::proportional(10.5)
}

/// The semi-bold weight.
pub fn semi_bold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("semi-bold".into()))
}

/// A section title.
pub fn title(text: impl Into<String>) -> RichText {
    RichText::new(text).font(semi_bold(11.0)).color(TEXT)
}

/// Strong text.
pub fn strong(text: impl Into<String>) -> RichText {
    RichText::new(text).font(semi_bold(12.0)).color(TEXT_STRONG)
}

/// Quiet text.
pub fn quiet(text: impl Into<String>) -> RichText {
    RichText::new(text).font(body()).color(TEXT_QUIET)
}

/// The frame of floating panels.
pub fn panel_frame() -> Frame {
    Frame::new()
        .fill(PANEL)
        .stroke(Stroke::new(1.0, BORDER))
        .corner_radius(CornerRadius::same(10))
        .inner_margin(Margin::same(PADDING as i8))
        .shadow(Shadow { offset: [0, 6], blur: 24, spread: 0, color: Color32::from_black_alpha(90) })
}

/// Makes the whole interface look as it should.
pub fn apply(ctx: &Context) {
    ctx.set_theme(egui::Theme::Dark);
    // The zoom follows the window.
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
    ctx.set_fonts(fonts());
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Heading, semi_bold(13.0)),
            (TextStyle::Body, body()),
            (TextStyle::Button, body()),
            (TextStyle::Small, small()),
            (TextStyle::Monospace, body()),
        ]
        .into();
        style.spacing.item_spacing = egui::vec2(8.0, 7.0);
        style.spacing.button_padding = egui::vec2(10.0, 5.0);
        style.spacing.interact_size = egui::vec2(20.0, 28.0);
        style.spacing.menu_margin = Margin::same(6);
        style.spacing.scroll = egui::style::ScrollStyle::thin();
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.4;
        style.animation_time = 0.1;
        visuals(&mut style.visuals);
    });
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    fonts.font_data.insert("inter".into(), FontData::from_static(REGULAR).into());
    fonts.font_data.insert("inter-semi-bold".into(), FontData::from_static(SEMI_BOLD).into());
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let family = |first: &str| std::iter::once(first.to_owned()).chain(fallback.iter().cloned()).collect();
    fonts.families.insert(FontFamily::Proportional, family("inter"));
    fonts.families.insert(FontFamily::Monospace, family("inter"));
    fonts.families.insert(FontFamily::Name("semi-bold".into()), family("inter-semi-bold"));
    fonts
}

fn visuals(visuals: &mut egui::Visuals) {
    let radius = CornerRadius::same(6);
    let states = &mut visuals.widgets;
    for (state, fill, border, text) in [
        (&mut states.noninteractive, Color32::TRANSPARENT, BORDER, TEXT),
        (&mut states.inactive, CONTROL, CONTROL_BORDER, TEXT),
        (&mut states.hovered, CONTROL_HOVERED, Color32::from_rgb(0x3A, 0x46, 0x5E), TEXT_STRONG),
        (&mut states.active, CONTROL_HOVERED, ACCENT, TEXT_STRONG),
        (&mut states.open, CONTROL_HOVERED, CONTROL_BORDER, TEXT_STRONG),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, border);
        state.fg_stroke = Stroke::new(1.0, text);
        state.corner_radius = radius;
        state.expansion = 0.0;
    }
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(TEXT_QUIET);
    visuals.selection.bg_fill = Color32::from_rgb(0x4A, 0x38, 0x24);
    visuals.selection.stroke = Stroke::new(1.0, ACCENT);
    visuals.hyperlink_color = ACCENT;
    visuals.window_fill = Color32::from_rgb(0x12, 0x16, 0x20);
    visuals.panel_fill = PANEL;
    visuals.extreme_bg_color = GROUND;
    visuals.window_stroke = Stroke::new(1.0, BORDER);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    // A cursor that blinks would have everything drawn anew twice a second.
    visuals.text_cursor.blink = false;
    visuals.popup_shadow = Shadow { offset: [0, 4], blur: 16, spread: 0, color: Color32::from_black_alpha(110) };
}

/// The panels are made for windows of at least this many points.
const LEAST_POINTS: [f32; 2] = [640.0, 480.0];

/// Physical pixels of a point in a window of this size, in physical pixels, on a screen of this scale: it grows with the window, so
/// that text stays legible up to 4K, and shrinks where the panels would not find room, but never below a pixel.
pub fn pixels_per_point(physical: [f32; 2], scale: f32) -> f32 {
    let legible = ((physical[1] / 900.0) * 4.0).floor().max(4.0) / 4.0;
    let room = (physical[0] / LEAST_POINTS[0]).min(physical[1] / LEAST_POINTS[1]);
    legible.max(scale).min(room).max(1.0)
}

/// Width of a dock on the right that wants so much: it leaves the left panel alone.
pub fn dock_width(screen: Rect, wanted: f32) -> f32 {
    wanted.min(screen.width() - LEFT_WIDTH - 3.0 * MARGIN).max(0.0)
}

/// What panels beside the left one may take of the height, their padding not counted.
pub fn dock_height(screen: Rect) -> f32 {
    screen.height() - STATUS_HEIGHT - 2.0 * MARGIN - 2.0 * PADDING
}

/// A number with a sign and two decimals; the minus is U+2212.
pub fn signed(value: f64) -> String {
    if value > 0.004_999 {
        format!("+{value:.2}")
    } else if value < -0.004_999 {
        format!("\u{2212}{:.2}", -value)
    } else {
        "0.00".to_owned()
    }
}

/// Reads what [`signed`] writes, and anything a user might type for it.
pub fn parse_signed(text: &str) -> Option<f64> {
    let plain: String = text.trim().trim_end_matches('σ').trim().replace('\u{2212}', "-").replace(',', ".");
    plain.trim_start_matches('+').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        for value in [-1.25, 0.0, 0.4, 12.5] {
            assert_eq!(parse_signed(&signed(value)), Some(value));
        }
        assert_eq!(signed(-0.62), "−0.62");
        assert_eq!((signed(-0.001).as_str(), parse_signed(" 1,5 σ"), parse_signed("x")), ("0.00", Some(1.5), None));
    }

    /// Red, green and blue as light, 0 to 1.
    fn light(color: Color32) -> [f64; 3] {
        [color.r(), color.g(), color.b()].map(|byte| {
            let share = f64::from(byte) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// The contrast of two colours, 1 to 21, as WCAG 2 defines it.
    fn contrast(one: Color32, other: Color32) -> f64 {
        let luminance = |color| light(color).iter().zip([0.2126, 0.7152, 0.0722]).map(|(share, weight)| share * weight).sum::<f64>() + 0.05;
        let (one, other) = (luminance(one), luminance(other));
        one.max(other) / one.min(other)
    }

    /// How different two colours look: their distance in Oklab.
    fn distance(one: Color32, other: Color32) -> f64 {
        let oklab = |color| {
            let [r, g, b] = light(color);
            let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
            let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
            let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
            [
                0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
                1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
                0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
            ]
        };
        oklab(one).iter().zip(oklab(other)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn colours_of_lines_stand_out_from_the_ground_and_from_each_other() {
        for (at, color) in SERIES.into_iter().enumerate() {
            assert!(contrast(color, GROUND) >= 4.5, "{at}: {}", contrast(color, GROUND));
            for other in &SERIES[..at] {
                assert!(distance(color, *other) >= 0.11, "{color:?} and {other:?}: {}", distance(color, *other));
            }
        }
        assert!((contrast(Color32::WHITE, Color32::BLACK) - 21.0).abs() < 1e-9 && distance(ACCENT, ACCENT) == 0.0);
        assert_eq!((line(0), line(LINES.len()), series(SERIES.len())), (LINES[0], LINES[0], ACCENT));
    }

    #[test]
    fn text_grows_with_the_screen() {
        let of = |width, height, scale| pixels_per_point([width, height], scale);
        assert_eq!((of(1280.0, 720.0, 1.0), of(1920.0, 1080.0, 1.0), of(3840.0, 2160.0, 1.0)), (1.0, 1.0, 2.25));
        assert_eq!((of(3840.0, 2160.0, 2.0), of(3840.0, 2160.0, 3.0)), (2.25, 3.0), "the screen's own scale is the least");
    }

    #[test]
    fn a_small_or_narrow_window_has_room_for_the_panels() {
        let of = |width, height, scale| pixels_per_point([width, height], scale);
        assert_eq!((of(640.0, 480.0, 1.0), of(1280.0, 960.0, 2.0)), (1.0, 2.0));
        assert_eq!(of(1280.0, 720.0, 2.0), 1.5, "a scaled screen that holds fewer points");
        assert_eq!(of(960.0, 2160.0, 1.0), 1.5, "half of a large screen");
        assert_eq!((of(300.0, 200.0, 1.0), of(0.0, 0.0, 2.0)), (1.0, 1.0), "text is never smaller than that");
        let screen = Rect::from_min_size(egui::pos2(0.0, 0.0), egui::vec2(640.0, 480.0));
        assert!(dock_width(screen, 400.0) + LEFT_WIDTH + 3.0 * MARGIN <= 640.0 && dock_width(screen, 400.0) > 280.0);
    }
}
