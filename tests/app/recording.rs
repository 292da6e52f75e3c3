//! Films that are recorded beside an open app, on the thread that does its work.

use std::sync::Arc;

use facefield::engine::{JobEvent, JobOutcome, JourneyView, RecordJourney, Waker, Worker, record_journey};
use facefield::files::Replace;
use facefield::latent::Journey;
use facefield::recorder::FlightView;
use facefield::video::{FrameRate, FrameSize, Recording, VideoTarget};

use super::*;

#[test]
fn a_flight_recorded_in_the_background_has_the_frames_that_it_has_alone() {
    let _seat = in_company();
    let place = tempfile::tempdir().unwrap();
    let view: Arc<dyn JourneyView> = Arc::new(FlightView);
    let job = |name: &str| {
        let target = VideoTarget::Frames(place.path().join(name));
        let size = FrameSize { width: 160, height: 96 };
        let mut journey = Journey::sample("flight").unwrap();
        journey.seconds = 1.0;
        let recording = Recording { target, size, rate: FrameRate::whole(3).unwrap(), replace: Replace::Own };
        RecordJourney { journey, subject: StoredModel::embedded().unwrap().into(), view: view.clone(), recording }
    };
    let mut explorer = Explorer::open();
    let worker = Worker::spawn(2, Waker::default());
    let running = worker.start(Job::Record(Box::new(job("beside")))).unwrap();
    let mut end = None;
    let start = Instant::now();
    while end.is_none() {
        assert!(start.elapsed() < PATIENCE, "gave up waiting for the film");
        // The explorer draws on meanwhile, with a renderer of its own.
        explorer.draw_and_pause();
        end = running.events().try_iter().find(|event| matches!(event, JobEvent::Finished(_) | JobEvent::Failed(_) | JobEvent::Cancelled));
    }
    let Some(JobEvent::Finished(outcome)) = end else { panic!("the film was not recorded: {end:?}") };
    assert!(matches!(&*outcome, JobOutcome::Recorded(video) if video.frames == 3), "{outcome:?}");
    record_journey(&job("alone"), &Silent).unwrap();
    for frame in ["000000.png", "000001.png", "000002.png"] {
        let [beside, alone] = ["beside", "alone"].map(|name| std::fs::read(place.path().join(name).join(frame)).unwrap());
        assert!(beside == alone, "{frame} differs");
    }
}
