//! Where a tile lies in the picture, and how much of it shows: the vertex stage of the shader.

use bevy::math::{Vec2, Vec3};

use crate::explorer::look;
use crate::explorer::scene::{LatticeView, TileInstance};

/// From this opacity on a tile hides what is behind it.
const SOLID: f32 = 0.999;

/// A tile in the picture. Lengths are in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Placement {
    /// From the top left.
    pub middle: (f32, f32),
    /// Half its width.
    pub half: f32,
    /// Of its corners.
    pub radius: f32,
    /// In [0, 1].
    pub opacity: f32,
    /// The share of fog in its colours.
    pub fog: f32,
    /// Strength of the outline, 0 to 1.
    pub outline: f32,
}

/// A square of the picture.
#[derive(Clone, Copy, Debug)]
pub struct Square {
    middle: (f32, f32),
    half: f32,
}

impl Square {
    /// Whether another one lies within this one.
    pub fn holds(&self, other: &Self) -> bool {
        let apart = (self.middle.0 - other.middle.0).abs().max((self.middle.1 - other.middle.1).abs());
        apart + other.half <= self.half
    }
}

impl Placement {
    /// Of an instance in a picture of this size.
    pub fn of(instance: &TileInstance, view: &LatticeView, (width, height): (u32, u32)) -> Self {
        let centre = Vec3::from(instance.centre);
        let (distance, in_view) = (centre.distance(view.eye), view.view_from_world.transform_point3(centre));
        let size = Vec2::new(width as f32, height as f32);
        let scale = Vec2::new(view.clip_from_view.x_axis.x, view.clip_from_view.y_axis.y) / (-in_view.z).max(0.01);
        let middle = (Vec2::new(in_view.x, -in_view.y) * scale + 1.0) * 0.5 * size;
        let half = scale.y * size.y * 0.5 * look::TILE_HALF_WIDTH;
        let haze = ((distance - look::FOG_START) / look::FOG_LENGTH).clamp(0.0, 1.0).powf(look::FOG_EXPONENT) * look::FOG_SHARE;
        Self {
            middle: middle.into(),
            half,
            radius: look::CORNER_RADIUS * half,
            opacity: instance.appear * look::visibility(distance),
            fog: haze * (1.0 - 0.5 * instance.outline),
            outline: instance.outline,
        }
    }

    /// The signed distance of a point to the rounded square, negative inside; the point is given from the middle.
    pub fn outside(&self, x: f32, y: f32) -> f32 {
        let straight = self.half - self.radius;
        let (x, y) = (x.abs() - straight, y.abs() - straight);
        let (right, down) = (x.max(0.0), y.max(0.0));
        (right * right + down * down).sqrt() + x.max(y).min(0.0) - self.radius
    }

    /// All that it covers.
    pub fn bounds(&self) -> Square {
        Square { middle: self.middle, half: self.half + 0.5 }
    }

    /// What it hides of others.
    pub fn solid(&self) -> Option<Square> {
        // The square that its round corners leave.
        let half = self.half - self.radius * (1.0 - std::f32::consts::FRAC_1_SQRT_2) - 1.0;
        (self.opacity >= SOLID && half > 0.0).then_some(Square { middle: self.middle, half })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_hides_what_lies_within_its_round_corners() {
        let placement = Placement { middle: (50.0, 40.0), half: 20.0, radius: 4.4, opacity: 1.0, fog: 0.0, outline: 0.0 };
        let solid = placement.solid().unwrap();
        for (x, y) in [(solid.half, solid.half), (0.0, solid.half), (-solid.half, 3.0)] {
            assert!(placement.outside(x, y) <= -0.5, "{x}, {y}");
        }
        let behind = |x: f32, half: f32| Placement { middle: (x, 40.0), half, ..placement }.bounds();
        assert!(solid.holds(&behind(50.0, 10.0)) && !solid.holds(&behind(62.0, 10.0)) && !solid.holds(&behind(50.0, 18.0)));
        assert!(Placement { opacity: 0.9, ..placement }.solid().is_none());
    }

    #[test]
    fn distances_are_those_of_a_rounded_square() {
        let placement = Placement { middle: (0.0, 0.0), half: 10.0, radius: 3.0, opacity: 1.0, fog: 0.0, outline: 0.0 };
        assert_eq!((placement.outside(0.0, 0.0), placement.outside(10.0, 0.0), placement.outside(2.0, -12.0)), (-10.0, 0.0, 2.0));
        assert!((placement.outside(10.0, 10.0) - (18.0_f32.sqrt() - 3.0)).abs() < 1e-5);
    }
}
