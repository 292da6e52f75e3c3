//! The faces of what is on the shelf, as textures.
//!
//! Owns that a picture is loaded once, and goes with its place on the shelf.

use std::collections::HashMap;
use std::sync::Arc;

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, ColorImage, Rect, TextureHandle, TextureOptions, Ui};

use crate::engine::ShelfFace;
use crate::session::Shelf;

/// The textures, by what their models are asked for by.
#[derive(Default, Resource)]
pub struct ShelfFaces(HashMap<String, (Arc<ShelfFace>, TextureHandle)>);

impl ShelfFaces {
    /// Draws the faces of a model or run into a place, as large as they fit; an empty place where it has none.
    pub fn paint(&self, ui: &Ui, request: &str, place: Rect) {
        let Some((face, texture)) = self.0.get(request) else {
            ui.painter().rect_filled(place, 3.0, ui.visuals().extreme_bg_color);
            return;
        };
        let (width, height) = (face.width as f32, face.height as f32);
        let scale = (place.width() / width).min(place.height() / height);
        let fitting = Rect::from_center_size(place.center(), egui::vec2(width, height) * scale);
        egui::Image::new((texture.id(), fitting.size())).corner_radius(3.0).paint_at(ui, fitting);
    }
}

/// Loads the pictures that are new, and lets those go that are not on the shelf any more.
pub fn take_faces(mut contexts: EguiContexts, shelf: Res<Shelf>, mut faces: ResMut<ShelfFaces>) -> Result {
    if !shelf.is_changed() {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let mut before = std::mem::take(&mut faces.0);
    for item in &shelf.items {
        let Some(face) = &item.face else { continue };
        let kept = before.remove(&item.request).filter(|(known, _)| known == face);
        let texture = kept.map(|(_, texture)| texture).unwrap_or_else(|| {
            let image = ColorImage::from_rgb([face.width, face.height], &face.pixels);
            ctx.load_texture(format!("shelf {}", item.request), image, TextureOptions::LINEAR)
        });
        faces.0.insert(item.request.clone(), (face.clone(), texture));
    }
    Ok(())
}
