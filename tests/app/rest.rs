//! The lattice's picture is kept while nothing in it changes.

use super::*;

#[test]
fn a_picture_is_kept_only_as_long_as_it_is_right() {
    let _alone = one_at_a_time();
    ensure_driver();
    let mut offscreen = Offscreen::new(320, 180).unwrap();
    let from = |z| LatticeView::new(&Transform::from_xyz(0.0, 0.0, z), &projection_of_aspect(16.0 / 9.0));
    let pixels = |color: [u8; 3]| std::sync::Arc::new(TilePixels::from_face(64, &color.repeat(64 * 64)));
    let [green, red] = [[40, 200, 90], [210, 60, 50]].map(pixels);
    let before = offscreen.draw(from(2.5), |store| store.insert(CellCoord::default(), 1, green)).unwrap();
    assert!(offscreen.draw(from(2.5), |_| {}).unwrap() == before, "nothing has changed");
    let other = offscreen.draw(from(2.5), |store| store.insert(CellCoord::default(), 2, red)).unwrap();
    assert!(other != before, "other pixels in the same place");
    assert!(offscreen.draw(from(3.0), |_| {}).unwrap() != other, "seen from elsewhere");
    assert!(offscreen.draw(from(2.5), |_| {}).unwrap() == other, "and from there again");
}
