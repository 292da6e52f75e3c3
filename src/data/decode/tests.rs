//! Pictures that are whole, cut, damaged or none.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::*;

const WHITE: Background = Background([255; 3]);

fn jpeg() -> Vec<u8> {
    let rgb: Vec<u8> = (0..178 * 218_u32).flat_map(|i| [(i % 178) as u8, (i / 178) as u8, (i % 7 * 30) as u8]).collect();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).write_image(&rgb, 178, 218, ExtendedColorType::Rgb8).unwrap();
    bytes
}

#[test]
fn whole_pictures_are_read() {
    let picture = decode(&jpeg(), WHITE).unwrap();
    assert_eq!((picture.width, picture.height, picture.rgb.len()), (178, 218, 178 * 218 * 3));
    let mut with_tail = jpeg();
    with_tail.extend(b"a note that some camera left");
    assert_eq!(decode(&with_tail, WHITE).unwrap(), picture, "bytes after the end do no harm");
}

#[test]
fn a_cut_jpeg_is_refused_wherever_it_is_cut() {
    let whole = jpeg();
    for percent in [1, 5, 30, 60, 95, 99] {
        assert!(decode(&whole[..whole.len() * percent / 100], WHITE).is_err(), "cut at {percent} %");
    }
    assert!(decode(&whole[..whole.len() - 1], WHITE).is_err(), "without its last byte");
}

#[test]
fn a_cut_png_is_refused() {
    let mut png = Vec::new();
    let grey: Vec<u8> = (0..40 * 30).map(|i| (i % 251) as u8).collect();
    image::codecs::png::PngEncoder::new(&mut png).write_image(&grey, 40, 30, ExtendedColorType::L8).unwrap();
    let picture = decode(&png, WHITE).unwrap();
    assert_eq!((picture.width, picture.rgb[0], picture.rgb[1]), (40, 0, 0), "grey becomes RGB");
    assert!(decode(&png[..png.len() * 6 / 10], WHITE).is_err());
}

#[test]
fn what_is_no_picture_is_said_to_be_none() {
    assert!(decode(b"", WHITE).unwrap_err().contains("empty"));
    assert!(decode(b"<!DOCTYPE html><html>quota exceeded</html>", WHITE).unwrap_err().contains("HTML"));
    assert!(decode(b"just some words", WHITE).unwrap_err().contains("neither"));
}
