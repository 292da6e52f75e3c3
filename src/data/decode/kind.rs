//! What a file is, told by its first bytes, whatever its name says.

use image::ImageFormat;

/// How many bytes [`Kind::of`] looks at.
pub const LOOKED_AT: usize = 512;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A JPEG.
    Jpeg,
    /// Another picture that is read.
    Picture(ImageFormat),
    /// A format with a name that is not read: "an AVIF picture".
    NotRead(&'static str),
    /// A web page.
    Html,
    /// Nothing at all.
    Empty,
    /// Nothing that is known.
    Unknown,
}

impl Kind {
    /// The kind of a file that begins with these bytes.
    pub fn of(start: &[u8]) -> Self {
        use ImageFormat::{Bmp, Gif, Png, Pnm, Tiff, WebP};
        match start {
            [] => Self::Empty,
            [0xFF, 0xD8, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', ..] => Self::Picture(Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Picture(Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Picture(WebP),
            [b'R', b'I', b'F', b'F', ..] => Self::NotRead("a film or sound"),
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Self::Picture(Bmp),
            [b'I', b'I', 42, 0, _, _, _, _, b'C', b'R', ..] | [b'F', b'U', b'J', b'I', b'F', b'I', b'L', b'M', ..] => {
                Self::NotRead("a camera's raw picture")
            }
            [b'I', b'I', b'R' | b'U', ..] => Self::NotRead("a camera's raw picture"),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Self::Picture(Tiff),
            [b'P', b'1'..=b'7', b' ' | b'\n' | b'\r' | b'\t' | b'#', ..] => Self::Picture(Pnm),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => Self::NotRead(brand_name(brand)),
            [0xFF, 0x0A, ..] | [0, 0, 0, 0x0C, b'J', b'X', b'L', b' ', ..] => Self::NotRead("a JPEG XL picture"),
            [0, 0, 0, 0x0C, b'j', b'P', b' ', b' ', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => Self::NotRead("a JPEG 2000 picture"),
            [b'8', b'B', b'P', b'S', ..] => Self::NotRead("a Photoshop document"),
            [b'%', b'P', b'D', b'F', ..] => Self::NotRead("a PDF"),
            [b'%', b'!', b'P', b'S', ..] => Self::NotRead("a PostScript file"),
            [0, 0, 1, 0, _, 0, ..] => Self::NotRead("an icon"),
            [0x76, 0x2F, 0x31, 0x01, ..] => Self::NotRead("an OpenEXR picture"),
            [b'q', b'o', b'i', b'f', ..] => Self::NotRead("a QOI picture"),
            [b'D', b'D', b'S', b' ', ..] => Self::NotRead("a DDS texture"),
            [0x1A, 0x45, 0xDF, 0xA3, ..] => Self::NotRead("a film"),
            [b'P', b'K', 3 | 5 | 7, ..] => Self::NotRead("a zip archive"),
            [0x1F, 0x8B, ..] => Self::NotRead("a gzip archive"),
            [b'v', b'e', b'r', b's', b'i', b'o', b'n', b' ', b'h', b't', b't', b'p', ..] => {
                Self::NotRead("a pointer of Git LFS, not the file itself (`git lfs pull` fetches it)")
            }
            _ => Self::of_text(start),
        }
    }

    fn of_text(start: &[u8]) -> Self {
        let start = String::from_utf8_lossy(&start[..start.len().min(LOOKED_AT)]);
        let start = start.trim_start_matches('\u{feff}').trim_start().to_lowercase();
        if start.starts_with("<svg") || start.starts_with("<?xml") && start.contains("<svg") {
            return Self::NotRead("an SVG drawing");
        }
        let tags = ["<!doctype html", "<html", "<head", "<!--", "<body", "<script"];
        let is_page = tags.iter().any(|tag| start.starts_with(tag)) || start.starts_with("<?xml") && start.contains("<html");
        if is_page { Self::Html } else { Self::Unknown }
    }

    /// True for what can be decoded.
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Picture(_))
    }
}

fn brand_name(brand: &[u8]) -> &'static str {
    match brand.get(..4).unwrap_or_default() {
        b"avif" | b"avis" => "an AVIF picture",
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => "a HEIC picture",
        b"crx " => "a camera's raw picture",
        _ => "a film",
    }
}

/// True for what browsers show.
pub fn looks_like_html(bytes: &[u8]) -> bool {
    Kind::of(bytes) == Kind::Html
}
