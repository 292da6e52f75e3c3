//! What ends the steps of the guide: that what they ask for was done, by whatever way.

use bevy::prelude::*;

use super::steps::{Guide, GuideStep};
use crate::explorer::{FlyCamera, Selection};
use crate::session::Steer;
use crate::ui::train::TrainPane;
use crate::ui::{Pane, UiState};

/// Ends the steps that are done. The guide is only borrowed where one of them ends, so that it counts as changed then alone.
pub fn watch(
    mut guide: ResMut<Guide>,
    mut steered: MessageReader<Steer>,
    camera: Query<&FlyCamera>,
    selection: Res<Selection>,
    state: Res<UiState>,
) {
    let (mut moves_slider, mut draws_face) = (false, false);
    for steer in steered.read() {
        moves_slider |= matches!(steer, Steer::SetCoordinate(..));
        draws_face |= matches!(steer, Steer::Randomize);
    }
    let done = [
        (GuideStep::Fly, camera.iter().any(FlyCamera::is_moving)),
        (GuideStep::Steer, moves_slider),
        (GuideStep::Random, draws_face),
        (GuideStep::Select, selection.0.is_some()),
        (GuideStep::Train, state.pane == TrainPane::FACTS.word),
    ];
    for (step, _) in done.into_iter().filter(|(_, is_done)| *is_done) {
        if guide.asks_for(step) {
            guide.end(step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::CellCoord;

    /// The steps that are left after `act` and a frame.
    fn left_after(act: impl FnOnce(&mut World)) -> Vec<GuideStep> {
        let mut app = App::new();
        app.add_message::<Steer>().insert_resource(Guide::resumed(None)).init_resource::<Selection>().init_resource::<UiState>();
        app.world_mut().spawn(FlyCamera::default());
        app.add_systems(Update, watch);
        app.update();
        act(app.world_mut());
        app.update();
        app.world().resource::<Guide>().left().to_vec()
    }

    fn all_but(step: GuideStep) -> Vec<GuideStep> {
        GuideStep::ALL.into_iter().filter(|other| *other != step).collect()
    }

    #[test]
    fn every_step_is_ended_by_what_it_asks_for_and_by_nothing_else() {
        assert_eq!(left_after(|_| {}), GuideStep::ALL, "nobody has done anything");
        let fly = |world: &mut World| {
            let mut camera = world.query::<&mut FlyCamera>();
            camera.single_mut(world).unwrap().velocity = Vec3::X;
        };
        assert_eq!(left_after(fly), all_but(GuideStep::Fly));
        let steered = |steer: Steer| {
            left_after(move |world| {
                world.write_message(steer);
            })
        };
        assert_eq!(steered(Steer::SetCoordinate(3, 1.0)), all_but(GuideStep::Steer));
        assert_eq!(steered(Steer::Randomize), all_but(GuideStep::Random));
        assert_eq!(steered(Steer::SetTruncation(0.5)), GuideStep::ALL);
        let select = |world: &mut World| world.resource_mut::<Selection>().0 = Some(CellCoord::default());
        assert_eq!(left_after(select), all_but(GuideStep::Select));
        let pane = |word| left_after(move |world| world.resource_mut::<UiState>().pane = word);
        assert_eq!((pane("train"), pane("evaluate")), (all_but(GuideStep::Train), GuideStep::ALL.to_vec()));
    }
}
