//! Ten thousand mutants: damaged files of every format that facefield reads, through the binary, within limits.
//!
//! No file may end in a panic or a signal, take more than a second of processor time more than the whole file does, or more than a GiB
//! of memory. `FACEFIELD_MUTANTS` says how many are tried (`scripts/fuzz` asks for 10,000), `FACEFIELD_SEED` which.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::killed::number;
use super::{Place, text};

/// Processor time that one file may take, in seconds: what the program needs to start, and one for the file.
const SECONDS: u32 = 2;
/// Address space that it may take, in KiB: a GiB for the file, and what the threads reserve.
const SPACE: u64 = 2 << 20;

/// A format: whole files to start from, and the command that reads one in place of `FILE`.
struct Format {
    name: &'static str,
    /// What the mutant is called in a folder of its own.
    file: &'static str,
    seeds: Vec<Vec<u8>>,
    /// Other files that belong beside it.
    beside: Vec<(&'static str, Vec<u8>)>,
    line: &'static str,
    is_text: bool,
}

impl Format {
    fn new(name: &'static str, file: &'static str, seed: Vec<u8>, line: &'static str) -> Self {
        Self { name, file, seeds: vec![seed], beside: Vec::new(), line, is_text: false }
    }

    fn text(mut self) -> Self {
        self.is_text = true;
        self
    }

    fn and(mut self, seeds: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.seeds.extend(seeds);
        self
    }

    fn with(mut self, beside: impl IntoIterator<Item = (&'static str, Vec<u8>)>) -> Self {
        self.beside.extend(beside);
        self
    }
}

const IMPORT: &str = "import FILE --size 16 --out out.safetensors --overwrite";
const ENCODE: &str = "encode ../model FILE --out out.ron --overwrite";
const RESUME: &str = "train autoencoder --resume --data ../faces.safetensors --out . --images 48 --backend cpu";

/// A picture in a format of the image library.
fn picture(format: image::ImageFormat, kind: image::ColorType) -> Vec<u8> {
    let face =
        image::RgbaImage::from_fn(40, 48, |x, y| image::Rgba([(x * 6) as u8, (y * 5) as u8, (x * y % 251) as u8, 255 - (x * 3) as u8]));
    let face = image::DynamicImage::ImageRgba8(face);
    let face = match kind {
        image::ColorType::L8 => image::DynamicImage::ImageLuma8(face.to_luma8()),
        image::ColorType::Rgb16 => image::DynamicImage::ImageRgb16(face.to_rgb16()),
        image::ColorType::Rgba8 => face,
        _ => image::DynamicImage::ImageRgb8(face.to_rgb8()),
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    face.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn formats(place: &Place) -> Vec<Format> {
    use image::ColorType::{L8, Rgb8, Rgb16, Rgba8};
    use image::ImageFormat::{Bmp, Gif, Jpeg, Png, Pnm, Tiff, WebP};
    place.done("train autoencoder --data faces.safetensors --out run --preset tiny --latent 4 --batch 4 --images 40 --backend cpu");
    let read = |name: &str| place.read(name);
    let run_files = || {
        let names = ["run.ron", "curves.csv", "events.csv", "model.ron", "weights.safetensors"];
        let mut files: Vec<(&'static str, Vec<u8>)> = names.iter().map(|name| (*name, read(&format!("run/{name}")))).collect();
        for name in CHECKPOINT {
            files.push((name, read(&format!("run/{name}"))));
        }
        files
    };
    let without = |name: &str| run_files().into_iter().filter(|(other, _)| *other != name).collect::<Vec<_>>();
    let model = |name: &'static str| {
        [("model.ron", read("model/model.ron")), ("weights.safetensors", read("model/weights.safetensors"))]
            .into_iter()
            .filter(move |(other, _)| *other != name)
    };
    let attributes = read("pictures/list_attr_celeba.txt");
    let partition = read("pictures/list_eval_partition.txt");
    let faces = || ["000001.jpg", "000002.jpg"].map(|name| (name, read(&format!("pictures/img_align_celeba/{name}"))));
    vec![
        Format::new("zip", "x.zip", small_zip(place), IMPORT),
        Format::new("JPEG", "x.jpg", picture(Jpeg, Rgb8), ENCODE).and([picture(Jpeg, L8), read("pictures/img_align_celeba/000003.jpg")]),
        Format::new("PNG", "x.png", picture(Png, Rgb8), ENCODE).and([picture(Png, Rgba8), picture(Png, L8), picture(Png, Rgb16)]),
        Format::new("WebP", "x.webp", picture(WebP, Rgb8), ENCODE).and([picture(WebP, Rgba8)]),
        Format::new("BMP", "x.bmp", picture(Bmp, Rgb8), ENCODE).and([picture(Bmp, Rgba8)]),
        Format::new("TIFF", "x.tif", picture(Tiff, Rgb8), ENCODE).and([picture(Tiff, Rgb16), picture(Tiff, L8)]),
        Format::new("GIF", "x.gif", picture(Gif, Rgba8), ENCODE),
        Format::new("PNM", "x.ppm", picture(Pnm, Rgb8), ENCODE).and([b"P2 2 2 9\n1 2 3 9\n".to_vec()]),
        Format::new("tar", "x.tar", small_tar(place), IMPORT),
        Format::new("tar.gz", "x.tar.gz", gzipped(&small_tar(place)), IMPORT),
        #[cfg(feature = "parquet")]
        Format::new("parquet", "x.parquet", small_parquet(place), IMPORT),
        Format::new("CSV of attributes", "list_attr_celeba.csv", CSV.into(), "import . --size 16 --out ../out.safetensors --overwrite")
            .with(faces())
            .text(),
        Format::new("annotation text", "list_attr_celeba.txt", attributes, "import . --size 16 --out ../out.safetensors --overwrite")
            .with(faces())
            .text(),
        Format::new("partition text", "list_eval_partition.txt", partition, "import . --size 16 --out ../out.safetensors --overwrite")
            .with(faces())
            .text(),
        Format::new("journey", "x.ron", super::JOURNEY.into(), "render FILE --size 64x64 --fps 2 --out out.gif --overwrite").text(),
        Format::new("model header", "model.ron", read("model/model.ron"), "sample . --count 1 --out out.png --overwrite")
            .with(model("model.ron"))
            .text(),
        Format::new("weights", "weights.safetensors", read("model/weights.safetensors"), "sample . --count 1 --out out.png --overwrite")
            .with(model("weights.safetensors")),
        Format::new("face cache", "x.safetensors", read("faces.safetensors"), "fit pca --data FILE --components 2 --out ../out-model"),
        Format::new("run header", "run.ron", read("run/run.ron"), RESUME).with(without("run.ron")).text(),
        Format::new("curves", "curves.csv", read("run/curves.csv"), RESUME).with(without("curves.csv")).text(),
        Format::new("events", "events.csv", read("run/events.csv"), RESUME).with(without("events.csv")).text(),
        Format::new("checkpoint state", CHECKPOINT[0], read(&format!("run/{}", CHECKPOINT[0])), RESUME).with(without(CHECKPOINT[0])).text(),
        Format::new("checkpoint weights", CHECKPOINT[1], read(&format!("run/{}", CHECKPOINT[1])), RESUME).with(without(CHECKPOINT[1])),
        Format::new("checkpoint optimiser", CHECKPOINT[3], read(&format!("run/{}", CHECKPOINT[3])), RESUME).with(without(CHECKPOINT[3])),
        Format::new("checkpoint frame", CHECKPOINT[4], read(&format!("run/{}", CHECKPOINT[4])), RESUME).with(without(CHECKPOINT[4])),
        Format::new("checkpoint averages", CHECKPOINT[5], read(&format!("run/{}", CHECKPOINT[5])), RESUME).with(without(CHECKPOINT[5])),
    ]
}

/// The checkpoint at the end of the run, of 40 faces in batches of 4.
const CHECKPOINT: [&str; 6] = [
    "checkpoints/000000010/state.ron",
    "checkpoints/000000010/weights.safetensors",
    "checkpoints/000000010/ema.safetensors",
    "checkpoints/000000010/optimizer.safetensors",
    "checkpoints/000000010/frame.safetensors",
    "checkpoints/000000010/averages.safetensors",
];

fn small_zip(place: &Place) -> Vec<u8> {
    use std::io::Write;
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut zip = zip::ZipWriter::new(&mut bytes);
    let options = |method| zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, method) in [("000001.jpg", zip::CompressionMethod::Stored), ("000002.jpg", zip::CompressionMethod::Deflated)] {
        zip.start_file(format!("img_align_celeba/{name}"), options(method)).unwrap();
        zip.write_all(&place.read(&format!("pictures/img_align_celeba/{name}"))).unwrap();
    }
    zip.start_file("list_attr_celeba.txt", options(zip::CompressionMethod::Deflated)).unwrap();
    zip.write_all(&place.read("pictures/list_attr_celeba.txt")).unwrap();
    zip.finish().unwrap();
    bytes.into_inner()
}

fn small_tar(place: &Place) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for name in ["000001.jpg", "000002.jpg"] {
        let bytes = place.read(&format!("pictures/img_align_celeba/{name}"));
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("img_align_celeba/{name}"), bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap()
}

#[cfg(feature = "parquet")]
fn small_parquet(place: &Place) -> Vec<u8> {
    let names = ["000001.jpg", "000002.jpg"];
    let pictures = names.map(|name| Some(place.read(&format!("pictures/img_align_celeba/{name}")))).to_vec();
    let paths = names.map(|name| Some(name.as_bytes().to_vec())).to_vec();
    let schema = "message m { optional group image { optional binary bytes; optional binary path (UTF8); } }";
    super::pictures::parquet_file(schema, &[pictures, paths])
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// As Kaggle hands them out.
const CSV: &str = "image_id,Bald,Smiling,Male\n000001.jpg,-1,1,1\n000002.jpg,1,-1,-1\n";
/// Numbers on which programs stumble.
const EXTREME: [u64; 10] = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, u64::MAX];
/// Words on which readers of texts stumble.
const WORDS: [&str; 14] =
    ["-1", "0", "1e400", "NaN", "inf", "99999999999999999999", "\u{FEFF}", "\0", "\"", "((((((((((", "é", "None", "\r\n\r\n", "4294967296"];

fn damaged(seed: &[u8], is_text: bool, random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..random.random_range(1..=3) {
        if bytes.is_empty() {
            return bytes;
        }
        let at = random.random_range(0..bytes.len());
        let end = (at + random.random_range(1..=64)).min(bytes.len());
        match random.random_range(0..if is_text { 12 } else { 9 }) {
            0 => bytes[at] ^= 1 << random.random_range(0..8),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let part = bytes[at..end].to_vec();
                let to = random.random_range(0..bytes.len());
                bytes.splice(to..to, part);
            }
            4 => bytes[at..end].fill(*[0, 0xFF, b'9', b' '].choose(random).unwrap()),
            5 => bytes[at..end].iter_mut().for_each(|byte| *byte = random.random()),
            6 | 7 => {
                let number = EXTREME.choose(random).unwrap();
                let width = [2, 4, 8].choose(random).copied().unwrap();
                let little = number.to_le_bytes();
                let mut part = little[..width].to_vec();
                if random.random() {
                    part.reverse();
                }
                let room = width.min(bytes.len() - at);
                bytes[at..at + room].copy_from_slice(&part[..room]);
            }
            8 => bytes.extend((0..random.random_range(1..2000)).map(|_| random.random::<u8>()).collect::<Vec<_>>()),
            9 => drop(bytes.splice(at..end.min(at + 6), WORDS.choose(random).unwrap().bytes())),
            10 => replace_number(&mut bytes, random),
            _ => {
                let mut lines: Vec<&[u8]> = seed.split_inclusive(|byte| *byte == b'\n').collect();
                let line = random.random_range(0..lines.len());
                if random.random() {
                    lines.remove(line);
                } else {
                    lines.insert(line, lines[line]);
                }
                bytes = lines.concat();
            }
        }
    }
    bytes
}

/// Another number in place of one of a text.
fn replace_number(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let starts: Vec<usize> =
        (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit() && (*at == 0 || !bytes[*at - 1].is_ascii_digit())).collect();
    let Some(start) = starts.choose(random).copied() else { return };
    let end = (start..bytes.len()).find(|at| !bytes[*at].is_ascii_digit()).unwrap_or(bytes.len());
    bytes.splice(start..end, WORDS.choose(random).unwrap().bytes());
}

/// What became of a mutant: the exit code, or what it did that no file may lead to.
fn outcome(place: &Place, line: &str) -> Result<i32, String> {
    let program = place.command(line);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -t {SECONDS}; ulimit -v {SPACE}; exec \"$0\" \"$@\"")]).arg(program.get_program());
    shell.args(program.get_args()).current_dir(place.path("mutant")).stdin(Stdio::null());
    shell.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("RAYON_NUM_THREADS", "2");
    let mut child = shell.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let start = Instant::now();
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().ok();
            return Err("it hangs".into());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let message = text(&output.stderr);
    match output.status.code() {
        _ if ["panicked", "fault of the program"].iter().any(|word| message.contains(word)) => Err(message),
        Some(code @ (0 | 1 | 130)) => Ok(code),
        Some(2) => Err(format!("wrong usage: {message}")),
        _ => Err(format!("{}: {message}", output.status)),
    }
}

fn lay(place: &Place, format: &Format, bytes: &[u8]) {
    let folder = place.path("mutant");
    fs::remove_dir_all(&folder).ok();
    for (name, content) in format.beside.iter().map(|(name, content)| (*name, content.as_slice())).chain([(format.file, bytes)]) {
        place.write(&format!("mutant/{name}"), content);
    }
    fs::create_dir_all(folder).unwrap();
}

#[test]
fn no_mutant_brings_the_program_down() {
    let (count, seed) = (number("FACEFIELD_MUTANTS", 300), number("FACEFIELD_SEED", 1));
    let place = Place::new();
    let formats = formats(&place);
    for format in &formats {
        for whole in &format.seeds {
            lay(&place, format, whole);
            assert_eq!(outcome(&place, &format.line.replace("FILE", format.file)), Ok(0), "{}: whole", format.name);
        }
    }
    let mut counts: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    let mut failures = Vec::new();
    for number in 0..count {
        // Each mutant follows from its number, so that one can be made again.
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(number);
        let format = &formats[number as usize % formats.len()];
        let bytes = damaged(format.seeds.choose(&mut random).unwrap(), format.is_text, &mut random);
        lay(&place, format, &bytes);
        let counted = counts.entry(format.name).or_default();
        match outcome(&place, &format.line.replace("FILE", format.file)) {
            Ok(0) => counted[0] += 1,
            Ok(_) => counted[1] += 1,
            Err(what) => {
                counted[2] += 1;
                keep(&bytes, number, format.file);
                failures.push(format!("mutant {number} of seed {seed} ({}): {what}", format.name));
            }
        }
    }
    println!("{:<24}{:>8}{:>10}{:>8}", "format", "read", "refused", "failed");
    for (name, [read, refused, failed]) in &counts {
        println!("{name:<24}{read:>8}{refused:>10}{failed:>8}");
    }
    assert!(failures.is_empty(), "{} of {count} mutants:\n{}", failures.len(), failures.join("\n"));
}

/// A mutant that failed is kept where `FACEFIELD_KEEP` says.
fn keep(bytes: &[u8], number: u64, file: &str) {
    if let Some(folder) = std::env::var_os("FACEFIELD_KEEP") {
        let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
        fs::create_dir_all(&folder).and_then(|()| fs::write(Path::new(&folder).join(format!("{number}-{name}")), bytes)).ok();
    }
}
