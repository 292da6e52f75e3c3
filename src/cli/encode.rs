//! `facefield encode`: where pictures lie in a model's latent space, and how the model sees them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::Output;
use super::bar::Bar;
use super::target::{OverwriteArgs, PictureTarget, write_faces, write_sheet};
use crate::backend::BackendChoice;
use crate::data::{Background, Crop, Faces, PICTURES, list_pictures, load_face};
use crate::engine::{EngineError, FoundCodes, beyond_limit, codes_of, open_model};
use crate::files::{AtomicFolder, FileKind, OutputFile, is_sealed, sealed, write_output};
use crate::latent::{Latent, typical_radius};
use crate::metrics::face_errors;
use crate::models::{FaceModel, PlacedModel, catalog};
use crate::progress::{Monitor, Progress};
use crate::training::InversionSettings;
use crate::words::counted;

/// More places than this are never begun at.
const MOST_STARTS: usize = 64;
/// Pairs in a row of a sheet.
const COLUMNS: usize = 8;
/// The colour of places on a sheet that no face takes.
const EMPTY: [u8; 3] = [0x0E, 0x11, 0x19];
/// How the first line of a file of codes begins; the digest of the rest follows.
const CODES_SEAL: &str = "// facefield codes, ";
/// A file of codes, as facefield wrote it.
const CODES: FileKind = FileKind { name: "a file of codes", is_own: |path| is_sealed(path, CODES_SEAL, "") };

/// Arguments of `facefield encode`.
#[derive(Debug, Args)]
pub struct EncodeArgs {
    /// The model: a folder, or a name such as pca-celeba64.
    model: String,
    /// Pictures (JPEG, PNG, WebP, BMP, TIFF, GIF, PNM), or folders of them.
    #[arg(required = true, value_name = "PICTURE|FOLDER")]
    pictures: Vec<PathBuf>,
    /// Coordinates (.ron), a sheet with each original over its reconstruction (.png), or a folder for one reconstruction each.
    #[arg(long, value_name = "CODES.ron|SHEET.png|FOLDER")]
    out: Target,
    /// Part of the picture that is the face: auto, celeba (centre 140x140 of 178x218), square, full, or X,Y,W,H.
    #[arg(long, default_value_t = Crop::Auto)]
    crop: Crop,
    #[command(flatten)]
    overwrite: OverwriteArgs,
    /// What shows where a picture is transparent: a name such as white or black, or #RRGGBB.
    #[arg(long, value_name = "COLOUR", default_value_t = Background::default())]
    background: Background,
    /// For a GAN: places that the search for a picture's place begins at, the encoder's, the mean and others.
    #[arg(long, default_value_t = InversionSettings::default().starts, value_name = "N", value_parser = starts)]
    starts: usize,
    /// For a GAN: steps of the search.
    #[arg(long, default_value_t = InversionSettings::default().steps, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    steps: u32,
    /// For a GAN: seed of the starts.
    #[arg(long, default_value_t = InversionSettings::default().seed)]
    seed: u64,
}

fn starts(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(starts @ 1..=MOST_STARTS) => Ok(starts),
        _ => Err(format!("a number from 1 to {MOST_STARTS} is wanted")),
    }
}

#[derive(Clone, Debug)]
enum Target {
    Codes(PathBuf),
    Pictures(PictureTarget),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = Path::new(text);
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ron")) {
            return Ok(Self::Codes(path.to_path_buf()));
        }
        text.parse().map(Self::Pictures).map_err(|error: String| format!("coordinates end in .ron; {error}"))
    }
}

/// One picture in latent space.
#[derive(Clone, Serialize)]
struct EncodedFace {
    /// The picture's path as given.
    file: String,
    /// Mean squared error of the reconstruction, in [0, 1] units.
    mse: f64,
    /// The same as peak signal-to-noise ratio, in dB.
    psnr: f64,
    /// Distance from the mean in sigma units.
    distance: f32,
    /// Sigma units along every axis, by influence.
    coordinates: Vec<f32>,
}

#[derive(Serialize)]
struct Report {
    model: String,
    latent_dim: usize,
    /// The distance from the mean around which the model's own samples lie.
    typical_distance: f32,
    mse: f64,
    /// Peak signal-to-noise ratio in dB, on average.
    psnr: f64,
    skipped: Vec<String>,
    path: PathBuf,
    faces: Vec<EncodedFace>,
}

/// `CODES.ron`, version 1.
#[derive(Serialize)]
struct CodesFile<'a> {
    version: u32,
    model: &'a str,
    latent_dim: usize,
    typical_distance: f32,
    faces: &'a [EncodedFace],
}

/// Encodes the pictures.
///
/// # Errors
/// What the model, the pictures or the output refuse.
pub fn run(args: &EncodeArgs, output: &Output) -> anyhow::Result<()> {
    let replace = args.overwrite.replace();
    match &args.out {
        Target::Codes(path) => CODES.ensure_replaceable(OutputFile { path, replace })?,
        Target::Pictures(target) => target.ensure_replaceable(replace)?,
    }
    let placed = catalog::place(&args.model)?;
    let stored = &placed.stored;
    let (model, _) = open_model(stored, BackendChoice::Cpu)?;
    let pictures = list_pictures(&args.pictures)?;
    if let Target::Pictures(target) = &args.out {
        ensure_originals_stay(target.path(), &pictures)?;
    }
    if matches!(args.out, Target::Pictures(PictureTarget::Folder(_))) {
        ensure_different_stems(&pictures)?;
    }
    let bar = Bar::new();
    let (files, originals, skipped) = load(&pictures, stored.header.size, args, &bar)?;
    let settings = InversionSettings { starts: args.starts, steps: args.steps, seed: args.seed, ..InversionSettings::default() };
    let (encoded, reconstructions) = encode(&placed, model.as_ref(), &files, &originals, &settings, &bar)?;
    bar.ensure_wanted()?;
    drop(bar);
    let path = match &args.out {
        Target::Codes(path) => path,
        Target::Pictures(target) => target.path(),
    };
    let typical_distance = typical_radius(stored.frame.dim());
    match &args.out {
        Target::Codes(path) => {
            let (model, latent_dim) = (stored.header.name.as_str(), stored.frame.dim());
            let file = CodesFile { version: 1, model, latent_dim, typical_distance, faces: &encoded };
            let text = ron::ser::to_string_pretty(&file, ron::ser::PrettyConfig::default().compact_arrays(true))?;
            let body = format!("// Sigma units along the axes of {model}.\n{text}\n");
            write_output(OutputFile { path, replace }, CODES, sealed(CODES_SEAL, "", &body).as_bytes())?;
        }
        Target::Pictures(PictureTarget::Sheet(path)) => {
            let columns = COLUMNS.min(originals.count());
            write_sheet(path, &original_over_reconstruction(&originals, &reconstructions, columns), columns, replace)?;
        }
        Target::Pictures(PictureTarget::Folder(path)) => {
            let folder = AtomicFolder::create_output(path, PICTURES)?;
            write_faces(&folder, &reconstructions, |index| format!("{}.png", stem(&files[index])))?;
            folder.commit()?;
        }
    }
    let mean = |figure: &dyn Fn(&EncodedFace) -> f64| encoded.iter().map(figure).sum::<f64>() / encoded.len() as f64;
    let (mse, psnr) = (mean(&|face| face.mse), mean(&|face| face.psnr));
    let (model, path) = (stored.header.name.clone(), path.to_path_buf());
    let report = Report { model, latent_dim: stored.frame.dim(), typical_distance, mse, psnr, skipped, path, faces: encoded };
    output.result(&report, text)
}

/// Loads what can be loaded; what cannot is named. A single picture that cannot be loaded is an error.
fn load(pictures: &[PathBuf], size: usize, args: &EncodeArgs, bar: &Bar) -> anyhow::Result<(Vec<PathBuf>, Faces, Vec<String>)> {
    let (mut files, mut pixels, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    for (index, path) in pictures.iter().enumerate() {
        bar.ensure_wanted()?;
        match load_face(path, size, args.crop, args.background) {
            Ok(face) => {
                files.push(path.clone());
                pixels.extend_from_slice(face.pixels());
            }
            Err(error) if pictures.len() == 1 => return Err(error.into()),
            Err(error) => {
                bar.warn(format!("skipped {error}"));
                skipped.push(error.to_string());
            }
        }
        bar.report(Progress { stage: "reading", unit: "pictures", done: index as u64 + 1, total: pictures.len() as u64, part: None });
    }
    if files.is_empty() {
        bail!("none of the {} pictures could be read", pictures.len());
    }
    Ok((files, Faces::new(size, pixels), skipped))
}

fn encode(
    placed: &PlacedModel,
    model: &dyn FaceModel,
    files: &[PathBuf],
    originals: &Faces,
    settings: &InversionSettings,
    bar: &Bar,
) -> anyhow::Result<(Vec<EncodedFace>, Faces)> {
    let title = model.header().title();
    let found = codes_of(placed, model, originals, settings, bar, &mut |_| {})?;
    let Some(FoundCodes { codes, limit }) = found else { return Err(EngineError::NoWayBack { model: title }.into()) };
    let reconstructions = model.decode(&codes);
    let errors = face_errors(originals, &reconstructions);
    let faces = files.iter().enumerate().zip(codes.chunks_exact(model.frame().code_dim())).map(|((index, file), code)| {
        let latent: Latent = model.frame().to_latent(code);
        let (file, error) = (file.display().to_string(), errors[index]);
        if let Some(warning) = beyond_limit(&file, &title, error.mse, limit, settings) {
            bar.warn(warning);
        }
        EncodedFace { file, mse: error.mse, psnr: error.psnr, distance: latent.radius(), coordinates: latent.0 }
    });
    Ok((faces.collect(), reconstructions))
}

fn original_over_reconstruction(originals: &Faces, reconstructions: &Faces, columns: usize) -> Faces {
    let empty = EMPTY.repeat(originals.size() * originals.size());
    let mut pixels = Vec::new();
    for first in (0..originals.count()).step_by(columns) {
        for faces in [originals, reconstructions] {
            for index in first..first + columns {
                pixels.extend_from_slice(if index < faces.count() { faces.face(index) } else { &empty });
            }
        }
    }
    Faces::new(originals.size(), pixels)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn ensure_different_stems(pictures: &[PathBuf]) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    match pictures.iter().map(|path| stem(path)).find(|stem| !seen.insert(stem.clone())) {
        Some(stem) => bail!("two pictures are named {stem}, and their reconstructions would be one file; encode them into two folders"),
        None => Ok(()),
    }
}

/// Reconstructions never take the place of what they were made from.
fn ensure_originals_stay(out: &Path, pictures: &[PathBuf]) -> anyhow::Result<()> {
    let Ok(out) = std::fs::canonicalize(out) else { return Ok(()) };
    match pictures.iter().find(|picture| std::fs::canonicalize(picture).is_ok_and(|picture| picture.starts_with(&out))) {
        Some(picture) => bail!("{} would be replaced by its own reconstruction; name another --out", picture.display()),
        None => Ok(()),
    }
}

fn text(report: &Report) -> String {
    let mut lines = vec![format!(
        "{} through {} in {}: mean squared error {:.4}, PSNR {:.1} dB; typical distance from the mean {:.1}",
        counted(report.faces.len() as u64, "face"),
        report.model,
        report.path.display(),
        report.mse,
        report.psnr,
        report.typical_distance
    )];
    lines.extend(report.faces.iter().take(10).map(|face| {
        let axes: Vec<String> = face.coordinates.iter().take(6).map(|value| format!("{value:+.2}")).collect();
        format!(
            "  {}: error {:.4} ({:.1} dB), distance {:.1}, first axes {}",
            face.file,
            face.mse,
            face.psnr,
            face.distance,
            axes.join(" ")
        )
    }));
    if report.faces.len() > 10 {
        lines.push(format!("  and {} more; --json lists them all", report.faces.len() - 10));
    }
    lines.join("\n")
}
