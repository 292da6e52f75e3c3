//! `facefield import` and `facefield encode` from outside: pictures as people see them, whole ones only, from every kind of place.
//!
//! Owns what is seen of orientation, transparency and colour, of damage, and of what is left out. Inputs are drawn here.

use std::fs;
use std::io::{Cursor, Write};

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage};
use safetensors::SafeTensors;
use serde_json::{Value, json};

use super::Place;

/// A drawn face with a red corner at the top left, so that turning shows.
fn drawn() -> DynamicImage {
    let colour = |x: u32, y: u32| match (x, y) {
        (0..32, 0..32) => Rgb([220, 20, 20]),
        _ if (x as i32 - 48).pow(2) + (y as i32 - 50).pow(2) < 900 => Rgb([224, (150 + x / 2) as u8, (120 + y / 2) as u8]),
        _ => Rgb([60, 150, 70]),
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(96, 96, colour))
}

fn saved(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("memory takes every format");
    bytes.into_inner()
}

fn jpeg(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 95).encode_image(picture).expect("memory takes a JPEG");
    bytes
}

/// A segment behind the first two bytes of a JPEG.
fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, body, &jpeg[2..]].concat()
}

/// A chunk of a PNG behind its header, or in front of its end.
fn with_chunk(png: &[u8], kind: &[u8; 4], body: &[u8], at_end: bool) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(kind);
    sum.update(body);
    let place = if at_end { png.len() - 12 } else { 33 };
    let length = (body.len() as u32).to_be_bytes();
    [&png[..place], &length, kind, body, &sum.sum().to_be_bytes(), &png[place..]].concat()
}

/// EXIF with an orientation and nothing else.
fn exif(orientation: u8) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    bytes.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// A TIFF of RGB pixels with an orientation.
fn tiff(picture: &RgbImage, orientation: u16) -> Vec<u8> {
    let tags: [(u16, u16, u32); 9] = [
        (256, 3, picture.width()),
        (257, 3, picture.height()),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 2),
        (273, 4, 8 + 2 + 9 * 12 + 4),
        (274, 3, u32::from(orientation)),
        (277, 3, 3),
        (279, 4, picture.as_raw().len() as u32),
    ];
    let mut bytes = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, kind, value) in tags {
        bytes.extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &1_u32.to_le_bytes(), &value.to_le_bytes()].concat());
    }
    bytes.extend([0; 4]);
    bytes.extend(picture.as_raw());
    bytes
}

/// A profile of matrix and gamma with the given primaries, as wide-gamut cameras write.
fn profile(space: &[u8; 4], tags: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut head = vec![0; 128];
    head[8..12].copy_from_slice(&[2, 0x10, 0, 0]);
    head[12..16].copy_from_slice(b"mntr");
    head[16..20].copy_from_slice(space);
    head[20..24].copy_from_slice(b"XYZ ");
    head[36..40].copy_from_slice(b"acsp");
    let white = [0.9642, 1.0, 0.8249_f64].map(fixed).concat();
    head[68..80].copy_from_slice(&white);
    let (mut list, mut body) = ((tags.len() as u32).to_be_bytes().to_vec(), Vec::new());
    let start = 128 + 4 + 12 * tags.len();
    for (name, value) in tags {
        list.extend([&name[..], &((start + body.len()) as u32).to_be_bytes(), &(value.len() as u32).to_be_bytes()].concat());
        body.extend(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let whole = [head, list, body].concat();
    [&(whole.len() as u32).to_be_bytes()[..], &whole[4..]].concat()
}

fn fixed(value: f64) -> [u8; 4] {
    ((value * 65536.0).round() as i32).to_be_bytes()
}

fn xyz(value: [f64; 3]) -> Vec<u8> {
    [b"XYZ \0\0\0\0".to_vec(), value.map(fixed).concat()].concat()
}

fn gamma(value: f64) -> Vec<u8> {
    [b"curv\0\0\0\0\0\0\0\x01".to_vec(), ((value * 256.0).round() as u16).to_be_bytes().to_vec()].concat()
}

fn wide_profile() -> Vec<u8> {
    let curve = || gamma(2.2);
    profile(
        b"RGB ",
        &[
            (b"wtpt", xyz([0.9642, 1.0, 0.8249])),
            (b"rXYZ", xyz([0.60974, 0.31111, 0.01947])),
            (b"gXYZ", xyz([0.20528, 0.62567, 0.06087])),
            (b"bXYZ", xyz([0.14919, 0.06322, 0.74457])),
            (b"rTRC", curve()),
            (b"gTRC", curve()),
            (b"bTRC", curve()),
        ],
    )
}

/// A place with these files, imported at 16 pixels: what is reported, and the faces by name.
fn imported(place: &Place, line: &str) -> (Value, Vec<(String, Vec<u8>)>) {
    let report = place.done(&format!("import {line} --size 16 --out faces.safetensors"));
    let bytes = place.read("faces.safetensors");
    let faces = SafeTensors::deserialize(&bytes).expect("the cache is whole");
    let (_, header) = SafeTensors::read_metadata(&bytes).expect("the cache is whole");
    let names: Vec<String> = serde_json::from_str(&header.metadata().as_ref().expect("it has metadata")["file_names"]).expect("a list");
    let pixels = faces.tensor("faces").expect("there are faces").data().chunks_exact(16 * 16 * 3).map(<[u8]>::to_vec);
    (report, names.into_iter().zip(pixels).collect())
}

/// The mean colours of the corners at the top left and the bottom right, where the edge of the other does not reach.
fn corners(face: &[u8]) -> [[u8; 3]; 2] {
    let at = |x: usize, y: usize| [0, 1, 2].map(|channel| face[(y * 16 + x) * 3 + channel]);
    [at(0, 0), at(15, 15)]
}

fn near(found: [u8; 3], expected: [u8; 3]) -> bool {
    found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 6)
}

#[test]
fn pictures_are_turned_the_way_they_are_held() {
    let place = Place::empty();
    for number in 1..=8_u8 {
        let mut stored = drawn();
        // Quarter turns undo each other; every other turn undoes itself.
        let inverse = match number {
            6 => 8,
            8 => 6,
            other => other,
        };
        stored.apply_orientation(Orientation::from_exif(inverse).expect("1 to 8 are orientations"));
        let tag = exif(number);
        let png = saved(&stored, ImageFormat::Png);
        place.write(&format!("in/{number}.jpg"), with_segment(&jpeg(&stored), 0xE1, &[b"Exif\0\0", &tag[..]].concat()));
        place.write(&format!("in/{number}.png"), with_chunk(&png, b"eXIf", &tag, number % 2 == 0));
        place.write(&format!("in/{number}.tif"), tiff(stored.as_rgb8().expect("it is RGB"), u16::from(number)));
        let mut webp = Vec::new();
        let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut webp);
        encoder.set_exif_metadata(tag).expect("WebP holds EXIF");
        encoder.write_image(stored.as_bytes(), stored.width(), stored.height(), ExtendedColorType::Rgb8).expect("memory takes a WebP");
        place.write(&format!("in/{number}.webp"), webp);
    }
    let (report, faces) = imported(&place, "in");
    assert_eq!((faces.len(), &report["damaged"]), (32, &json!([])));
    for (name, face) in faces {
        let [first, last] = corners(&face);
        assert!(near(first, [220, 20, 20]) && near(last, [60, 150, 70]), "{name}: {first:?} {last:?}");
    }
}

#[test]
fn what_is_transparent_shows_the_background() {
    let place = Place::empty();
    let mut clear = drawn().into_rgba8();
    clear.pixels_mut().filter(|pixel| pixel.0[..3] == [60, 150, 70]).for_each(|pixel| pixel.0 = [9, 8, 7, 0]);
    let clear = DynamicImage::ImageRgba8(clear);
    for (name, format) in [("a.png", ImageFormat::Png), ("b.webp", ImageFormat::WebP), ("c.tif", ImageFormat::Tiff)] {
        place.write(&format!("in/{name}"), saved(&clear, format));
    }
    for (option, expected) in [("", [255, 255, 255]), ("--background black", [0, 0, 0]), ("--background #102030", [16, 32, 48])] {
        let (_, faces) = imported(&place, &format!("in {option}"));
        assert_eq!(faces.len(), 3);
        for (name, face) in faces {
            let [first, last] = corners(&face);
            assert!(near(first, [220, 20, 20]) && near(last, expected), "{name} {option}: {first:?} {last:?}");
        }
    }
    place.done("encode pca-celeba64 in --background gray --out codes.ron");
    place.refused(2, "import in --background rainbow --out x.safetensors", &["--background", "#RRGGBB"]);
}

#[test]
fn colours_are_those_that_profiles_mean() {
    let place = Place::empty();
    // The drawn colours as they are stored in wide primaries, computed from the profile itself.
    let wide = RgbImage::from_fn(96, 96, |x, y| if x < 32 && y < 32 { Rgb([187, 27, 27]) } else { Rgb([96, 148, 76]) });
    let wide = DynamicImage::ImageRgb8(wide);
    let mut compressed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    compressed.write_all(&wide_profile()).expect("memory takes everything");
    let chunk = [b"wide\0\0".to_vec(), compressed.finish().expect("memory takes everything")].concat();
    let segment = [b"ICC_PROFILE\0\x01\x01".to_vec(), wide_profile()].concat();
    place.write("in/a.png", with_chunk(&saved(&wide, ImageFormat::Png), b"iCCP", &chunk, false));
    place.write("in/b.jpg", with_segment(&jpeg(&wide), 0xE2, &segment));
    // A profile that makes no sense, and one of greys, leave the picture readable.
    place.write("in/c.jpg", with_segment(&jpeg(&drawn()), 0xE2, &[b"ICC_PROFILE\0\x01\x01".to_vec(), vec![7; 300]].concat()));
    let grey = profile(b"GRAY", &[(b"wtpt", xyz([0.9642, 1.0, 0.8249])), (b"kTRC", gamma(1.0))]);
    let grey = [b"ICC_PROFILE\0\x01\x01".to_vec(), grey].concat();
    place.write("in/d.jpg", with_segment(&jpeg(&DynamicImage::ImageLuma8(drawn().into_luma8())), 0xE2, &grey));
    let (report, faces) = imported(&place, "in");
    assert_eq!((faces.len(), &report["damaged"]), (4, &json!([])));
    for (name, face) in &faces[..2] {
        let [first, _] = corners(face);
        assert!(near(first, [220, 20, 20]), "{name}: {first:?}");
    }
    assert!(near(corners(&faces[2].1)[0], [220, 20, 20]));
    // Greys that are stored in proportion to light look lighter than their numbers.
    let stored = drawn().into_luma8().get_pixel(90, 90).0[0];
    assert!(corners(&faces[3].1)[1][0] > stored + 30, "{:?} of {stored}", corners(&faces[3].1));
}

#[test]
fn damaged_jpegs_are_named_and_whole_ones_with_anything_behind_are_read() {
    let place = Place::empty();
    let noise = |length: usize| -> Vec<u8> {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..length).map(|_| next()).collect()
    };
    let whole = jpeg(&drawn());
    let scan = whole.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).expect("it has a scan") + 14;
    let (length, end) = (whole.len() - 2 - scan, [0xFF, 0xD9]);
    let hole = |start: usize, fill: &[u8]| [&whole[..scan + start], fill, &whole[scan + start + fill.len()..]].concat();
    let lost = |start: usize, bytes: usize| [&whole[..scan + start], &whole[scan + start + bytes..]].concat();
    for part in 1..9 {
        let start = length * part / 10;
        place.write(&format!("bad/zeros{part}.jpg"), hole(start, &[0; 60]));
        place.write(&format!("bad/lost{part}.jpg"), lost(start, length / 20));
        place.write(&format!("bad/closed{part}.jpg"), [&whole[..scan + start], &end[..]].concat());
        place.write(&format!("bad/cut{part}.jpg"), &whole[..scan + start]);
    }
    place.write("bad/whole.jpg", &whole);
    let (report, faces) = imported(&place, "bad");
    assert_eq!(faces.len() + report["damaged"].as_array().unwrap().len(), 33);
    let taken: Vec<&str> = faces.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "whole.jpg").collect();
    assert!(!taken.iter().any(|name| name.starts_with("cut") || name.starts_with("closed")), "{taken:?}");
    // A few holes happen to hold as many blocks as were lost: nothing in the file tells then, and libjpeg is silent as well.
    assert!(taken.len() <= 4, "{taken:?}");
    let film = [b"\0\0\0\x18ftypmp42".to_vec(), noise(4000), end.to_vec(), noise(50), vec![0xFF, 0xDA, 0, 3]].concat();
    for (name, tail) in
        [("none", vec![]), ("film", film), ("second", jpeg(&drawn())), ("zeros", vec![0; 5000]), ("noise", noise(2_000_000))]
    {
        place.write(&format!("good/{name}.jpg"), [&whole[..], &tail].concat());
    }
    let (report, faces) = imported(&place, "good");
    assert_eq!((faces.len(), &report["damaged"]), (5, &json!([])));
    assert!(faces.iter().all(|(_, face)| *face == faces[0].1), "what stands behind changes nothing");
}

#[test]
fn every_picture_is_read_or_counted() {
    let place = Place::empty();
    use ImageFormat::{Bmp, Gif, Png, Pnm, Tiff, WebP};
    for (name, format) in [("1.bmp", Bmp), ("2.gif", Gif), ("3.ppm", Pnm), ("4.tiff", Tiff), ("5.webp", WebP), ("6.jpg", Png), ("7", Png)] {
        place.write(&format!("in/{name}"), saved(&drawn(), format));
    }
    place.write("in/8.jfif", jpeg(&drawn()));
    place.write("in/9.avif", b"\0\0\0\x20ftypavif");
    place.write("in/a.heic", jpeg(&drawn()));
    place.write("in/b.heic", b"\0\0\0\x20ftypheic");
    place.write("in/.DS_Store", "x");
    place.write("in/readme.md", "x");
    place.write("in/.hidden.jpg", jpeg(&drawn()));
    let (report, faces) = imported(&place, "in");
    assert_eq!((faces.len(), &report["damaged"]), (9, &json!([])));
    assert!(faces.iter().all(|(name, face)| near(corners(face)[0], [220, 20, 20]) || name == "2.gif"), "each is the same picture");
    let left_out = &report["left_out"];
    for (reason, file) in
        [("AVIF picture", "9.avif"), ("HEIC picture", "b.heic"), ("other file", "readme.md"), ("hidden picture", ".hidden.jpg")]
    {
        let known = left_out.as_array().expect("a list").iter().find(|known| known["reason"] == reason);
        assert_eq!(known.map(|known| (&known["count"], &known["files"])), Some((&json!(1), &json!([file]))), "{reason}: {left_out}");
    }
    let (_, out, _) = place.run("import in --size 16 --out faces.safetensors");
    assert!(out.contains("left out: 1 AVIF picture (9.avif)") && out.contains("labels: none") && out.contains("split: "), "{out}");
}

#[cfg(unix)]
#[test]
fn linked_folders_and_odd_names_are_read_and_closed_folders_counted() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let place = Place::empty();
    place.write("elsewhere/1.jpg", jpeg(&drawn()));
    place.write("in/2.jpg", jpeg(&drawn()));
    fs::write(place.path("in").join(OsStr::from_bytes(b"f\xfcnf.jpg")), jpeg(&drawn())).expect("any name will do");
    symlink("../elsewhere", place.path("in/linked")).expect("links can be made");
    symlink("..", place.path("in/loop")).expect("links can be made");
    symlink("nowhere.jpg", place.path("in/dangling.jpg")).expect("links can be made");
    let (report, faces) = imported(&place, "in");
    assert_eq!(faces.len(), 3, "{report}");
    let reasons: Vec<&str> = report["left_out"].as_array().expect("a list").iter().filter_map(|known| known["reason"].as_str()).collect();
    assert!(reasons.contains(&"link to a folder above") && reasons.contains(&"link that leads nowhere"), "{reasons:?}");
}

#[test]
fn archives_of_every_kind_are_read() {
    let place = Place::empty();
    place.done("synth --count 20 --seed 7 --out pictures.zip");
    let mut inside = zip::ZipArchive::new(Cursor::new(place.read("pictures.zip"))).expect("it is a zip");
    let mut tar = tar::Builder::new(Vec::new());
    for index in 0..inside.len() {
        let mut file = inside.by_index(index).expect("it is whole");
        let mut header = tar::Header::new_gnu();
        header.set_size(file.size());
        header.set_mode(0o644);
        let name = file.name().expect("its names are Unicode").into_owned();
        tar.append_data(&mut header, format!("./{name}"), &mut file).expect("memory takes a tar");
    }
    let tar = tar.into_inner().expect("memory takes a tar");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&tar).expect("memory takes everything");
    let packed = packed.finish().expect("memory takes everything");
    let zipped = |method: zip::CompressionMethod, name: &str, bytes: &[u8]| {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default().compression_method(method)).expect("memory takes a zip");
        zip.write_all(bytes).expect("memory takes a zip");
        zip.finish().expect("memory takes a zip").into_inner()
    };
    let inner = place.read("pictures.zip");
    place.write("cut.tar.gz", &packed[..packed.len() / 2]);
    place.write("a.tar", tar);
    place.write("b.tar.gz", &packed);
    place.write("stored.zip", zipped(zip::CompressionMethod::Stored, "deep/inner.zip", &inner));
    place.write("deflated.zip", zipped(zip::CompressionMethod::Deflated, "inner.zip", &inner));
    place.write("tar-in.zip", zipped(zip::CompressionMethod::Deflated, "inner.tgz", &packed));
    place.write("folder/inner.zip", &inner);
    let expected = imported(&place, "pictures.zip");
    for source in ["a.tar", "b.tar.gz", "stored.zip", "deflated.zip", "tar-in.zip", "folder"] {
        let (report, faces) = imported(&place, source);
        assert!(faces == expected.1, "{source} holds the same faces");
        let same = |field: &str| report[field] == expected.0[field];
        assert!(same("labelled") && same("attributes") && report["split"]["train"] == expected.0["split"]["train"], "{source}: {report}");
    }
    let (code, out, message) = place.run("--json import cut.tar.gz --size 16 --out cut.safetensors");
    assert!(!message.contains("panicked") && (code == Some(1) || out.contains("cut short or damaged")), "{out} {message}");
}

#[test]
fn a_tar_that_claims_gigabytes_for_a_name_takes_no_room() {
    let place = Place::empty();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_path("././@LongLink").expect("it is a short path");
    header.set_size(3 << 30);
    header.set_cksum();
    // Forty mebibytes of zeros pack to almost nothing.
    let bytes = [header.as_bytes().to_vec(), vec![0; 40 << 20]].concat();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&bytes).expect("memory takes everything");
    place.write("names.tar.gz", gzip.finish().expect("memory takes everything"));
    place.write("names.tar", bytes);
    for name in ["names.tar.gz", "names.tar"] {
        place.refused(1, &format!("import {name} --size 16 --out x.safetensors"), &[name, "rest of a tar"]);
    }
}

#[test]
fn a_file_of_gigabytes_is_no_picture() {
    let place = Place::new();
    let film = fs::File::create(place.path("film.mkv")).expect("it is the place's own");
    film.set_len(200 << 30).expect("holes take no room");
    place.refused(1, "encode model film.mkv --out x.ron", &["film.mkv", "neither a JPEG"]);
    let (code, _, message) = place.run("encode model film.mkv pictures/img_align_celeba --out x.ron");
    assert!(code == Some(0) && message.contains("skipped film.mkv"), "{message}");
}

#[test]
fn locked_and_oddly_packed_archives_say_what_to_do() {
    let place = Place::empty();
    place.done("synth --count 3 --seed 7 --out pictures.zip");
    let whole = place.read("pictures.zip");
    let changed = |local: usize, central: usize, value: [u8; 2]| {
        let mut bytes = whole.clone();
        for (mark, place) in [(b"PK\x03\x04", local), (b"PK\x01\x02", central)] {
            let starts: Vec<usize> = bytes.windows(4).enumerate().filter(|(_, four)| four == mark).map(|(start, _)| start).collect();
            starts.into_iter().for_each(|start| bytes[start + place..start + place + 2].copy_from_slice(&value));
        }
        bytes
    };
    place.write("locked.zip", changed(6, 8, [1, 0]));
    place.write("bzip2.zip", changed(8, 10, [12, 0]));
    place.write("zstd.zip", changed(8, 10, [93, 0]));
    place.write("faces.7z", b"7z\xBC\xAF\x27\x1C and so on");
    place.write("faces.rar", b"Rar!\x1A\x07\x01\0");
    place.write("page.tar", "<html>quota</html>");
    for (line, words) in [
        ("locked.zip", ["behind a password", "Unpack the archive with its password"]),
        ("bzip2.zip", ["packed with bzip2", "Unpack the archive"]),
        ("zstd.zip", ["packed with Zstandard", "Unpack the archive"]),
        ("faces.7z", ["7z", "Unpack it"]),
        ("faces.rar", ["RAR", "Unpack it"]),
        ("page.tar", ["HTML", "download"]),
    ] {
        place.refused(1, &format!("import {line} --out x.safetensors"), &words);
    }
    place.write("deep/er/1.jpg", jpeg(&drawn()));
    place.refused(1, "encode pca-celeba64 deep --out x.png", &["sub-folders", "er"]);
    place.refused(1, "encode pca-celeba64 pictures.zip --out x.png", &["archive", "Unpack it"]);
}

/// A parquet file of one group of rows. Where there are several columns, each of its cells may be missing.
#[cfg(feature = "parquet")]
pub fn parquet_file(schema: &str, columns: &[Vec<Option<Vec<u8>>>]) -> Vec<u8> {
    use parquet::column::writer::ColumnWriter;
    use parquet::data_type::ByteArray;
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    let schema = parquet::schema::parser::parse_message_type(schema).expect("it is a schema");
    let mut writer = SerializedFileWriter::new(Vec::new(), schema.into(), WriterProperties::default().into()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for cells in columns {
        let mut column = group.next_column().unwrap().expect("one for each");
        let values: Vec<ByteArray> = cells.iter().flatten().map(|cell| cell.clone().into()).collect();
        let ColumnWriter::ByteArrayColumnWriter(typed) = column.untyped() else { panic!("they are bytes") };
        // 0: the whole struct is missing; 1: the cell is; 2: nothing is.
        let levels: Vec<i16> = cells.iter().map(|cell| if cell.is_some() { 2 } else { 1 }).collect();
        typed.write_batch(&values, (columns.len() > 1).then_some(&levels), None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_files_are_read_and_their_holes_are_counted() {
    let place = Place::empty();
    let picture = || Some(jpeg(&drawn()));
    let path = |name: &str| Some(name.as_bytes().to_vec());
    let pictures = vec![picture(), None, None, picture(), picture(), Some(b"no picture".to_vec())];
    let paths = vec![path("one.jpg"), path("elsewhere/gone.jpg"), None, None, path("x/one.jpg"), path("text.jpg")];
    let schema = "message m { optional group image { optional binary bytes; optional binary path (UTF8); } }";
    place.write("in/train-00000-of-00001.parquet", parquet_file(schema, &[pictures, paths]));
    place.write("plain.parquet", parquet_file("message m { required binary img; }", &[vec![picture(), picture()]]));
    place.write("texts.parquet", parquet_file("message m { required binary text (UTF8); }", &[vec![path("a"), path("b")]]));
    let (report, faces) = imported(&place, "in");
    let names: Vec<&str> = faces.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(faces.len(), 3, "{names:?} {report}");
    assert!(faces.iter().all(|(_, face)| near(corners(face)[0], [220, 20, 20])));
    assert_eq!(report["damaged"].as_array().map(Vec::len), Some(1), "{report}");
    for (reason, file) in [("row that names a picture without holding it", "gone.jpg"), ("row without a picture", "row-000003")] {
        let known = report["left_out"].as_array().expect("a list").iter().find(|known| known["reason"] == reason).expect(reason);
        assert!(known["count"] == 1 && known["files"][0].as_str().is_some_and(|name| name.ends_with(file)), "{known}");
    }
    assert_eq!(imported(&place, "plain.parquet").1.len(), 2);
    place.refused(1, "import texts.parquet --out x.safetensors", &["without a column of pictures", "text"]);
    let whole = place.read("plain.parquet");
    place.write("cut.parquet", &whole[..whole.len() / 2]);
    place.refused(1, "import cut.parquet --out x.safetensors", &["cut.parquet", "parquet"]);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_parquet_file_is_refused_with_what_would_read_it() {
    let place = Place::empty();
    place.write("faces.parquet", b"PAR1 and so on PAR1");
    place.refused(1, "import faces.parquet --out x.safetensors", &["parquet", "--features parquet"]);
}
