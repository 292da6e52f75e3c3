//! What the cursor points at, and what is selected.
//!
//! Owns hit tests on the tiles as drawn, and the selection. Showing the selected face is a panel's business.

use bevy::prelude::*;
use bevy::window::PrimaryWindow;

use super::marks::PickingMarks;
use super::{ExplorerSystems, InputFocus, LatticeScene, look};
use crate::latent::CellCoord;
use crate::session::ModelOpened;

/// A press that moves further than this, in pixels, is no click.
const CLICK_SLACK: f32 = 4.0;
/// Fainter tiles cannot be picked: one would not know what one gets.
const FAINTEST: f32 = 0.12;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<Select>()
        .init_resource::<Hovered>()
        .init_resource::<Selection>()
        .init_resource::<PickingMarks>()
        .init_resource::<LatticeScene>()
        .add_systems(Update, (hover, click, select, mark).chain().in_set(ExplorerSystems::Pick));
}

/// The cell under the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Resource)]
pub struct Hovered(pub Option<CellCoord>);

/// The selected cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Resource)]
pub struct Selection(pub Option<CellCoord>);

/// Asks to select a cell, or nothing.
#[derive(Clone, Copy, Debug, Message)]
pub struct Select(pub Option<CellCoord>);

/// The nearest tile of a frame that covers a position on screen in [-1, 1], y up.
pub fn tile_at(scene: &LatticeScene, position: Vec2) -> Option<CellCoord> {
    scene
        .cells
        .iter()
        .zip(&scene.instances)
        .rev()
        .find(|(cell, instance)| {
            let faint = look::visibility(cell.distance(scene.view.eye.to_array())) * instance.appear < FAINTEST;
            !faint
                && scene
                    .view
                    .project(Vec3::from(instance.centre))
                    .is_some_and(|(centre, half)| ((position - centre).abs() / half).max_element() <= 1.0)
        })
        .map(|(cell, _)| *cell)
}

fn hover(
    window: Query<&Window, With<PrimaryWindow>>,
    focus: Res<InputFocus>,
    buttons: Res<ButtonInput<MouseButton>>,
    scene: Res<LatticeScene>,
    mut hovered: ResMut<Hovered>,
) {
    let cursor = window.single().ok().and_then(|window| Some((window.cursor_position()?, window.size())));
    let found = match cursor {
        Some((cursor, size)) if !focus.pointer_taken && !buttons.pressed(MouseButton::Right) => {
            let unit = cursor / size * 2.0 - 1.0;
            tile_at(&scene, Vec2::new(unit.x, -unit.y))
        }
        _ => None,
    };
    hovered.set_if_neq(Hovered(found));
}

fn click(
    window: Query<&Window, With<PrimaryWindow>>,
    focus: Res<InputFocus>,
    buttons: Res<ButtonInput<MouseButton>>,
    hovered: Res<Hovered>,
    mut pressed_at: Local<Option<Vec2>>,
    mut select: MessageWriter<Select>,
) {
    let cursor = window.single().ok().and_then(Window::cursor_position);
    if buttons.just_pressed(MouseButton::Left) {
        *pressed_at = cursor.filter(|_| !focus.pointer_taken);
    }
    if buttons.just_released(MouseButton::Left)
        && let (Some(from), Some(to)) = (pressed_at.take(), cursor)
        && from.distance(to) <= CLICK_SLACK
    {
        select.write(Select(hovered.0));
    }
}

fn select(mut requests: MessageReader<Select>, mut opened: MessageReader<ModelOpened>, mut selection: ResMut<Selection>) {
    if opened.read().last().is_some() {
        selection.set_if_neq(Selection(None));
    }
    if let Some(Select(cell)) = requests.read().last() {
        selection.set_if_neq(Selection(*cell));
    }
}

fn mark(hovered: Res<Hovered>, selection: Res<Selection>, mut marks: ResMut<PickingMarks>) {
    *marks = PickingMarks { hovered: hovered.0, selected: selection.0 };
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{LatticeView, TileStore, projection};
    use super::*;
    use crate::engine::TilePixels;

    #[test]
    fn the_nearest_tile_under_the_cursor_is_found() {
        let transform = Transform::from_xyz(0.0, 0.0, 5.0);
        let mut store = TileStore::new(16, true);
        let pixels = Arc::new(TilePixels::from_face(8, &[0; 192]));
        for k in [2, 0, -3] {
            store.insert(CellCoord::new(0, 0, k), 1, pixels.clone());
        }
        let scene = LatticeScene::compose(&store, LatticeView::new(&transform, &projection()), &PickingMarks::default());
        assert_eq!(tile_at(&scene, Vec2::ZERO), Some(CellCoord::new(0, 0, 2)));
        assert_eq!(tile_at(&scene, Vec2::new(0.9, 0.9)), None);
    }
}
