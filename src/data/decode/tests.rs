//! Pictures that are whole, cut, damaged or none.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::*;

const WHITE: Background = Background([255; 3]);

fn whole(_: usize, height: usize) -> usize {
    height
}

fn jpeg() -> Vec<u8> {
    let rgb: Vec<u8> = (0..178 * 218_u32).flat_map(|i| [(i % 178) as u8, (i / 178) as u8, (i % 7 * 30) as u8]).collect();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).write_image(&rgb, 178, 218, ExtendedColorType::Rgb8).unwrap();
    bytes
}

#[test]
fn whole_pictures_are_read() {
    let picture = decode(&jpeg(), WHITE, whole).unwrap();
    assert_eq!((picture.width, picture.height, picture.rgb.len()), (178, 218, 178 * 218 * 3));
    let mut with_tail = jpeg();
    with_tail.extend(b"a note that some camera left");
    assert_eq!(decode(&with_tail, WHITE, whole).unwrap(), picture, "bytes after the end do no harm");
}

#[test]
fn a_cut_jpeg_is_refused_wherever_it_is_cut() {
    let bytes = jpeg();
    for percent in [1, 5, 30, 60, 95, 99] {
        assert!(decode(&bytes[..bytes.len() * percent / 100], WHITE, whole).is_err(), "cut at {percent} %");
    }
    assert!(decode(&bytes[..bytes.len() - 1], WHITE, whole).is_err(), "without its last byte");
}

#[test]
fn rows_that_nobody_wants_may_be_missing_and_those_above_are_the_same() {
    let picture = decode(&jpeg(), WHITE, whole).unwrap();
    let mut shortest = usize::MAX;
    for rows in [1, 7, 8, 100, 179, 217, 218] {
        let part = decode(&jpeg(), WHITE, |_, _| rows).unwrap();
        assert_eq!((part.width, part.height), (178, 218));
        assert!(part.rgb.len() >= rows * 178 * 3 && part.rgb[..rows * 178 * 3] == picture.rgb[..rows * 178 * 3], "{rows} rows");
        shortest = shortest.min(part.rgb.len());
    }
    assert!(shortest < picture.rgb.len() / 10);
    let cut = &jpeg()[..jpeg().len() - 300];
    assert!(decode(&[cut, &[0xFF, 0xD9]].concat(), WHITE, |_, _| 8).is_err(), "what is damaged below is damaged");
}

#[test]
fn a_cut_png_is_refused() {
    let mut png = Vec::new();
    let grey: Vec<u8> = (0..40 * 30).map(|i| (i % 251) as u8).collect();
    image::codecs::png::PngEncoder::new(&mut png).write_image(&grey, 40, 30, ExtendedColorType::L8).unwrap();
    let picture = decode(&png, WHITE, whole).unwrap();
    assert_eq!((picture.width, picture.rgb[0], picture.rgb[1]), (40, 0, 0), "grey becomes RGB");
    assert!(decode(&png[..png.len() * 6 / 10], WHITE, whole).is_err());
}

#[test]
fn what_is_no_picture_is_said_to_be_none() {
    assert!(decode(b"", WHITE, whole).unwrap_err().contains("empty"));
    assert!(decode(b"<!DOCTYPE html><html>quota exceeded</html>", WHITE, whole).unwrap_err().contains("HTML"));
    assert!(decode(b"just some words", WHITE, whole).unwrap_err().contains("neither"));
}
