//! What the network could do at each step: samples from fixed random numbers, and held-out faces over their reconstructions.
//!
//! Owns the picture on screen and the scrubber over its history. A file is read only when another picture is wanted.

use std::path::{Path, PathBuf};

use bevy_egui::egui::{
    self, Align, Align2, Button, ColorImage, Label, Layout, Sense, TextureFilter, TextureHandle, TextureOptions, Ui, vec2,
};

use crate::session::Training;
use crate::training::RunFolder;
use crate::ui::slider::slider;
use crate::ui::theme;
use crate::ui::widgets::{text_width, words};

/// Height over width of a sheet before one is there: eight faces wide, four high.
const USUAL_ASPECT: f32 = 0.505;

/// What a sheet shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Samples,
    Reconstructions,
}

impl Kind {
    /// The word in file names.
    fn word(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Reconstructions => "reconstructions",
        }
    }
}

/// Which sheet the user looks at.
#[derive(Default)]
pub struct SheetView {
    kind: Kind,
    /// The step; `None` is always the newest.
    at: Option<u64>,
    loaded: Option<Loaded>,
}

struct Loaded {
    path: PathBuf,
    picture: Result<TextureHandle, String>,
}

impl SheetView {
    /// Shows the newest from now on.
    pub fn follow(&mut self) {
        self.at = None;
        self.loaded = None;
    }

    fn aspect(&self) -> f32 {
        let picture = self.loaded.as_ref().and_then(|loaded| loaded.picture.as_ref().ok());
        picture.map_or(USUAL_ASPECT, |texture| texture.aspect_ratio().recip()).clamp(0.2, 1.0)
    }
}

/// Draws the sheet and its scrubber.
pub fn show(ui: &mut Ui, training: &Training, view: &mut SheetView) {
    let has_encoder = training.has_encoder();
    header_ui(ui, view, has_encoder);
    // What the user has chosen for other runs waits for them.
    let kind = if has_encoder { view.kind } else { Kind::Samples };
    let sheets = &training.sheets;
    let (Some(run), Some(newest)) = (training.run_path(), sheets.last()) else {
        view.loaded = None;
        empty_ui(ui, view, "The first pictures come after 10 steps");
        return;
    };
    // A step that a roll-back has taken away is shown no more.
    view.at = view.at.filter(|step| sheets.contains(step));
    let step = view.at.unwrap_or(*newest);
    load(ui, &RunFolder::sample_path(run, step, kind.word()), view);
    match view.loaded.as_ref().map(|loaded| &loaded.picture) {
        Some(Ok(texture)) => {
            let size = vec2(ui.available_width(), ui.available_width() * view.aspect());
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            egui::Image::new((texture.id(), rect.size())).corner_radius(6.0).paint_at(ui, rect);
            response.on_hover_text(match kind {
                Kind::Samples => "Faces from the same random numbers at every step",
                Kind::Reconstructions => "Held-out faces, and below each what the network makes of it",
            });
        }
        Some(Err(reason)) => {
            words(ui, reason, theme::ACCENT_HOVERED);
        }
        None => empty_ui(ui, view, "No picture"),
    }
    let size = training.size_at(step).filter(|_| !training.stages.is_empty());
    scrubber_ui(ui, sheets, step, size, view);
}

fn header_ui(ui: &mut Ui, view: &mut SheetView, has_encoder: bool) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        ui.spacing_mut().interact_size.y = 24.0;
        ui.spacing_mut().button_padding = vec2(7.0, 2.0);
        ui.label(theme::title("What it has learned"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (kind, name) in [(Kind::Reconstructions, "Reconstructions"), (Kind::Samples, "Samples")] {
                let is_possible = has_encoder || kind == Kind::Samples;
                let is_shown = if has_encoder { view.kind == kind } else { kind == Kind::Samples };
                let button = ui.add_enabled(is_possible, Button::new(name).selected(is_shown));
                if button.on_disabled_hover_text("There are none of a GAN: it has no encoder").clicked() {
                    view.kind = kind;
                }
            }
        });
    });
}

fn empty_ui(ui: &mut Ui, view: &SheetView, text: &str) {
    let size = vec2(ui.available_width(), ui.available_width() * view.aspect());
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(rect, 6.0, ui.visuals().extreme_bg_color);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, theme::body(), theme::TEXT_QUIET);
}

/// Reads the picture, unless it is the one that is there.
fn load(ui: &Ui, path: &Path, view: &mut SheetView) {
    if view.loaded.as_ref().is_some_and(|loaded| loaded.path == path) {
        return;
    }
    let picture = read(path).map(|image| {
        // Pixels stay pixels where they are enlarged: what is learned is seen as it is.
        let options = TextureOptions { magnification: TextureFilter::Nearest, ..TextureOptions::LINEAR };
        ui.ctx().load_texture("training-sheet", image, options)
    });
    view.loaded = Some(Loaded { path: path.to_path_buf(), picture });
}

fn read(path: &Path) -> Result<ColorImage, String> {
    let wrong = |reason: String| format!("{} cannot be shown: {reason}", path.display());
    let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let picture = image::load_from_memory(&bytes).map_err(|error| wrong(error.to_string()))?.into_rgb8();
    Ok(ColorImage::from_rgb([picture.width() as usize, picture.height() as usize], picture.as_raw()))
}

/// The slider over all steps that have pictures, the step with the size that pictures had, where that changes, and back to the newest.
fn scrubber_ui(ui: &mut Ui, sheets: &[u64], step: u64, size: Option<usize>, view: &mut SheetView) {
    let last = sheets.len().saturating_sub(1);
    let place = sheets.iter().position(|known| *known == step).unwrap_or(last);
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 24.0;
        ui.spacing_mut().button_padding = vec2(7.0, 2.0);
        let text = step_in_words(step, size);
        let width = text_width(ui, &text, theme::body()).max(92.0);
        let (rect, _) = ui.allocate_exact_size(vec2(width, 24.0), Sense::hover());
        ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, text, theme::body(), theme::TEXT);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let live = ui.add(Button::new("Live").selected(view.at.is_none()));
            if live.on_hover_text("Always the newest pictures").clicked() {
                view.at = None;
            }
            if last > 0 {
                let mut wanted = place as f32;
                let width = ui.available_width();
                let response = slider(ui, &mut wanted, 0.0..=last as f32, 0.0, width);
                if response.on_hover_text("Back through what it could do at earlier steps").changed() {
                    let wanted = (wanted.round().max(0.0) as usize).min(last);
                    view.at = (wanted < last).then(|| sheets[wanted]);
                }
            } else {
                ui.add(Label::new(theme::quiet("more come as it trains")));
            }
        });
    });
}

/// "step 1,200 · 16 px".
fn step_in_words(step: u64, size: Option<usize>) -> String {
    let size = size.map(|size| format!(" · {size} px")).unwrap_or_default();
    format!("step {}{size}", theme::grouped(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_a_run_that_grows_says_how_large_pictures_were() {
        assert_eq!((step_in_words(1200, Some(16)), step_in_words(1200, None)), ("step 1,200 · 16 px".into(), "step 1,200".into()));
    }

    #[test]
    fn pictures_are_read_and_what_is_none_is_told() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.png");
        std::fs::write(&path, crate::data::face_png(4, &[7; 48])).unwrap();
        let image = read(&path).unwrap();
        assert_eq!((image.size, image.pixels[5]), ([4, 4], egui::Color32::from_rgb(7, 7, 7)));
        std::fs::write(&path, "no picture").unwrap();
        assert!(read(&path).unwrap_err().contains("cannot be shown"));
        assert!(read(&place.path().join("b.png")).is_err());
    }
}
