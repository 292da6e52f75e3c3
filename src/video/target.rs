//! Where a video goes and how large it is, as users write it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::VideoError;
use crate::data::PICTURES;
use crate::files::{FileError, FileKind, OutputFile, Replace, is_marked_gif, is_marked_mp4, known_ending};
use crate::words::Setting;

/// A film that facefield wrote.
pub(super) const FILM: FileKind = FileKind { name: "a video", is_own: is_marked_mp4 };
/// A GIF that facefield wrote.
pub(super) const GIF: FileKind = FileKind { name: "a GIF", is_own: is_marked_gif };

/// Where a video goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoTarget {
    /// H.264 in an MP4 file.
    Mp4(PathBuf),
    /// An animated GIF.
    Gif(PathBuf),
    /// A folder with one PNG file for each frame.
    Frames(PathBuf),
}

impl FromStr for VideoTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        match known_ending(&path).as_deref() {
            Some("mp4") => Ok(Self::Mp4(path)),
            Some("gif") => Ok(Self::Gif(path)),
            Some(known) => Err(format!("videos are written as .mp4, .gif, or a folder of PNG frames, and .{known} is none of these")),
            // What names no format is a part of the folder's name: frames_0.5.
            None => Ok(Self::Frames(path)),
        }
    }
}

impl VideoTarget {
    /// The path, whichever it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Mp4(path) | Self::Gif(path) | Self::Frames(path) => path,
        }
    }

    /// Refuses early what would be refused at the end.
    ///
    /// # Errors
    /// [`FileError::Taken`] where something stands there that is not to be replaced.
    pub fn ensure_replaceable(&self, replace: Replace) -> Result<(), FileError> {
        match self {
            Self::Mp4(path) => FILM.ensure_replaceable(OutputFile { path, replace }),
            Self::Gif(path) => GIF.ensure_replaceable(OutputFile { path, replace }),
            Self::Frames(path) => PICTURES.ensure_replaceable(path),
        }
    }
}

/// The size of a picture in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameSize {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl FrameSize {
    /// Bytes of an RGB8 frame.
    pub fn bytes(self) -> usize {
        self.width as usize * self.height as usize * 3
    }

    /// The nearest size with an even width and height; of two that are as near the larger one, where MP4 holds it.
    fn nearest_even(self) -> Self {
        let even = |length: u32, most: u32| if length < most { length.next_multiple_of(2) } else { most };
        let (wide, high) = if self.width >= self.height { (3840, 2160) } else { (2160, 3840) };
        Self { width: even(self.width, wide), height: even(self.height, high) }
    }

    /// Refuses what H.264 cannot hold.
    ///
    /// # Errors
    /// [`VideoError::Size`] for odd sizes and for more than 3840 x 2160.
    pub fn check_for_mp4(self) -> Result<(), VideoError> {
        let (long, short) = (self.width.max(self.height), self.width.min(self.height));
        let name = Setting::FrameSize;
        if !self.width.is_multiple_of(2) || !self.height.is_multiple_of(2) {
            let even = self.nearest_even();
            return Err(VideoError::Size(format!("an MP4 needs an even width and height, and {name} is {self}; {name} {even} fits")));
        }
        if long > 3840 || short > 2160 {
            return Err(VideoError::Size(format!("an MP4 holds at most 3840x2160, and {name} is {self}; a folder of frames holds more")));
        }
        Ok(())
    }
}

impl fmt::Display for FrameSize {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl FromStr for FrameSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length = |text: &str| text.trim().parse().ok();
        let parsed = text.split_once(['x', 'X', '\u{d7}', '*']).and_then(|(width, height)| Some((length(width)?, length(height)?)));
        match parsed {
            Some((width, height)) if (64..=7680).contains(&width) && (64..=7680).contains(&height) => Ok(Self { width, height }),
            _ => Err("a size is WIDTHxHEIGHT in pixels, such as 1280x720, each from 64 to 7680".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_sizes_are_read() {
        assert_eq!("a.MP4".parse(), Ok(VideoTarget::Mp4("a.MP4".into())));
        assert_eq!("b/frames".parse(), Ok(VideoTarget::Frames("b/frames".into())));
        for name in ["frames_0.5", "runs/v1.2", "a.b/c", "walk.final", "x.", ".hidden", "2026.11.28", "Dr. No"] {
            assert_eq!(name.parse(), Ok(VideoTarget::Frames(name.into())), "{name}");
        }
        for name in ["a.mov", "a.WebM", "a.avi", "a.jpg", "a.PNG", "a.zip", "a.tar.gz", "a.ron", "a.webp", "0.5.mkv"] {
            let reason = name.parse::<VideoTarget>().expect_err(name);
            assert!(reason.contains(".mp4, .gif, or a folder"), "{reason}");
        }
        assert_eq!(
            ["1280X720", "1280\u{d7}720", " 1280 x 720 "].map(|text| text.parse::<FrameSize>().unwrap().to_string()),
            ["1280x720"; 3]
        );
        assert_eq!("1280x720".parse::<FrameSize>().unwrap().to_string(), "1280x720");
        for text in ["1280", "1280x", "0x720", "-1x5", "9999x720"] {
            assert!(text.parse::<FrameSize>().is_err(), "{text}");
        }
        for (width, height, even) in
            [(641, 480, "642x480"), (853, 481, "854x482"), (65, 65, "66x66"), (4001, 2161, "3840x2160"), (2161, 3001, "2160x3002")]
        {
            let message = FrameSize { width, height }.check_for_mp4().unwrap_err().to_string();
            assert!(message.contains(&format!("size {even} fits")), "{message}");
        }
        assert!(FrameSize { width: 2160, height: 3840 }.check_for_mp4().is_ok());
        assert!(FrameSize { width: 3000, height: 3000 }.check_for_mp4().is_err());
    }
}
