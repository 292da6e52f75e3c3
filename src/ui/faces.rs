//! Faces inside panels: both ends of every axis, and the selected face.
//!
//! Owns asking for them and their textures.

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{ColorImage, Rect, TextureHandle, TextureOptions, pos2};

use crate::data::Faces;
use crate::explorer::Selection;
use crate::latent::{Latent, Zone, ZonedLatent, Zones, typical_radius};
use crate::models::Zoning;
use crate::session::{CurrentModel, DecodeFaces, FacesDecoded, ModelOpened, ModelRefreshed, Steering};

/// How far from the mean the ends of the axes are shown, in sigma units.
pub const AXIS_END: f32 = 3.0;
/// Pixels of an axis's end along each side.
const THUMBNAIL: usize = 32;
/// Pixels of the selected face along each side.
const LARGE: usize = 384;
const AXIS_TOKEN: u64 = 1;
const SELECTED_TOKEN: u64 = 2;

/// Thumbnails of the faces at -3 and +3 sigma of every axis, in one texture.
#[derive(Default, Resource)]
pub struct AxisFaces {
    texture: Option<TextureHandle>,
    columns: usize,
    rows: usize,
}

impl AxisFaces {
    /// The texture, and where in it the face at -3 sigma (`end` 0) or +3 sigma (`end` 1) of an axis stands.
    pub fn thumbnail(&self, axis: usize, end: usize) -> Option<(&TextureHandle, Rect)> {
        let texture = self.texture.as_ref()?;
        let index = axis * 2 + end;
        let (x, y) = ((index % self.columns) as f32, (index / self.columns) as f32);
        let scale = |x: f32, y: f32| pos2(x / self.columns as f32, y / self.rows as f32);
        // Half a texel inwards, so that neighbours do not shine through.
        let inset = 0.5 / THUMBNAIL as f32;
        Some((texture, Rect::from_min_max(scale(x + inset, y + inset), scale(x + 1.0 - inset, y + 1.0 - inset))))
    }
}

/// The selected face, large.
#[derive(Default, Resource)]
pub struct SelectedFace {
    /// Its picture.
    pub texture: Option<TextureHandle>,
    /// Its distance from the mean, in sigma units: one for the whole network, or one for each zone, as it sees the face, where they differ.
    pub radii: Vec<(Zone, f32)>,
    /// Around which distance typical faces lie.
    pub typical: f32,
    asked: Option<(Selection, u64, u64)>,
}

/// Asks for the ends of all axes when a model has been opened, and when axes act elsewhere.
pub fn request_axis_faces(
    mut opened: MessageReader<ModelOpened>,
    mut refreshed: MessageReader<ModelRefreshed>,
    model: Res<CurrentModel>,
    steering: Res<Steering>,
    mut decode: MessageWriter<DecodeFaces>,
    mut axis_faces: ResMut<AxisFaces>,
    mut asked: Local<Zones>,
) {
    let (is_other, is_newer) = (opened.read().last().is_some(), refreshed.read().last().is_some());
    let zones = &steering.lattice.zones;
    if !is_other && !is_newer && *asked == *zones {
        return;
    }
    asked.clone_from(zones);
    if is_other {
        *axis_faces = AxisFaces::default();
    }
    let dim = model.latent_dim();
    let ends = (0..dim).flat_map(|axis| [(axis, -AXIS_END), (axis, AXIS_END)]);
    let latents = ends
        .map(|(axis, amount)| {
            let mut latent = Latent::zeros(dim);
            latent.shift(axis, amount);
            latent
        })
        .collect();
    decode.write(DecodeFaces { token: AXIS_TOKEN, latents, zones: zones.clone(), largest_side: THUMBNAIL });
}

/// Asks for the selected face whenever it has become another one.
pub fn request_selected_face(
    selection: Res<Selection>,
    steering: Res<Steering>,
    model: Res<CurrentModel>,
    mut selected: ResMut<SelectedFace>,
    mut decode: MessageWriter<DecodeFaces>,
) {
    let wanted = (*selection, steering.version(), model.generation());
    if selected.asked == Some(wanted) {
        return;
    }
    selected.asked = Some(wanted);
    let Selection(Some(cell)) = *selection else {
        selected.texture = None;
        return;
    };
    let latent = steering.lattice.latent_at(cell);
    let zones = steering.lattice.zones.clone();
    selected.radii = radii_of(&latent, &zones, model.stored.as_ref().and_then(|stored| stored.header.zoning()));
    selected.typical = typical_radius(latent.dim());
    decode.write(DecodeFaces { token: SELECTED_TOKEN, latents: vec![latent], zones, largest_side: LARGE });
}

/// How far from the mean a face lies for the network, or for each zone of it while not all axes act everywhere.
fn radii_of(latent: &Latent, zones: &Zones, zoning: Option<Zoning>) -> Vec<(Zone, f32)> {
    let Some(zoning) = zoning.filter(|_| !zones.are_whole()) else { return vec![(Zone::Whole, latent.radius())] };
    let seen = ZonedLatent::of(latent, zones);
    let has_stages = |zone: &Zone| !zoning.stages_of(*zone).is_empty();
    Zone::PARTS.into_iter().zip(seen.parts()).filter(|(zone, _)| has_stages(zone)).map(|(zone, latent)| (zone, latent.radius())).collect()
}

/// Makes textures of the faces that have come.
pub fn take_faces(
    mut contexts: EguiContexts,
    mut decoded: MessageReader<FacesDecoded>,
    selection: Res<Selection>,
    mut axis_faces: ResMut<AxisFaces>,
    mut selected: ResMut<SelectedFace>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    for FacesDecoded { token, faces } in decoded.read() {
        match *token {
            AXIS_TOKEN => {
                let (image, columns, rows) = contact_sheet(faces);
                *axis_faces = AxisFaces { texture: Some(ctx.load_texture("axis-faces", image, TextureOptions::LINEAR)), columns, rows };
            }
            SELECTED_TOKEN if selection.0.is_some() && faces.count() == 1 => {
                let large = faces.resized(LARGE);
                let image = ColorImage::from_rgb([LARGE, LARGE], large.pixels());
                match &mut selected.texture {
                    Some(texture) => texture.set(image, TextureOptions::LINEAR),
                    None => selected.texture = Some(ctx.load_texture("selected-face", image, TextureOptions::LINEAR)),
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn contact_sheet(faces: &Faces) -> (ColorImage, usize, usize) {
    let small = faces.resized(THUMBNAIL);
    let columns = (small.count() as f32).sqrt().ceil().max(1.0) as usize;
    let rows = small.count().div_ceil(columns).max(1);
    let mut sheet = vec![0; columns * rows * THUMBNAIL * THUMBNAIL * 3];
    for (index, face) in small.iter().enumerate() {
        let (left, top) = ((index % columns) * THUMBNAIL, (index / columns) * THUMBNAIL);
        for (y, row) in face.chunks_exact(THUMBNAIL * 3).enumerate() {
            let start = ((top + y) * columns * THUMBNAIL + left) * 3;
            sheet[start..start + row.len()].copy_from_slice(row);
        }
    }
    (ColorImage::from_rgb([columns * THUMBNAIL, rows * THUMBNAIL], &sheet), columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thumbnail_has_a_place_of_its_own() {
        let pixels: Vec<u8> = (0..10_u8).flat_map(|face| vec![face * 20; 16 * 16 * 3]).collect();
        let (image, columns, rows) = contact_sheet(&Faces::new(16, pixels));
        assert_eq!((columns, rows), (4, 3));
        for index in 0..10 {
            let (x, y) = (index % columns * THUMBNAIL + 5, index / columns * THUMBNAIL + 5);
            assert_eq!(image.pixels[y * image.width() + x].r(), index as u8 * 20);
        }
    }

    #[test]
    fn a_face_lies_as_far_away_as_each_zone_sees_it() {
        let latent = Latent(vec![3.0, 4.0, 0.0]);
        let zones: Zones = [(1, Zone::Fine)].into_iter().collect();
        let zoning = |stages| Some(Zoning::of_stages(stages));
        assert_eq!(radii_of(&latent, &Zones::default(), zoning(4)), [(Zone::Whole, 5.0)]);
        assert_eq!(radii_of(&latent, &zones, zoning(4)), [(Zone::Coarse, 3.0), (Zone::Middle, 3.0), (Zone::Fine, 5.0)]);
        assert_eq!(radii_of(&latent, &zones, zoning(2)), [(Zone::Coarse, 3.0), (Zone::Fine, 5.0)], "without a middle");
        assert_eq!(radii_of(&latent, &zones, None), [(Zone::Whole, 5.0)]);
    }
}
