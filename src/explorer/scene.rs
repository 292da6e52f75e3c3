//! What is drawn this frame: the visible tiles, farthest first, and the view they are drawn with.
//!
//! Owns culling and order; drawing is the render module's business.

use bevy::prelude::*;
use bytemuck::{Pod, Zeroable};

use super::marks::PickingMarks;
use super::tiles::Tile;
use super::{ExplorerSystems, FlyCamera, TileStore, look};
use crate::latent::CellCoord;

/// Tiles that cover less than a byte's step of the background are not drawn.
const FAINTEST: f32 = 0.004;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, compose.in_set(ExplorerSystems::Compose));
}

/// One tile as the shader reads it.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct TileInstance {
    /// Centre, in cells.
    pub centre: [f32; 3],
    /// How far it has faded in, 0 to 1.
    pub appear: f32,
    /// The texture slot that it shows.
    pub slot: u32,
    /// Strength of its outline, 0 to 1.
    pub outline: f32,
}

/// From where the lattice is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LatticeView {
    /// Eye, in cells.
    pub eye: Vec3,
    /// World to view space.
    pub view_from_world: Mat4,
    /// View to clip space.
    pub clip_from_view: Mat4,
}

/// What is drawn this frame.
#[derive(Clone, Debug, Default, PartialEq, Resource)]
pub struct LatticeScene {
    /// Visible tiles, farthest first. A tile that cross-fades comes twice: what it showed before, then what it shows now.
    pub instances: Vec<TileInstance>,
    /// The cells of those instances, in the same order.
    pub cells: Vec<CellCoord>,
    /// How many tiles that are.
    pub tile_count: usize,
    /// From where they are seen.
    pub view: LatticeView,
}

impl LatticeView {
    /// The view of a camera.
    pub fn new(transform: &Transform, projection: &Projection) -> Self {
        Self {
            eye: transform.translation,
            view_from_world: transform.to_matrix().inverse(),
            clip_from_view: projection.get_clip_from_view(),
        }
    }

    /// Position on screen in [-1, 1] and size in the same units (both for x and y) of a tile; `None` behind the eye.
    pub fn project(&self, centre: Vec3) -> Option<(Vec2, Vec2)> {
        let in_view = self.view_from_world.transform_point3(centre);
        let depth = -in_view.z;
        if depth < 0.1 {
            return None;
        }
        let scale = Vec2::new(self.clip_from_view.x_axis.x, self.clip_from_view.y_axis.y) / depth;
        Some((in_view.truncate() * scale, scale * look::TILE_HALF_WIDTH))
    }

    /// True where some of the tile may be on screen.
    pub fn shows(&self, centre: Vec3) -> bool {
        self.project(centre).is_some_and(|(position, half)| (position.abs() - half * 1.4).max_element() < 1.0)
    }

    /// The cells within sight that are on screen, nearest first.
    pub fn visible_cells(&self) -> Vec<CellCoord> {
        let mut cells = CellCoord::within(self.eye.to_array(), look::FAR_END);
        cells.retain(|cell| look::visibility(cell.distance(self.eye.to_array())) > 0.0 && self.shows(Vec3::from(cell.centre())));
        cells
    }
}

impl LatticeScene {
    /// Whether both frames show the same tiles in the same places, whatever pixels they have.
    pub fn looks_like(&self, other: &Self) -> bool {
        self.view == other.view && bytemuck::cast_slice::<_, u8>(&self.instances) == bytemuck::cast_slice::<_, u8>(&other.instances)
    }

    /// Composes the frame from what the store holds.
    pub fn compose(store: &TileStore, view: LatticeView, marks: &PickingMarks) -> Self {
        let mut visible: Vec<(f32, CellCoord, &Tile)> = store
            .iter()
            .map(|(cell, tile)| (cell.distance(view.eye.to_array()), *cell, tile))
            .filter(|(distance, cell, _)| look::visibility(*distance) >= FAINTEST && view.shows(Vec3::from(cell.centre())))
            .collect();
        visible.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut scene = Self { view, tile_count: visible.len(), ..default() };
        for (_, cell, tile) in visible {
            let instance = |slot, appear, outline| TileInstance { centre: cell.centre(), appear, slot, outline };
            if let Some(previous) = tile.previous {
                scene.instances.push(instance(previous, tile.appear, 0.0));
                scene.cells.push(cell);
            }
            let share = if tile.previous.is_some() { tile.blend } else { 1.0 };
            scene.instances.push(instance(tile.slot, tile.appear * share, marks.outline_of(cell)));
            scene.cells.push(cell);
        }
        scene
    }
}

fn compose(
    camera: Query<(&Transform, &Projection), With<FlyCamera>>,
    store: Res<TileStore>,
    marks: Res<PickingMarks>,
    mut scene: ResMut<LatticeScene>,
) {
    if let Ok((transform, projection)) = camera.single() {
        *scene = LatticeScene::compose(&store, LatticeView::new(transform, projection), &marks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> LatticeView {
        let transform = Transform::from_xyz(0.5, 0.5, 4.5);
        LatticeView::new(&transform, &super::super::projection())
    }

    #[test]
    fn what_is_ahead_is_shown_and_what_is_behind_is_not() {
        assert!(view().shows(Vec3::new(0.0, 0.0, 0.0)));
        assert!(!view().shows(Vec3::new(0.0, 0.0, 9.0)));
        assert!(!view().shows(Vec3::new(40.0, 0.0, 0.0)));
        let (position, half) = view().project(Vec3::new(0.5, 0.5, 0.0)).unwrap();
        assert!(position.length() < 1e-5 && half.y > half.x * 0.99);
    }

    #[test]
    fn visible_cells_are_in_sight_and_nearest_first() {
        let cells = view().visible_cells();
        assert!(cells.len() > 200, "{}", cells.len());
        let distance = |cell: &CellCoord| cell.distance(view().eye.to_array());
        assert!(cells.windows(2).all(|pair| distance(&pair[0]) <= distance(&pair[1])));
        assert!(cells.iter().all(|cell| (look::NEAR_END..look::FAR_END).contains(&distance(cell))));
    }
}
