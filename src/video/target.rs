//! Where a video goes and how large it is, as users write it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::VideoError;
use crate::data::PICTURES;
use crate::files::{FileError, FileKind, is_marked_gif, is_marked_mp4};

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
        match path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref() {
            None => Ok(Self::Frames(path)),
            Some("mp4") => Ok(Self::Mp4(path)),
            Some("gif") => Ok(Self::Gif(path)),
            Some(other) => Err(format!("a video ends in .mp4 or .gif, and a folder of frames has no extension; this ends in .{other}")),
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
    /// [`FileError::OtherKind`] where something else stands there.
    pub fn ensure_replaceable(&self) -> Result<(), FileError> {
        match self {
            Self::Mp4(path) => FILM.ensure_replaceable(path),
            Self::Gif(path) => GIF.ensure_replaceable(path),
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

    /// Refuses what H.264 cannot hold.
    ///
    /// # Errors
    /// [`VideoError::Size`] for odd sizes and for more than 3840 x 2160.
    pub fn check_for_mp4(self) -> Result<(), VideoError> {
        let (long, short) = (self.width.max(self.height), self.width.min(self.height));
        if !self.width.is_multiple_of(2) || !self.height.is_multiple_of(2) {
            return Err(VideoError::Size(format!("an MP4 needs an even width and height, and --size is {self}")));
        }
        if long > 3840 || short > 2160 {
            return Err(VideoError::Size(format!("an MP4 holds at most 3840x2160, and --size is {self}; a folder of frames holds more")));
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
        let parsed = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
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
        assert!("a.mov".parse::<VideoTarget>().is_err());
        assert_eq!("1280x720".parse::<FrameSize>().unwrap().to_string(), "1280x720");
        for text in ["1280", "1280x", "0x720", "-1x5", "9999x720"] {
            assert!(text.parse::<FrameSize>().is_err(), "{text}");
        }
        assert!(FrameSize { width: 641, height: 480 }.check_for_mp4().is_err());
        assert!(FrameSize { width: 2160, height: 3840 }.check_for_mp4().is_ok());
        assert!(FrameSize { width: 3000, height: 3000 }.check_for_mp4().is_err());
    }
}
