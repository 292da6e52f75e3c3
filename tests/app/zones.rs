//! Zones of axes in the explorer: three small blocks below the slider of every axis of a generator, and the lattice that follows.

use facefield::latent::Zone;
use facefield::session::{OpenModel, TilesDecoded};

use super::*;

fn open_gan(explorer: &mut Explorer) {
    explorer.app.world_mut().write_message(OpenModel("gan-celeba32".into()));
    explorer.update_until("the GAN is open", |world| {
        world.resource::<CurrentModel>().stored.as_ref().is_some_and(|stored| stored.header.name == "gan-celeba32")
    });
}

/// What comes for the cell in the middle after a change of the lattice.
fn middle_tile_after(explorer: &mut Explorer, change: Steer) -> std::sync::Arc<TilePixels> {
    let before = explorer.resource::<Steering>().version();
    explorer.app.world_mut().write_message(change);
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < PATIENCE, "the middle of the lattice was not decoded");
        explorer.draw_and_pause();
        let decoded = explorer.resource::<Messages<TilesDecoded>>();
        let newer = decoded.iter_current_update_messages().filter(|decoded| decoded.version > before);
        let found = newer.flat_map(|decoded| &decoded.tiles).find(|(cell, _)| *cell == CellCoord::default());
        if let Some((_, pixels)) = found {
            return pixels.clone();
        }
    }
}

#[test]
fn a_click_below_a_slider_lets_its_axis_act_in_one_zone_and_is_undone() {
    let _seat = in_company();
    let mut explorer = Explorer::open();
    open_gan(&mut explorer);
    explorer.update(3);
    let mut before = explorer.resource::<Steering>().state();
    // The block on the right, wherever the rows stand below the button that asks for a photo.
    for y in (260..420).step_by(4) {
        before = explorer.resource::<Steering>().state();
        explorer.point_at(Vec2::new(180.0, y as f32));
        explorer.mouse(ButtonState::Pressed);
        explorer.mouse(ButtonState::Released);
        if !explorer.resource::<Steering>().lattice.zones.are_whole() {
            break;
        }
    }
    let zones = explorer.resource::<Steering>().lattice.zones.clone();
    let axis = (0..64).find(|axis| zones.of(*axis) == Zone::Fine).expect("no axis acts in the fine zone");
    assert_eq!(explorer.resource::<History>().next_undo(), Some(ChangeKind::Zone(axis)));
    explorer.command_z(false);
    assert_eq!(explorer.resource::<Steering>().state(), before);
    explorer.command_z(true);
    assert_eq!(explorer.resource::<Steering>().lattice.zones, zones);
}

#[test]
fn the_lattice_shows_an_axis_in_its_zone_and_a_session_brings_it_back() {
    let _seat = in_company();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.ron");
    let mut explorer = Explorer::resume(&file);
    open_gan(&mut explorer);
    let whole = middle_tile_after(&mut explorer, Steer::SetCoordinate(0, 2.5));
    let fine = middle_tile_after(&mut explorer, Steer::SetZone(0, Zone::Fine));
    assert_ne!(whole, fine, "the same coordinates look different in the fine zone alone");
    assert_eq!(middle_tile_after(&mut explorer, Steer::SetZone(0, Zone::Whole)), whole);
    assert_eq!(middle_tile_after(&mut explorer, Steer::SetZone(0, Zone::Fine)), fine);
    let left = explorer.resource::<Steering>().state();
    drop(explorer);

    let mut explorer = Explorer::resume(&file);
    explorer.update_until("the session's model is open", |world| {
        world.resource::<CurrentModel>().stored.as_ref().is_some_and(|stored| stored.header.name == "gan-celeba32")
    });
    assert_eq!(explorer.resource::<Steering>().state(), left);
    explorer.app.world_mut().write_message(OpenModel("pca-celeba64".into()));
    explorer.update_until("the PCA is open", |world| {
        world.resource::<CurrentModel>().stored.as_ref().is_some_and(|stored| stored.header.name == "pca-celeba64")
    });
    assert!(explorer.resource::<Steering>().lattice.zones.are_whole(), "another model has other axes");
}
