//! Pictures from bytes, strictly: a picture that is cut short is refused, never filled up.
//!
//! Owns decoding of JPEG and PNG. Knows neither files nor faces.

use image::ImageFormat;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// Larger pictures are refused rather than held in memory, in pixels.
const MAX_PIXELS: usize = 1 << 28;

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// RGB8 rows.
    pub rgb: Vec<u8>,
}

/// Decodes a JPEG or PNG, told by its first bytes.
///
/// # Errors
/// A short reason, as it stands in lists of damaged pictures.
pub fn decode(bytes: &[u8]) -> Result<Picture, String> {
    match bytes {
        [] => Err("it is empty".into()),
        [0xFF, 0xD8, ..] => decode_jpeg(bytes),
        [0x89, b'P', b'N', b'G', ..] => decode_png(bytes),
        _ if looks_like_html(bytes) => Err("it is an HTML page, not a picture".into()),
        _ => Err("it is neither a JPEG nor a PNG picture".into()),
    }
}

/// True for what browsers show.
pub fn looks_like_html(bytes: &[u8]) -> bool {
    let start: String = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    ["<!doctype html", "<html", "<head", "<!--"].iter().any(|tag| start.starts_with(tag))
}

fn decode_jpeg(bytes: &[u8]) -> Result<Picture, String> {
    // The decoder fills a scan that ends early with grey, even when told to be strict.
    if !scan_is_whole(bytes) {
        return Err("the JPEG is cut short".into());
    }
    let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let rgb = decoder.decode().map_err(|error| format!("the JPEG is damaged ({error:?})"))?;
    let (width, height) = decoder.dimensions().ok_or("the JPEG has no size")?;
    checked(width, height, rgb)
}

/// True where the last scan is followed by the end-of-image marker.
///
/// Inside a scan a byte FF is always followed by 00 or a restart marker, so FF D9 is nothing else; and a thumbnail's own
/// end stands before the scan of the picture.
fn scan_is_whole(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xFF, marker]);
    matches!((last(0xDA), last(0xD9)), (Some(scan), Some(end)) if end > scan)
}

fn decode_png(bytes: &[u8]) -> Result<Picture, String> {
    let picture = image::load_from_memory_with_format(bytes, ImageFormat::Png).map_err(|error| format!("the PNG is damaged ({error})"))?;
    let rgb = picture.to_rgb8();
    checked(rgb.width() as usize, rgb.height() as usize, rgb.into_raw())
}

fn checked(width: usize, height: usize, rgb: Vec<u8>) -> Result<Picture, String> {
    if width * height > MAX_PIXELS {
        return Err(format!("it has {width}x{height} pixels, which is too large"));
    }
    if width == 0 || height == 0 || rgb.len() != width * height * 3 {
        return Err("it does not hold the pixels that its header promises".into());
    }
    Ok(Picture { width, height, rgb })
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, ImageEncoder};

    use super::*;

    fn jpeg() -> Vec<u8> {
        let rgb: Vec<u8> = (0..178 * 218_u32).flat_map(|i| [(i % 178) as u8, (i / 178) as u8, (i % 7 * 30) as u8]).collect();
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 90).write_image(&rgb, 178, 218, ExtendedColorType::Rgb8).unwrap();
        bytes
    }

    #[test]
    fn whole_pictures_are_read() {
        let picture = decode(&jpeg()).unwrap();
        assert_eq!((picture.width, picture.height, picture.rgb.len()), (178, 218, 178 * 218 * 3));
        let mut with_tail = jpeg();
        with_tail.extend(b"a note that some camera left");
        assert_eq!(decode(&with_tail).unwrap(), picture, "bytes after the end do no harm");
    }

    #[test]
    fn a_cut_jpeg_is_refused_wherever_it_is_cut() {
        let whole = jpeg();
        for percent in [1, 5, 30, 60, 95, 99] {
            assert!(decode(&whole[..whole.len() * percent / 100]).is_err(), "cut at {percent} %");
        }
        assert!(decode(&whole[..whole.len() - 1]).is_err(), "without its last byte");
    }

    #[test]
    fn a_cut_png_is_refused() {
        let mut png = Vec::new();
        let grey: Vec<u8> = (0..40 * 30).map(|i| (i % 251) as u8).collect();
        image::codecs::png::PngEncoder::new(&mut png).write_image(&grey, 40, 30, ExtendedColorType::L8).unwrap();
        let picture = decode(&png).unwrap();
        assert_eq!((picture.width, picture.rgb[0], picture.rgb[1]), (40, 0, 0), "grey becomes RGB");
        assert!(decode(&png[..png.len() * 6 / 10]).is_err());
    }

    #[test]
    fn what_is_no_picture_is_said_to_be_none() {
        assert!(decode(b"").unwrap_err().contains("empty"));
        assert!(decode(b"<!DOCTYPE html><html>quota exceeded</html>").unwrap_err().contains("HTML"));
        assert!(decode(b"just some words").unwrap_err().contains("neither"));
    }
}
