//! The curves of a training: `curves.csv`, one row for every few steps.
//!
//! Owns the columns. A row that was cut off by a crash is passed over, so the file can be read while it is written.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::files::{FileError, write_atomically};

/// The columns before the losses.
const FIRST: [&str; 6] = ["step", "images", "seconds", "images_per_second", "learning_rate", "batch"];
/// The column after the losses.
const HELD_OUT: &str = "held_out_mse";

/// What was measured over the steps since the point before.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvePoint {
    /// How many steps were made.
    pub step: u64,
    /// How many faces were seen.
    pub images: u64,
    /// Seconds of training; pauses do not count.
    pub seconds: f64,
    /// Faces in a second since the point before.
    pub images_per_second: f64,
    /// The learning rate of the last step.
    pub learning_rate: f32,
    /// Faces in a step.
    pub batch: usize,
    /// The mean of every figure of the learner, in the order of the names.
    pub losses: Vec<f32>,
    /// Mean squared error on faces that are not learned from, in [0, 1] units, where it was measured.
    pub held_out: Option<f64>,
}

/// All curves of a training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// What the losses are called.
    pub loss_names: Vec<String>,
    /// The points by step.
    pub points: Vec<CurvePoint>,
}

impl Curves {
    /// Reads the text of `curves.csv`; rows that are not whole are passed over.
    pub fn parse(text: &str) -> Self {
        let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(str::trim_end);
        let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        if header.len() <= FIRST.len() || header[..FIRST.len()] != FIRST {
            return Self::default();
        }
        let loss_names: Vec<String> = header[FIRST.len()..header.len() - 1].iter().map(|name| (*name).to_owned()).collect();
        let points = lines.filter_map(|line| parse_row(line, loss_names.len())).collect();
        Self { loss_names, points }
    }

    /// The text of `curves.csv`.
    pub fn to_csv(&self) -> String {
        let mut text = header(self.loss_names.iter().map(String::as_str));
        self.points.iter().for_each(|point| text.push_str(&row(point)));
        text
    }
}

fn header<'a>(loss_names: impl Iterator<Item = &'a str>) -> String {
    FIRST.into_iter().chain(loss_names).chain([HELD_OUT]).collect::<Vec<_>>().join(",") + "\n"
}

fn row(point: &CurvePoint) -> String {
    let CurvePoint { step, images, seconds, images_per_second, learning_rate, batch, losses, held_out } = point;
    let mut text = format!("{step},{images},{seconds:.3},{images_per_second:.1},{learning_rate},{batch}");
    losses.iter().for_each(|loss| text.push_str(&format!(",{loss}")));
    text.push_str(&held_out.map_or_else(|| ",\n".to_owned(), |error| format!(",{error}\n")));
    text
}

fn parse_row(line: &str, losses: usize) -> Option<CurvePoint> {
    let fields: Vec<&str> = line.split(',').collect();
    if fields.len() != FIRST.len() + losses + 1 {
        return None;
    }
    let losses = fields[FIRST.len()..fields.len() - 1].iter().map(|field| field.parse().ok()).collect::<Option<_>>()?;
    let held_out = fields.last().copied().unwrap_or_default();
    Some(CurvePoint {
        step: fields[0].parse().ok()?,
        images: fields[1].parse().ok()?,
        seconds: fields[2].parse().ok()?,
        images_per_second: fields[3].parse().ok()?,
        learning_rate: fields[4].parse().ok()?,
        batch: fields[5].parse().ok()?,
        losses,
        held_out: if held_out.is_empty() { None } else { Some(held_out.parse().ok()?) },
    })
}

/// `curves.csv`, open for more.
pub struct CurveFile {
    path: PathBuf,
    file: File,
}

impl CurveFile {
    /// Opens the file, without the rows after `last_step`: they belong to steps that are made again.
    ///
    /// # Errors
    /// [`FileError`] where it cannot be written.
    pub fn open(path: &Path, loss_names: &[&str], last_step: u64) -> Result<Self, FileError> {
        let mut curves = Curves::parse(&std::fs::read_to_string(path).unwrap_or_default());
        curves.loss_names = loss_names.iter().map(|name| (*name).to_owned()).collect();
        curves.points.retain(|point| point.step <= last_step && point.losses.len() == loss_names.len());
        write_atomically(path, curves.to_csv().as_bytes())?;
        let file = OpenOptions::new().append(true).open(path).map_err(FileError::io("write", path))?;
        Ok(Self { path: path.to_path_buf(), file })
    }

    /// Adds a point.
    ///
    /// # Errors
    /// [`FileError`] where the disk refuses.
    pub fn push(&mut self, point: &CurvePoint) -> Result<(), FileError> {
        let length = self.file.metadata().map_or(0, |metadata| metadata.len());
        self.file.write_all(row(point).as_bytes()).map_err(|error| {
            // Half a row would spoil the next one.
            self.file.set_len(length).ok();
            FileError::io("write", &self.path)(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(step: u64) -> CurvePoint {
        CurvePoint {
            step,
            images: step * 32,
            seconds: step as f64 / 8.0,
            images_per_second: 256.5,
            learning_rate: 0.002,
            batch: 32,
            losses: vec![0.0123, 0.5],
            held_out: step.is_multiple_of(20).then_some(0.0071),
        }
    }

    #[test]
    fn curves_survive_the_round_trip_and_a_cut_row_is_passed_over() {
        let curves = Curves { loss_names: vec!["loss".into(), "mse".into()], points: [10, 20, 30].map(point).to_vec() };
        let text = curves.to_csv();
        assert_eq!(Curves::parse(&text), curves);
        for cut in 1..=20 {
            let read = Curves::parse(&text[..text.len() - cut]);
            assert_eq!(read.points.len(), 2, "{cut} bytes cut off");
        }
        assert_eq!(Curves::parse("a,b\n1,2\n"), Curves::default());
        assert_eq!(Curves::parse(""), Curves::default());
    }

    #[test]
    fn rows_of_steps_that_are_made_again_go() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("curves.csv");
        let mut file = CurveFile::open(&path, &["loss", "mse"], 0).unwrap();
        [10, 20, 30].iter().for_each(|step| file.push(&point(*step)).unwrap());
        drop(file);
        let mut file = CurveFile::open(&path, &["loss", "mse"], 20).unwrap();
        file.push(&point(25)).unwrap();
        let steps: Vec<u64> = Curves::parse(&std::fs::read_to_string(&path).unwrap()).points.iter().map(|p| p.step).collect();
        assert_eq!(steps, [10, 20, 25]);
    }
}
