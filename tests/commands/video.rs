//! Videos and journeys from outside: what players and viewers read in the files, which texts are drawn, which names and rates are taken.

use std::fs;

use serde_json::json;

use super::{JOURNEY, Place};

/// A tenth of a second.
const SHORT: &str = "(version: 1, name: \"NAME\", seconds: 0.1, keyframes: [(axes: {1: -1.0}), (axes: {1: 1.0})])";
/// No fonts but those of a folder `fonts`, where that is.
const FONTS: &str = "<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\"><fontconfig><dir>FOLDER</dir></fontconfig>";

fn titled(name: &str) -> String {
    SHORT.replace("NAME", name)
}

/// A place where journey.ron exists and the machine has no fonts but those in `fonts`.
fn place() -> Place {
    let mut place = Place::empty();
    place.write("journey.ron", JOURNEY);
    place.write("fonts.conf", FONTS.replace("FOLDER", place.path("fonts").to_str().unwrap()));
    fs::create_dir(place.path("fonts")).unwrap();
    place.variables.push(("FONTCONFIG_FILE", "fonts.conf"));
    place
}

/// The frames of a GIF as viewers show them, RGB8 rows, with their delays in hundredths of a second.
fn gif_frames(bytes: &[u8]) -> Vec<(Vec<u8>, u16)> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).unwrap();
    assert!(decoder.global_palette().is_some());
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    let mut shown = vec![0; width * height * 3];
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        assert!(frame.palette.is_none(), "no frame has colours of its own");
        for (pixel, rgba) in frame.buffer.chunks_exact(4).enumerate().filter(|(_, rgba)| rgba[3] > 0) {
            let (x, y) = (pixel % usize::from(frame.width), pixel / usize::from(frame.width));
            let at = ((usize::from(frame.top) + y) * width + usize::from(frame.left) + x) * 3;
            shown[at..at + 3].copy_from_slice(&rgba[..3]);
        }
        frames.push((shown.clone(), frame.delay));
    }
    frames
}

/// What follows the first place where an MP4 says `name`.
fn after<'a>(bytes: &'a [u8], name: &[u8; 4]) -> &'a [u8] {
    let at = bytes.windows(4).position(|window| window == name).unwrap_or_else(|| panic!("no {}", String::from_utf8_lossy(name)));
    &bytes[at + 4..]
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

#[test]
fn what_stands_still_in_the_frames_stands_still_in_the_gif() {
    let place = place();
    for out in ["a.gif", "frames"] {
        place.done(&format!("render portraits --size 256x144 --fps 2 --out {out}"));
    }
    let frames = gif_frames(&place.read("a.gif"));
    let exact: Vec<Vec<u8>> =
        (0..frames.len()).map(|index| image::open(place.path(&format!("frames/{index:06}.png"))).unwrap().into_rgb8().into_raw()).collect();
    assert_eq!(frames.len(), 20);
    let mut still = 0;
    for index in 1..frames.len() {
        let pixels = exact[index - 1].chunks_exact(3).zip(exact[index].chunks_exact(3));
        let shown = frames[index - 1].0.chunks_exact(3).zip(frames[index].0.chunks_exact(3));
        for ((before, after), (shown_before, shown_after)) in pixels.zip(shown) {
            if before == after {
                still += 1;
                assert_eq!(shown_before, shown_after, "frame {index}");
            }
        }
    }
    assert!(still > 100_000, "{still} pixels stand still");
    let errors = frames.iter().zip(&exact).flat_map(|((shown, _), exact)| shown.iter().zip(exact).map(|(a, b)| f64::from(a.abs_diff(*b))));
    let error = errors.sum::<f64>() / (exact.len() * exact[0].len()) as f64;
    assert!(error < 1.2, "a mean error of {error} levels");
}

#[test]
fn delays_of_a_gif_keep_the_rate() {
    let place = place();
    for (rate, frames, hundredths) in [("30", 15, 50), ("23.976", 12, 50), ("50", 25, 50), ("7", 4, 57)] {
        let report = place.done(&format!("render journey.ron --size 64x64 --fps {rate} --out a.gif"));
        assert_eq!(report["frames"], frames, "{rate}");
        let delays: Vec<u32> = gif_frames(&place.read("a.gif")).iter().map(|(_, delay)| u32::from(*delay)).collect();
        assert_eq!((delays.len(), delays.iter().sum::<u32>()), (frames, hundredths), "{rate}");
        assert!(delays.iter().all(|delay| *delay >= 2), "{rate}: browsers slow down what is shorter");
    }
    place.refused(1, "render journey.ron --fps 59.94 --out x.gif", &["at most 50 frames", "60000/1001", "MP4"]);
}

#[test]
fn level_colours_and_rate_stand_in_the_mp4() {
    let place = place();
    place.write("short.ron", titled("x"));
    for (size, rate, least, units, each) in [
        ("320x180", "60", 21, 60, 1),
        ("1280x720", "120", 42, 120, 1),
        ("128x96", "24000/1001", 10, 24000, 1001),
        ("128x96", "29.97", 10, 30000, 1001),
        ("128x96", "12.5", 10, 25, 2),
    ] {
        place.done(&format!("render short.ron --size {size} --fps {rate} --out a.mp4"));
        let bytes = place.read("a.mp4");
        let configuration = after(&bytes, b"avcC");
        // Version, profile, constraints, level, lengths, count; then the sequence parameter set after its length.
        let (level, parameters) = (configuration[3], &configuration[8..]);
        assert!(level >= least && level <= 52, "{size} at {rate}: level {level}");
        assert_eq!(&parameters[..4], [0x67, configuration[1], configuration[2], level], "the stream says the same");
        assert_eq!(&after(&bytes, b"colr")[..11], b"nclx\0\x01\0\x01\0\x01\0", "BT.709, limited range");
        assert_eq!(number(after(&bytes, b"mdhd"), 12), units, "{rate}");
        assert_eq!(number(after(&bytes, b"stts"), 12), each, "{rate}");
    }
    place.refused(1, "render short.ron --size 3840x2160 --fps 120 --out x.mp4", &["3840x2160", "--fps 64 fits", "PNG"]);
    place.refused(1, "render short.ron --size 641x361 --out x.mp4", &["641x361", "--size 642x362 fits"]);
}

#[test]
fn rates_are_fractions_or_refused() {
    let place = place();
    place.write("long.ron", JOURNEY.replace("0.5", "5.0"));
    for (rate, frames) in [("29.97", 150), ("1", 5), ("2.5", 13), ("1001/1000", 5)] {
        let report = place.done(&format!("render long.ron --size 64x64 --fps {rate} --out frames"));
        assert_eq!(report["frames"], json!(frames), "{rate}");
    }
    for rate in ["0", "121", "0.99", "29,97", "30fps", "30/0", "fast", "nan"] {
        place.refused(2, &format!("render journey.ron --fps {rate} --out x.mp4"), &["--fps", "29.97", "from 1 to 120"]);
    }
    place.refused(2, "render journey.ron --fps=-30 --out x.mp4", &["from 1 to 120"]);
}

#[test]
fn endings_that_name_no_format_are_parts_of_a_folders_name() {
    let place = place();
    place.write("short.ron", titled("x"));
    for out in ["frames_0.5", "v1.2/walk.final"] {
        place.done(&format!("render short.ron --size 64x64 --fps 20 --out {out}"));
        assert_eq!(place.names(out), ["000000.png", "000001.png"]);
    }
    for ending in ["jpg", "JPEG", "png", "mov", "webm", "avi", "mkv", "zip", "tar.gz", "webp", "ron"] {
        place.refused(2, &format!("render short.ron --out x.{ending}"), &[".mp4, .gif, or a folder"]);
    }
}

#[test]
fn journeys_are_read_as_editors_save_them() {
    let place = place();
    let units: Vec<u16> = JOURNEY.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let line = "render saved.ron --size 64x64 --fps 4 --out";
    place.done("render journey.ron --size 64x64 --fps 4 --out wanted.gif");
    for bytes in
        [[b"\xEF\xBB\xBF", JOURNEY.as_bytes()].concat(), [b"\xFF\xFE", &little[..]].concat(), [b"\xFE\xFF", &big[..]].concat(), little, big]
    {
        place.write("saved.ron", bytes);
        place.done(&format!("{line} a.gif"));
        assert_eq!(place.read("a.gif"), place.read("wanted.gif"));
    }
    let latin1 = JOURNEY.replace("Test", "Gesichtszuege").into_bytes().into_iter().map(|byte| if byte == b'G' { 0xFC } else { byte });
    place.write("saved.ron", latin1.collect::<Vec<u8>>());
    place.refused(1, &format!("{line} x.gif"), &["saved.ron", "UTF-8"]);
}

#[test]
fn what_is_no_journey_is_named() {
    let place = place();
    place.done("sample pca-celeba64 --count 1 --out picture.png");
    place.done("synth --count 1 --seed 1 --out archive.zip");
    place.done("render journey.ron --size 64x64 --fps 2 --out video.mp4");
    place.write("walks/alps.ron", JOURNEY);
    place.write("empty.ron", "");
    place.write("page.ron", "<!doctype html><title>Sign in</title>");
    for (journey, words) in [
        ("first-axis", &["first-axis", "did you mean first-axes?", "portraits", "spelling"][..]),
        ("jorney.ron", &["jorney.ron", "did you mean journey.ron?"]),
        ("walks/alpes.ron", &["did you mean walks/alps.ron?"]),
        ("quite-else", &["quite-else", "spelling", "first-axes, flight, portraits"]),
        ("walks", &["walks", "folder", "alps.ron"]),
        ("picture.png", &["picture.png", "PNG picture", "no journey"]),
        ("archive.zip", &["zip archive"]),
        ("video.mp4", &["MP4 video"]),
        ("empty.ron", &["empty.ron", "empty", "keyframes"]),
        ("page.ron", &["web page"]),
        ("journey.ron/x", &["journey.ron/x"]),
    ] {
        place.refused(1, &format!("render {journey} --out x.gif"), words);
    }
    for (from, to, words) in [
        ("seconds: 0.5", "sekonds: 0.5", &["line 1", "`sekonds`", "did you mean `seconds`?"][..]),
        ("seconds: 0.5,", "", &["`seconds` is missing"]),
        ("seconds: 0.5", "seconds: \"8\"", &["number"]),
        ("])", "]", &["bracket"]),
        ("name: \"Test\"", "name: Test", &["quotes"]),
        ("seconds: 0.5", "seconds: 0.5, easing: Smoth", &["`Smoth`", "did you mean `Smooth`?"]),
    ] {
        place.write("wrong.ron", JOURNEY.replace(from, to));
        place.refused(1, "render wrong.ron --out x.gif", words);
    }
}

#[test]
fn texts_in_the_shipped_font_look_the_same_whatever_fonts_there_are() {
    let mut place = place();
    place.write("title.ron", titled("Ångström: naïve faces → σ"));
    place.done("render title.ron --size 320x180 --fps 10 --out alone.gif");
    place.variables.clear();
    place.done("render title.ron --size 320x180 --fps 10 --out machine.gif");
    assert_eq!(place.read("alone.gif"), place.read("machine.gif"));
}

#[test]
fn letters_of_other_scripts_come_from_the_machines_fonts_or_are_named_and_boxed() {
    let place = place();
    let draw = |name: &str, out: &str| {
        place.write("title.ron", titled(name));
        let (_, message) = place.done_saying(&format!("render title.ron --size 320x180 --fps 10 --out {out}"));
        (place.read(&format!("{out}/000000.png")), message)
    };
    let (blank, message) = draw(" ", "blank");
    assert!(!message.contains("warning"), "{message}");
    let (boxes, message) = draw("名 名", "boxes");
    assert!(message.starts_with("warning: ") && message.matches('名').count() == 1 && message.contains("font"), "{message}");
    assert_ne!(boxes, blank, "a letter without a font is a box");
    place.write("fonts/test.otf", font_with('名'));
    let (drawn, message) = draw("名 名", "drawn");
    assert!(!message.contains("warning"), "{message}");
    assert!(drawn != blank && drawn != boxes);
    let (_, message) = draw("名 前", "half");
    assert!(message.contains('前') && !message.contains('名'), "{message}");
}

/// The shipped font with its last letter, a check mark, given to another letter of the basic plane.
fn font_with(letter: char) -> Vec<u8> {
    let mut font = include_bytes!("../../assets/fonts/Inter-Regular.otf").to_vec();
    let table = (12..).step_by(16).find(|at| &font[*at..at + 4] == b"cmap").unwrap();
    let cmap = number(&font, table + 8) as usize;
    let map = cmap + number(&font, cmap + 8) as usize;
    let short = |font: &[u8], at: usize| u16::from_be_bytes([font[at], font[at + 1]]);
    assert_eq!(short(&font, map), 4, "segments from a first to a last letter, each with a distance to its glyphs");
    // The last segment is the end mark.
    let segments = usize::from(short(&font, map + 6)) / 2;
    let (last, first) = (map + 14 + 2 * (segments - 2), map + 16 + 2 * segments + 2 * (segments - 2));
    let distance = first + 2 * segments;
    let (old, new) = (short(&font, last), u16::try_from(u32::from(letter)).unwrap());
    assert_eq!(short(&font, first), old);
    let moved = short(&font, distance).wrapping_add(old).wrapping_sub(new);
    for (at, value) in [(last, new), (first, new), (distance, moved)] {
        font[at..at + 2].copy_from_slice(&value.to_be_bytes());
    }
    font
}
