//! The measures of the lattice: sizes, distances, fog and colours.
//!
//! Owns every number that decides how the space looks. Distances are in cells. Panels have their own theme.

use bevy::math::Vec3;

/// Half the width of a tile.
pub const TILE_HALF_WIDTH: f32 = 0.21;
/// Corner radius as a share of the half width (11 % of the width).
pub const CORNER_RADIUS: f32 = 0.22;
/// A tile nearer than this is invisible: it would block the view.
pub const NEAR_END: f32 = 1.25;
/// From here on a tile is fully there.
pub const NEAR_START: f32 = 1.95;
/// Here tiles begin to fade out.
pub const FAR_START: f32 = 3.5;
/// Here they are gone.
pub const FAR_END: f32 = 11.0;
/// How the far fade bends.
pub const FAR_EXPONENT: f32 = 1.25;
/// Fog begins at this distance,
pub const FOG_START: f32 = 1.6;
/// is thickest this much farther on,
pub const FOG_LENGTH: f32 = 9.0;
/// and bends like this between.
pub const FOG_EXPONENT: f32 = 0.8;
/// The largest share of fog.
pub const FOG_SHARE: f32 = 0.72;
/// Vertical field of view in degrees.
pub const FIELD_OF_VIEW: f32 = 51.0;
/// A face that is enlarged this many times begins to be drawn by a sharper filter than a straight line between its pixels,
pub const SHARP_START: f32 = 1.5;
/// and from here on is drawn by that alone.
pub const SHARP_END: f32 = 2.5;

/// New tiles fade in within this many seconds, and changed ones cross-fade.
pub const FADE_SECONDS: f32 = 0.15;

/// sRGB bytes of the fog.
pub const FOG: [u8; 3] = [0x11, 0x15, 0x1F];
/// sRGB bytes of the background's middle.
pub const BACKGROUND_MIDDLE: [u8; 3] = [0x17, 0x1C, 0x2A];
/// sRGB bytes of the background's rim.
pub const BACKGROUND_RIM: [u8; 3] = [0x0B, 0x0D, 0x12];
/// sRGB bytes of the outline of a selected tile.
pub const OUTLINE: [u8; 3] = [0xF0, 0xB2, 0x73];

/// How visible a tile at `distance` cells from the eye is, in [0, 1].
pub fn visibility(distance: f32) -> f32 {
    let near = ((distance - NEAR_END) / (NEAR_START - NEAR_END)).clamp(0.0, 1.0);
    let far = ((FAR_END - distance) / (FAR_END - FAR_START)).clamp(0.0, 1.0);
    near * near * (3.0 - 2.0 * near) * far.powf(FAR_EXPONENT)
}

/// How much of a sharp filter a face gets that is enlarged this many times, in [0, 1]: what is hardly enlarged needs none.
pub fn sharpness(enlarged: f32) -> f32 {
    ((enlarged - SHARP_START) / (SHARP_END - SHARP_START)).clamp(0.0, 1.0)
}

/// sRGB bytes as gamma-encoded numbers in [0, 1].
pub fn unit(srgb: [u8; 3]) -> Vec3 {
    Vec3::from(srgb.map(|byte| f32::from(byte) / 255.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_fade_at_both_ends_without_a_jump() {
        assert_eq!((visibility(1.0), visibility(NEAR_START), visibility(FAR_START), visibility(12.0)), (0.0, 1.0, 1.0, 0.0));
        let steps: Vec<f32> = (0..1200).map(|n| visibility(n as f32 / 100.0)).collect();
        assert!(steps.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.03), "nothing pops");
    }
}
