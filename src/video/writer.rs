//! Takes frames one by one and hands them to an encoder on a thread of its own, so that drawing and encoding go on side by side.
//!
//! A video gets its name only when it is finished; a writer that is dropped before leaves nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::encoder::{Encoder, Note};
use super::frames::FrameFolder;
use super::gif::GifEncoder;
use super::mp4::Mp4File;
use super::{FrameRate, FrameSize, VideoError, VideoTarget};
use crate::files::{OutputFile, Replace};
use crate::progress::{Cancelled, Monitor, Progress};

/// Frames that may wait for the encoder: as many as this number of bytes holds, so that it has work while a frame takes long to draw
/// because many faces are new in it; at least so many, however large they are.
const WAITING_BYTES: usize = 96 << 20;
const LEAST_WAITING: usize = 4;
/// More would not help.
const MOST_WAITING: usize = 64;
/// What the encoder says at its end may wait until somebody listens.
const NOTES: usize = 4;
/// How often one who waits for the end is asked whether to go on.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// A video under construction.
pub struct VideoWriter {
    size: FrameSize,
    count: u64,
    frames: Option<Sender<Message>>,
    /// Tells the encoder that nobody wants what still waits.
    is_called_off: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), VideoError>>>,
}

enum Message {
    Frame(Vec<u8>),
    Finish(Sender<Note>),
}

impl VideoWriter {
    /// Begins a video of `frames` frames at a rate.
    ///
    /// # Errors
    /// [`VideoError`] where the size or the rate cannot be encoded or the target cannot be written.
    pub fn create(target: &VideoTarget, replace: Replace, size: FrameSize, rate: FrameRate, frames: u64) -> Result<Self, VideoError> {
        let encoder: Box<dyn Encoder> = match target {
            VideoTarget::Mp4(path) => Box::new(Mp4File::create(OutputFile { path, replace }, size, rate, frames)?),
            VideoTarget::Gif(path) => Box::new(GifEncoder::create(OutputFile { path, replace }, size, rate, frames)?),
            VideoTarget::Frames(path) => Box::new(FrameFolder::create(path, size)?),
        };
        let (sender, receiver) = bounded((WAITING_BYTES / size.bytes()).clamp(LEAST_WAITING, MOST_WAITING));
        let is_called_off = Arc::<AtomicBool>::default();
        let is_unwanted = is_called_off.clone();
        let work = move || {
            let mut encoder = encoder;
            for message in receiver {
                if is_unwanted.load(Ordering::Relaxed) {
                    break;
                }
                match message {
                    Message::Frame(rgb) => encoder.push(&rgb)?,
                    Message::Finish(done) => return encoder.finish(&mut |note| done.send(note).map_err(|_| Cancelled.into())),
                }
            }
            Err(Cancelled.into())
        };
        let thread = std::thread::Builder::new().name("encoder".into()).spawn(work);
        let thread = thread.map_err(|error| VideoError::Encoder { format: "video", reason: error.to_string() })?;
        Ok(Self { size, count: frames, frames: Some(sender), is_called_off, thread: Some(thread) })
    }

    /// Takes the next frame, RGB8 rows; waits while the encoder is behind.
    ///
    /// # Errors
    /// What the encoder failed with.
    ///
    /// # Panics
    /// Where the frame has another size than the video.
    pub fn push(&mut self, rgb: Vec<u8>) -> Result<(), VideoError> {
        assert_eq!(rgb.len(), self.size.bytes(), "every frame has the size of the video");
        self.send(Message::Frame(rgb))
    }

    /// Completes the video and gives it its name.
    ///
    /// # Errors
    /// What the encoder failed with, or [`VideoError::Cancelled`]; nothing is left then.
    pub fn finish(mut self, monitor: &dyn Monitor) -> Result<(), VideoError> {
        let (done, completed) = bounded(NOTES);
        self.send(Message::Finish(done))?;
        self.frames = None;
        self.watch(completed, monitor);
        if monitor.cancelled() {
            self.is_called_off.store(true, Ordering::Relaxed);
        }
        self.outcome()
    }

    /// Hands on what the encoder says until the encoder ends or the monitor cancels.
    fn watch(&self, completed: Receiver<Note>, monitor: &dyn Monitor) {
        while !monitor.cancelled() {
            match completed.recv_timeout(ASK_EVERY) {
                Ok(Note::Frames(done)) => {
                    monitor.report(Progress { stage: "writing", unit: "frames", done, total: self.count, part: None });
                }
                Ok(Note::Warning(message)) => monitor.warn(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    }

    fn send(&mut self, message: Message) -> Result<(), VideoError> {
        match self.frames.as_ref().map(|frames| frames.send(message)) {
            Some(Ok(())) => Ok(()),
            // The encoder has ended, and its outcome says why.
            _ => self.outcome(),
        }
    }

    fn outcome(&mut self) -> Result<(), VideoError> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(outcome)) => outcome,
            _ => Err(VideoError::Encoder { format: "video", reason: "it ended before the last frame".into() }),
        }
    }
}

impl Drop for VideoWriter {
    fn drop(&mut self) {
        self.is_called_off.store(true, Ordering::Relaxed);
        self.frames = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    const SIZE: FrameSize = FrameSize { width: 96, height: 64 };

    fn rate() -> FrameRate {
        FrameRate::whole(25).unwrap()
    }

    fn frame(index: u64) -> Vec<u8> {
        (0..SIZE.bytes()).map(|byte| (byte as u64 / 3 * (index + 1) % 251) as u8).collect()
    }

    fn write(target: &VideoTarget, frames: u64) {
        let mut writer = VideoWriter::create(target, Replace::Own, SIZE, rate(), frames).unwrap();
        (0..frames).for_each(|index| writer.push(frame(index)).unwrap());
        writer.finish(&Silent).unwrap();
    }

    #[test]
    fn same_frames_same_bytes_and_an_unfinished_video_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        for name in ["a.mp4", "a.gif"] {
            let path = place.path().join(name);
            let target: VideoTarget = path.to_str().unwrap().parse().unwrap();
            let mut unfinished = VideoWriter::create(&target, Replace::Own, SIZE, rate(), 9).unwrap();
            unfinished.push(frame(0)).unwrap();
            drop(unfinished);
            assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "{name}: nothing is left");
            let bytes = [0, 1].map(|_| {
                write(&target, 5);
                std::fs::read(&path).unwrap()
            });
            assert_eq!(bytes[0], bytes[1], "{name}");
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn frames_come_back_from_a_folder_and_a_gif() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("frames");
        write(&VideoTarget::Frames(folder.clone()), 3);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3);
        let third = image::open(folder.join("000002.png")).unwrap().into_rgb8();
        assert_eq!(third.into_raw(), frame(2));
        let path = place.path().join("a.gif");
        write(&VideoTarget::Gif(path.clone()), 4);
        let mut decoder = ::gif::DecodeOptions::new().read_info(std::fs::File::open(path).unwrap()).unwrap();
        let mut delays = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            assert_eq!((u32::from(frame.width), u32::from(frame.height)), (SIZE.width, SIZE.height));
            delays.push(frame.delay);
        }
        assert_eq!(delays, [4, 4, 4, 4]);
    }

    #[test]
    fn other_files_are_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("talk.mp4");
        std::fs::write(&path, "not a video").unwrap();
        assert!(VideoWriter::create(&VideoTarget::Mp4(path.clone()), Replace::Own, SIZE, rate(), 1).is_err());
        assert_eq!(std::fs::read(path).unwrap(), b"not a video");
    }
}
