//! The one loop in which videos are recorded: frames are drawn in order, handed to the encoder, and counted.
//!
//! Owns what every recording has in common: what it may replace, where it stands, how it is called off. What the frames show is their
//! source's business.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;

use super::{FrameRate, FrameSize, VideoError, VideoTarget, VideoWriter};
use crate::files::Replace;
use crate::progress::{Monitor, Progress};

/// Where the frames of a video come from.
pub trait FrameSource {
    /// How many frames it draws best at once.
    fn together(&self) -> u64 {
        1
    }

    /// Draws frames, counted from 0, in order: RGB8 rows in the size of the video. Every frame is asked for once, the first one first.
    ///
    /// # Errors
    /// [`VideoError`] where what it draws with fails.
    fn draw(&mut self, frames: Range<u64>) -> Result<Vec<Vec<u8>>, VideoError>;
}

/// How frames become a video.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Where the video goes.
    pub target: VideoTarget,
    /// In pixels.
    pub size: FrameSize,
    /// Frames a second.
    pub rate: FrameRate,
    /// What it may take the place of.
    pub replace: Replace,
}

/// What was recorded.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    /// How many frames the video has.
    pub frames: u64,
    /// How long recording took.
    pub seconds: f64,
    /// The video.
    pub path: PathBuf,
}

/// Records a video of `seconds`. `open` gives the source once it is known that the video can be written; it is told how many frames there
/// will be.
///
/// # Errors
/// [`VideoError`], also as what `open` fails with, where the target cannot be written, a frame cannot be drawn, or the monitor cancels;
/// the target is untouched then.
pub fn record<E: From<VideoError>>(
    recording: &Recording,
    seconds: f64,
    monitor: &dyn Monitor,
    open: impl FnOnce(u64) -> Result<Box<dyn FrameSource>, E>,
) -> Result<Recorded, E> {
    let start = Instant::now();
    let Recording { target, size, rate, replace } = recording;
    let total = rate.frames_in(seconds);
    target.ensure_replaceable(*replace).map_err(VideoError::from)?;
    let mut writer = VideoWriter::create(target, *replace, *size, *rate, total)?;
    let mut source = open(total)?;
    let mut done = 0;
    while done < total {
        monitor.ensure_wanted().map_err(VideoError::from)?;
        monitor.report(Progress { stage: "rendering", unit: "frames", done, total, part: None });
        let next = total.min(done + source.together());
        source.draw(done..next)?.into_iter().try_for_each(|frame| writer.push(frame))?;
        done = next;
    }
    writer.finish(monitor)?;
    Ok(Recorded { frames: total, seconds: start.elapsed().as_secs_f64(), path: target.path().to_path_buf() })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::progress::Silent;

    const SIZE: FrameSize = FrameSize { width: 64, height: 64 };

    /// Draws two frames at once, each in a grey of its own.
    struct Greys;

    impl FrameSource for Greys {
        fn together(&self) -> u64 {
            2
        }

        fn draw(&mut self, frames: Range<u64>) -> Result<Vec<Vec<u8>>, VideoError> {
            Ok(frames.map(|frame| vec![frame as u8; SIZE.bytes()]).collect())
        }
    }

    /// Wants to stop once so many frames are done.
    struct Until(u64, AtomicU64);

    impl Monitor for Until {
        fn report(&self, progress: Progress) {
            self.1.store(progress.done, Ordering::Relaxed);
        }
        fn warn(&self, _message: String) {}
        fn cancelled(&self) -> bool {
            self.1.load(Ordering::Relaxed) >= self.0
        }
    }

    fn recording(target: VideoTarget) -> Recording {
        Recording { target, size: SIZE, rate: FrameRate::whole(10).unwrap(), replace: Replace::Own }
    }

    #[test]
    fn every_frame_is_asked_for_once_and_the_last_ones_are_fewer() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("frames");
        let recorded = record::<VideoError>(&recording(VideoTarget::Frames(folder.clone())), 0.5, &Silent, |frames| {
            assert_eq!(frames, 5);
            Ok(Box::new(Greys))
        });
        assert_eq!(recorded.unwrap().frames, 5);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 5);
        let grey = |frame: usize| image::open(folder.join(format!("{frame:06}.png"))).unwrap().into_rgb8().get_pixel(3, 3).0[0];
        assert_eq!([0, 1, 2, 3, 4].map(grey), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn what_is_called_off_or_cannot_be_written_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let job = recording(VideoTarget::Mp4(place.path().join("a.mp4")));
        let stopped = record::<VideoError>(&job, 1.0, &Until(4, AtomicU64::new(0)), |_| Ok(Box::new(Greys)));
        assert!(matches!(stopped, Err(VideoError::Cancelled(_))));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
        let unopened =
            || -> Result<Box<dyn FrameSource>, VideoError> { panic!("a source is not opened for a video that cannot be written") };
        let odd = Recording { size: FrameSize { width: 65, height: 64 }, ..job.clone() };
        assert!(matches!(record(&odd, 1.0, &Silent, |_| unopened()), Err(VideoError::Size(_))));
        std::fs::write(place.path().join("a.mp4"), "not a video").unwrap();
        assert!(matches!(record(&job, 1.0, &Silent, |_| unopened()), Err(VideoError::File(_))));
    }
}
