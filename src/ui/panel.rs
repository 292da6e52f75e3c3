//! A floating panel: a frame over the lattice, with a shadow around it.
//!
//! Owns that the shadow is drawn where it is seen. How frame and shadow look is the theme's business, where panels stand that of others.

use bevy_egui::egui::{Frame, InnerResponse, Rangef, Rect, Shadow, Shape, Ui};

use super::theme;

/// So far into the panel, in points, its rounded corners still show what is below.
const ROUNDED: f32 = 3.0;

/// Draws a panel with `content` in it. Below it nobody would see the shadow, and a software driver would spend a third of what panels
/// cost there.
pub fn show<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let frame = theme::panel_frame();
    let places = [(); 4].map(|()| ui.painter().add(Shape::Noop));
    let inner = Frame { shadow: Shadow::NONE, ..frame }.show(ui, content);
    let rect = inner.response.rect;
    let shadow = frame.shadow.as_shape(rect, frame.corner_radius);
    for (place, band) in places.into_iter().zip(bands_around(rect.shrink(ROUNDED), ui.clip_rect())) {
        ui.painter().with_clip_rect(band).set(place, shadow.clone());
    }
    inner
}

/// What of `all` is above, below, to the left and to the right of `inside`; none of them covers what another does.
fn bands_around(inside: Rect, all: Rect) -> [Rect; 4] {
    let (left, right) = (Rangef::new(all.left(), inside.left()), Rangef::new(inside.right(), all.right()));
    [
        Rect::from_x_y_ranges(all.x_range(), Rangef::new(all.top(), inside.top())),
        Rect::from_x_y_ranges(all.x_range(), Rangef::new(inside.bottom(), all.bottom())),
        Rect::from_x_y_ranges(left, inside.y_range()),
        Rect::from_x_y_ranges(right, inside.y_range()),
    ]
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::pos2;

    use super::*;

    #[test]
    fn bands_cover_what_is_around_a_panel_once_and_nothing_of_it() {
        let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(40.0, 30.0));
        let inside = Rect::from_min_max(pos2(4.0, 5.0), pos2(14.0, 25.0));
        let bands = bands_around(inside, all);
        for (x, y) in (0..40).flat_map(|x| (0..30).map(move |y| (x, y))) {
            let middle = pos2(x as f32 + 0.5, y as f32 + 0.5);
            let times = bands.iter().filter(|band| band.contains(middle)).count();
            assert_eq!(times, usize::from(!inside.contains(middle)), "{middle:?}");
        }
    }
}
