//! `facefield encode`: where pictures lie in a model's latent space, and how the model sees them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;

use super::Output;
use super::bar::Bar;
use super::target::{OverwriteArgs, PictureTarget, write_faces, write_sheet};
use crate::backend::BackendChoice;
use crate::data::{Background, Crop, Faces, PICTURES, list_pictures, load_face};
use crate::engine::open_model;
use crate::files::{AtomicFolder, FileKind, OutputFile, is_sealed, sealed, write_output};
use crate::latent::{Latent, typical_radius};
use crate::models::{FaceModel, catalog};
use crate::progress::{Monitor, Progress};
use crate::words::counted;

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
    let stored = catalog::resolve(&args.model)?;
    let (model, _) = open_model(&stored, BackendChoice::Cpu)?;
    let pictures = list_pictures(&args.pictures)?;
    if let Target::Pictures(target) = &args.out {
        ensure_originals_stay(target.path(), &pictures)?;
    }
    if matches!(args.out, Target::Pictures(PictureTarget::Folder(_))) {
        ensure_different_stems(&pictures)?;
    }
    let bar = Bar::new();
    let (files, originals, skipped) = load(&pictures, stored.header.size, args, &bar)?;
    let (encoded, reconstructions) = encode(model.as_ref(), &files, &originals)?;
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
    let mse = encoded.iter().map(|face| face.mse).sum::<f64>() / encoded.len() as f64;
    let (model, path) = (stored.header.name, path.to_path_buf());
    let report = Report { model, latent_dim: stored.frame.dim(), typical_distance, mse, skipped, path, faces: encoded };
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

fn encode(model: &dyn FaceModel, files: &[PathBuf], originals: &Faces) -> anyhow::Result<(Vec<EncodedFace>, Faces)> {
    let codes = model.encode(originals).with_context(|| format!("{} has no encoder", model.header().title()))?;
    let reconstructions = model.decode(&codes);
    let faces = files.iter().enumerate().zip(codes.chunks_exact(model.frame().code_dim())).map(|((index, file), code)| {
        let latent: Latent = model.frame().to_latent(code);
        EncodedFace {
            file: file.display().to_string(),
            mse: mean_squared_error(originals.face(index), reconstructions.face(index)),
            distance: latent.radius(),
            coordinates: latent.0,
        }
    });
    Ok((faces.collect(), reconstructions))
}

fn mean_squared_error(a: &[u8], b: &[u8]) -> f64 {
    let squares: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(a.abs_diff(*b)) / 255.0).powi(2)).sum();
    squares / a.len() as f64
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
        "{} through {} in {}: mean squared error {:.4}; typical distance from the mean {:.1}",
        counted(report.faces.len() as u64, "face"),
        report.model,
        report.path.display(),
        report.mse,
        report.typical_distance
    )];
    lines.extend(report.faces.iter().take(10).map(|face| {
        let axes: Vec<String> = face.coordinates.iter().take(6).map(|value| format!("{value:+.2}")).collect();
        format!("  {}: error {:.4}, distance {:.1}, first axes {}", face.file, face.mse, face.distance, axes.join(" "))
    }));
    if report.faces.len() > 10 {
        lines.push(format!("  and {} more; --json lists them all", report.faces.len() - 10));
    }
    lines.join("\n")
}
