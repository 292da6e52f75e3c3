//! `facefield evaluate`: how well models do, beside what real faces reach.

use anyhow::bail;
use clap::Args;

use super::Output;
use super::bar::Bar;
use super::judging::{InvertArgs, JudgingArgs};
use crate::data::SplitChoice;
use crate::engine::{Evaluate, Job, JobOutcome, run_job};
use crate::metrics::{Evaluation, LevelFigures, WayBackFigures};
use crate::words::counted;

/// Arguments of `facefield evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    #[command(flatten)]
    judging: JudgingArgs,
    /// Which of its faces [default: valid where at least one face is marked so, else test, else all].
    #[arg(long)]
    split: Option<SplitChoice>,
    /// Compute anew all figures, also those that the model's folder keeps.
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    invert: InvertArgs,
}

/// Judges the models.
///
/// # Errors
/// What a model or the data refuse.
pub fn run(args: &EvaluateArgs, output: &Output) -> anyhow::Result<()> {
    let JudgingArgs { data, train, seed, .. } = &args.judging;
    let models = args.judging.places()?;
    let bar = Bar::new();
    let job = Evaluate {
        models,
        data: data.clone(),
        split: args.split,
        train: train.clone(),
        seed: *seed,
        resize: false,
        reuse: !args.fresh,
        invert: args.invert.invert,
    };
    let JobOutcome::Evaluated(found) = run_job(&Job::Evaluate(job), &bar)? else { bail!("the engine answered another job") };
    drop(bar);
    output.result(&found, |found| found.iter().map(text).collect::<Vec<_>>().join("\n\n"))
}

/// A line of the table: what it is, what the model reaches, and what real faces reach where there is such a thing.
struct Row {
    name: String,
    value: Option<f64>,
    floor: Option<f64>,
}

fn text(found: &Evaluation) -> String {
    let rows = rows(found);
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let kept = if found.is_kept { ", kept from before" } else { "" };
    let mut lines = vec![
        format!(
            "{} ({}, k {}): {} faces of the split {}, {} samples beside as many faces, seed {}, {} training faces{kept}",
            found.model, found.kind, found.latent_dim, found.faces, found.split, found.n, found.seed, found.training_faces
        ),
        format!("  {:width$}  {:>8}  {:>8}  {:>8}", "", "model", "floor", "ratio"),
    ];
    lines.extend(rows.iter().map(|row| {
        let ratio = row.value.zip(row.floor).filter(|(_, floor)| *floor > 0.0).map(|(value, floor)| value / floor);
        format!("  {:width$}  {:>8}  {:>8}  {:>8}", row.name, number(row.value), number(row.floor), number(ratio))
    }));
    lines.join("\n")
}

fn rows(found: &Evaluation) -> Vec<Row> {
    let (samples, floor) = (&found.samples.figures, &found.samples.floor);
    let row = |name: &str, value: Option<f64>, floor: Option<f64>| Row { name: name.to_owned(), value, floor };
    let levels = |name: &'static str, figures: &LevelFigures, floor: &LevelFigures| -> Vec<Row> {
        let pairs = figures.iter().zip(floor.iter());
        pairs.map(|((level, value), (_, floor))| Row { name: format!("{name}, {}", of_level(level)), value, floor }).collect()
    };
    let mut rows = vec![
        row("MSE", found.reconstruction.mse, None),
        row("PSNR (dB)", found.reconstruction.psnr, None),
        row("SSIM", found.reconstruction.ssim, None),
        row("bits per dimension", found.likelihood.bits_per_dim, None),
    ];
    rows.extend(levels("SWD x 1000", &samples.swd, &floor.swd));
    rows.extend(levels("SWD-R x 1000", &samples.swd_r, &floor.swd_r));
    rows.extend(levels("band energy", &samples.band_energy, &floor.band_energy));
    rows.extend(found.way_back.iter().flat_map(way_back_rows));
    rows.extend([
        row("precision", samples.precision, floor.precision),
        row("recall", samples.recall, floor.recall),
        row("density", samples.density, floor.density),
        row("coverage", samples.coverage, floor.coverage),
        row("neighbour ratio", found.samples.neighbour_ratio, None),
    ]);
    rows
}

/// What comes back of a few faces.
fn way_back_rows(found: &WayBackFigures) -> Vec<Row> {
    let by = if found.is_inversion { "inverted" } else { "there and back" };
    let of = format!("{} {by}", counted(found.faces as u64, "face"));
    let row = |name: String, value: Option<f64>| Row { name: format!("{of}, {name}"), value, floor: None };
    let mut rows = vec![row("PSNR (dB)".into(), Some(found.psnr)), row("SSIM".into(), found.ssim)];
    rows.extend(found.start_psnr.map(|psnr| row("PSNR of the start alone".into(), Some(psnr))));
    rows.extend(found.band_energy.iter().map(|(level, energy)| row(format!("band energy, {}", of_level(level)), energy)));
    rows
}

fn of_level(level: &str) -> String {
    if level.parse::<usize>().is_ok() { format!("{level} pixels") } else { level.to_owned() }
}

/// A figure with about four digits, or a dash for an absent one.
fn number(figure: Option<f64>) -> String {
    match figure {
        None => "-".to_owned(),
        Some(figure) if figure.abs() >= 1000.0 => format!("{figure:.0}"),
        Some(figure) if figure.abs() >= 100.0 => format!("{figure:.1}"),
        Some(figure) if figure.abs() >= 10.0 => format!("{figure:.2}"),
        Some(figure) if figure.abs() >= 0.1 => format!("{figure:.3}"),
        Some(figure) => format!("{figure:.5}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_about_four_digits() {
        let found = [None, Some(12_345.6), Some(-123.456), Some(22.346), Some(0.98765), Some(0.006_123_4), Some(0.0)].map(number);
        assert_eq!(found, ["-", "12346", "-123.5", "22.35", "0.988", "0.00612", "0.00000"]);
    }

    #[test]
    fn kept_figures_are_said_to_be_kept() {
        let set = serde_json::json!({"swd": {"16": 1.5, "mean": 1.5}, "swd_r": {}, "band_energy": {}});
        let mut samples = set.clone();
        samples["floor"] = set;
        let mut found: Evaluation = serde_json::from_value(serde_json::json!({
            "model": "mine", "kind": "pca", "size": 16, "latent_dim": 8, "faces": 9, "n": 9, "seed": 1, "split": "valid",
            "training_faces": 144, "reconstruction": {}, "likelihood": {}, "samples": samples
        }))
        .unwrap();
        let first = |found: &Evaluation| text(found).lines().next().unwrap().to_owned();
        assert!(first(&found).ends_with("144 training faces"), "{}", first(&found));
        found.is_kept = true;
        assert!(first(&found).ends_with("144 training faces, kept from before"), "{}", first(&found));
    }

    #[test]
    fn faces_that_were_inverted_are_counted() {
        let band_energy = LevelFigures::of([(16, Some(0.75))].into_iter());
        let mut found =
            WayBackFigures { faces: 32, is_inversion: true, mse: 0.01, psnr: 20.5, ssim: None, band_energy, start_psnr: Some(15.25) };
        let names = |found: &WayBackFigures| way_back_rows(found).into_iter().map(|row| row.name).collect::<Vec<_>>();
        assert_eq!(
            names(&found),
            [
                "32 faces inverted, PSNR (dB)",
                "32 faces inverted, SSIM",
                "32 faces inverted, PSNR of the start alone",
                "32 faces inverted, band energy, 16 pixels"
            ]
        );
        (found.is_inversion, found.start_psnr) = (false, None);
        assert_eq!(names(&found)[0], "32 faces there and back, PSNR (dB)");
    }

    #[test]
    fn levels_are_named_by_their_size() {
        assert_eq!((of_level("64"), of_level("mean")), ("64 pixels".into(), "mean".into()));
    }
}
