//! Pictures from bytes, as people see them, and strictly: a picture that is cut short is refused, never filled up.
//!
//! Owns decoding of JPEG, PNG, WebP, BMP, TIFF, GIF and PNM: turned the way they are to be held, in sRGB, in front of a background.
//! Knows neither files nor faces.

mod background;
mod colour;
mod jpeg;
mod kind;
mod picture;

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

pub use background::Background;
pub use kind::{Kind, LOOKED_AT, looks_like_html};
pub use picture::Picture;
use picture::{MAX_BYTES, checked, checked_size, one_large};

/// Decodes a picture, told by its first bytes. What is transparent shows the background.
///
/// `rows` says for a width and a height how many rows from the top are wanted; those below may be missing, whole as they are in
/// the file.
///
/// # Errors
/// A short reason, as it stands in lists of damaged pictures.
pub fn decode(bytes: &[u8], background: Background, rows: impl Fn(usize, usize) -> usize) -> Result<Picture, String> {
    match Kind::of(bytes) {
        Kind::Jpeg => decode_jpeg(bytes, &rows),
        Kind::Picture(format) => decode_other(bytes, format, background),
        Kind::NotRead(what) => Err(format!("it is {what}, which is not read; save it as JPEG or PNG")),
        Kind::Html => Err("it is an HTML page, not a picture".into()),
        Kind::Empty => Err("it is empty".into()),
        Kind::Unknown => Err("it is neither a JPEG nor a PNG, WebP, BMP, TIFF, GIF or PNM picture".into()),
    }
}

/// Width and height of a picture as it is stored, in pixels, without decoding it; `None` where it is none.
pub fn size_of(bytes: &[u8]) -> Option<(u32, u32)> {
    ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?.into_dimensions().ok()
}

fn decode_jpeg(bytes: &[u8], rows: &dyn Fn(usize, usize) -> usize) -> Result<Picture, String> {
    let mut stored = jpeg::decode(bytes, rows)?;
    if let Some(profile) = stored.profile {
        colour::to_srgb(&mut stored.picture.rgb, &profile);
    }
    if stored.orientation == Orientation::NoTransforms {
        return Ok(stored.picture);
    }
    let Picture { width, height, rgb } = stored.picture;
    let whole = RgbImage::from_raw(width as u32, height as u32, rgb).expect("the size was checked");
    let mut picture = DynamicImage::ImageRgb8(whole);
    picture.apply_orientation(stored.orientation);
    let rgb = picture.into_rgb8();
    checked(rgb.width() as usize, rgb.height() as usize, rgb.into_raw())
}

fn decode_other(bytes: &[u8], format: ImageFormat, background: Background) -> Result<Picture, String> {
    let name = format.extensions_str().last().copied().unwrap_or("picture").to_uppercase();
    let damaged = |error: ImageError| match error {
        ImageError::Limits(_) => "it is too large".to_owned(),
        ImageError::Unsupported(error) => format!("this kind of {name} is not read ({error}); save it as JPEG or PNG"),
        error => format!("the {name} is damaged ({error})"),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(2 * MAX_BYTES as u64);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    let pixel = usize::from(decoder.color_type().bytes_per_pixel());
    checked_size(width as usize, height as usize, pixel)?;
    let _one = one_large(width as usize * height as usize * pixel);
    // A profile or orientation that cannot be read leaves the picture as it is stored.
    let profile = decoder.icc_profile().ok().flatten();
    let orientation = match format {
        ImageFormat::Png => png_exif(bytes).and_then(Orientation::from_exif_chunk),
        _ => decoder.orientation().ok(),
    };
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let rgb = if picture.color().has_alpha() {
        let mut rgba = picture.into_rgba8().into_raw();
        if let Some(profile) = profile {
            in_srgb(&mut rgba, &profile);
        }
        background.behind(&rgba)
    } else {
        let mut rgb = picture.into_rgb8().into_raw();
        if let Some(profile) = profile {
            colour::to_srgb(&mut rgb, &profile);
        }
        rgb
    };
    checked(width, height, rgb)
}

/// Turns the colours of RGBA8 pixels into sRGB and leaves their transparency.
fn in_srgb(rgba: &mut [u8], profile: &[u8]) {
    let mut rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    colour::to_srgb(&mut rgb, profile);
    for (pixel, colour) in rgba.chunks_exact_mut(4).zip(rgb.chunks_exact(3)) {
        pixel[..3].copy_from_slice(colour);
    }
}

/// The EXIF of a PNG, wherever it stands: some programs write it behind the pixels.
fn png_exif(bytes: &[u8]) -> Option<&[u8]> {
    let mut place = 8;
    loop {
        let head = bytes.get(place..place + 8)?;
        let length = u32::from_be_bytes(head[..4].try_into().expect("four bytes")) as usize;
        let body = bytes.get(place + 8..place.checked_add(8)?.checked_add(length)?)?;
        match &head[4..] {
            b"eXIf" => return Some(body.strip_prefix(b"Exif\0\0").unwrap_or(body)),
            b"IEND" => return None,
            _ => place += 12 + length,
        }
    }
}

#[cfg(test)]
mod tests;
