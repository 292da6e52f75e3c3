//! The colour that shows through where a picture is transparent.

use std::fmt;
use std::str::FromStr;

/// Colours that have a name.
const NAMES: [(&str, [u8; 3]); 17] = [
    ("white", [255, 255, 255]),
    ("black", [0, 0, 0]),
    ("gray", [128, 128, 128]),
    ("grey", [128, 128, 128]),
    ("silver", [192, 192, 192]),
    ("red", [255, 0, 0]),
    ("green", [0, 128, 0]),
    ("blue", [0, 0, 255]),
    ("yellow", [255, 255, 0]),
    ("cyan", [0, 255, 255]),
    ("magenta", [255, 0, 255]),
    ("orange", [255, 165, 0]),
    ("purple", [128, 0, 128]),
    ("brown", [165, 42, 42]),
    ("pink", [255, 192, 203]),
    ("navy", [0, 0, 128]),
    ("teal", [0, 128, 128]),
];

/// The colour behind transparent pictures, sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Background(pub [u8; 3]);

impl Default for Background {
    fn default() -> Self {
        Self([255; 3])
    }
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match NAMES.iter().find(|(_, colour)| *colour == self.0) {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "#{:02X}{:02X}{:02X}", self.0[0], self.0[1], self.0[2]),
        }
    }
}

impl FromStr for Background {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a colour is a name such as white, black, gray, green or blue, or #RRGGBB".to_owned();
        if let Some((_, colour)) = NAMES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name)) {
            return Ok(Self(*colour));
        }
        let digits = text.strip_prefix('#').unwrap_or(text);
        let digits: Vec<u32> = digits.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>().ok_or_else(wrong)?;
        match digits.as_slice() {
            [r, g, b] => Ok(Self([r, g, b].map(|digit| (digit * 17) as u8))),
            [r1, r0, g1, g0, b1, b0] => Ok(Self([(r1, r0), (g1, g0), (b1, b0)].map(|(high, low)| (high * 16 + low) as u8))),
            _ => Err(wrong()),
        }
    }
}

impl Background {
    /// RGBA8 pixels in front of it, as RGB8.
    pub fn behind(self, rgba: &[u8]) -> Vec<u8> {
        let mut rgb = Vec::with_capacity(rgba.len() / 4 * 3);
        for pixel in rgba.chunks_exact(4) {
            let alpha = u32::from(pixel[3]);
            let mix = |(front, back): (&u8, u8)| ((u32::from(*front) * alpha + u32::from(back) * (255 - alpha) + 127) / 255) as u8;
            rgb.extend(pixel.iter().zip(self.0).map(mix));
        }
        rgb
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_read_as_they_are_written() {
        for text in ["white", "teal", "#102030"] {
            assert_eq!(text.parse::<Background>().unwrap().to_string(), text);
        }
        assert_eq!("#fff".parse(), Ok(Background::default()));
        assert_eq!("GREY".parse(), Ok(Background([128; 3])));
        for text in ["", "#", "#12345", "#1234567", "rainbow", "1,2,3", "#é23456"] {
            assert!(text.parse::<Background>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_half_transparent_is_half_the_background() {
        assert_eq!(
            Background([0, 100, 255]).behind(&[255, 0, 0, 255, 9, 9, 9, 0, 200, 200, 55, 51]),
            [255, 0, 0, 0, 100, 255, 40, 120, 215]
        );
    }
}
