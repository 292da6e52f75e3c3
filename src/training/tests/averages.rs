//! What a run keeps of its averages, as its plan, its room and its checkpoints let it.

use super::*;

/// A snapshot of averages of so many numbers takes 20 MiB.
const LARGE: usize = 5 << 20;
/// And one of so many has no room.
const TOO_LARGE: usize = 17 << 20;

fn warnings(run: &Path) -> Vec<String> {
    let events = parse_events(&std::fs::read_to_string(run.join(EVENTS)).unwrap());
    events.into_iter().filter(|event| event.kind == EventKind::Warned).map(|event| event.detail).collect()
}

fn snapshots(run: &Path) -> Vec<u64> {
    read_run(run).unwrap().snapshots
}

#[test]
fn large_averages_are_kept_towards_the_planned_end() {
    for (planned, wanted) in [(2000, vec![100, 154]), (1_000_000, Vec::new())] {
        let place = tempfile::tempdir().unwrap();
        let mut run = open_with(place.path(), planned, LARGE, |_| 0.5, &mut |_| {});
        (0..200).for_each(|_| drop(step(&mut run)));
        assert_eq!(snapshots(run.path()), wanted, "planned for {planned}");
        assert_eq!(warnings(run.path()), [] as [&str; 0]);
    }
}

#[test]
fn averages_that_never_have_room_are_told_once() {
    let place = tempfile::tempdir().unwrap();
    for steps in [130, 160] {
        // From 1,000 faces on, and again from 1,155 and 1,334; then in another sitting.
        let mut run = open_with(place.path(), 1_000_000, TOO_LARGE, |_| 0.5, &mut |_| {});
        while run.state().step < steps {
            step(&mut run);
        }
        run.stop(&mut |_| {}).unwrap();
        let told = warnings(run.path());
        assert!(told.len() == 1 && told[0].contains("no snapshots of this network are kept: one takes 69 MiB"), "{told:?}");
        assert!(snapshots(run.path()).is_empty());
    }
}

#[test]
fn a_run_that_goes_on_without_its_averages_says_so() {
    let place = tempfile::tempdir().unwrap();
    let mut run = open_with(place.path(), 10_000, 4, |_| 0.5, &mut |_| {});
    (0..90).for_each(|_| drop(step(&mut run)));
    drop(run);
    let mut run = open_with(place.path(), 10_000, 4, |_| 0.5, &mut |_| {});
    assert_eq!(warnings(run.path()), [] as [&str; 0], "there was none to lose");
    (0..30).for_each(|_| drop(step(&mut run)));
    assert_eq!(snapshots(run.path()), [100, 116]);
    drop(run);
    let mut run = open_with(place.path(), 10_000, 4, |_| 0.5, &mut |_| {});
    let told = warnings(run.path());
    assert!(told.len() == 1 && told[0].contains("step 120 keeps no averages"), "{told:?}");
    run.roll_back(110, &mut |_| {}).unwrap();
    assert!(warnings(run.path()).iter().any(|told| told.contains("step 110 keeps no averages")), "after a roll back too");
}

#[test]
fn checkpoints_of_a_future_go_before_its_snapshots() {
    let place = tempfile::tempdir().unwrap();
    let mut run = open(place.path(), 10_000, |_| 0.5);
    (0..45).for_each(|_| drop(step(&mut run)));
    let (kept, checkpoints) = (run.path().join(SNAPSHOTS), run.path().join(CHECKPOINTS));
    drop(run);
    std::fs::create_dir_all(&kept).unwrap();
    for step in [15, 25, 35] {
        std::fs::write(kept.join(format!("{step:09}.safetensors")), "averages").unwrap();
    }
    for step in [30, 40] {
        std::fs::write(checkpoints.join(format!("{step:09}/weights.safetensors")), "half").unwrap();
    }
    // While anything is told, no checkpoint is left that a run which ends there would go on from without what belongs to it.
    let left = |step: u64| checkpoints.join(format!("{step:09}")).exists();
    let mut seen = Vec::new();
    let mut tell = |report| {
        if matches!(&report, RunReport::Noted(event) if event.kind == EventKind::Warned) {
            seen.push((left(30), left(40)));
        }
    };
    let run = open_with(place.path(), 10_000, 0, |_| 0.5, &mut tell);
    assert_eq!(seen, [(false, false); 3], "both are set aside, and the averages of step 15 go on without those of a checkpoint");
    assert_eq!((run.state().step, snapshots(run.path())), (20, vec![15]));
}
