//! The curves of a training: `curves.csv`, one row for every few steps.
//!
//! Owns the columns. A row that was cut off by a crash is passed over, so the file can be read while it is written.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::log_file::{LogFile, Table, fields};
use crate::files::{FileError, FileKind, begins_with_columns};
use crate::training::figure::{HELD_OUT as HELD_OUT_ERROR, names_of};
use crate::training::kinds::TrainingSettings;

/// The columns before the losses.
const FIRST: [&str; 6] = ["step", "images", "seconds", "images_per_second", "learning_rate", "batch"];
/// Curves that facefield wrote, by the names of their columns.
pub const CURVES_TABLE: FileKind = FileKind { name: "a table of curves", is_own: |path| begins_with_columns(path, &FIRST) };
/// The column after the losses.
const HELD_OUT: &str = HELD_OUT_ERROR.name;

/// What was measured over the steps since the point before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// How many steps were made.
    pub step: u64,
    /// How many faces were seen.
    pub images: u64,
    /// Seconds of training; pauses do not count.
    pub seconds: f64,
    /// Faces in a second since the point before.
    pub images_per_second: f64,
    /// The learning rate of the last step; before the first one, the rate that it will have.
    pub learning_rate: f32,
    /// Faces in a step.
    pub batch: usize,
    /// The mean of every figure of the learner, in the order of the names.
    pub losses: Vec<f32>,
    /// Mean squared error on faces that are not learned from, in [0, 1] units, where it was measured.
    pub held_out: Option<f64>,
}

/// All curves of a training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// What the losses are called: those of a learner in its order, then those that this program does not know.
    pub loss_names: Vec<String>,
    /// The points by step.
    pub points: Vec<CurvePoint>,
}

impl Curves {
    /// Reads the text of `curves.csv` by the names of its columns; rows that are not whole are passed over.
    pub fn parse(text: &str) -> Self {
        let Some(table) = Table::parse(text) else { return Self::default() };
        let is_whole = |row: &Vec<String>| row.len() == table.columns.len();
        // Others are no points: a remark, or names of columns that somebody has appended once more.
        let has_step = |row: &Vec<String>| table.column(FIRST[0]).is_some_and(|place| row[place].trim().parse::<u64>().is_ok());
        let rows: Vec<Vec<String>> = table.rows.iter().map(|row| fields(row)).filter(|row| is_whole(row) && has_step(row)).collect();
        let is_loss = |place: &usize| {
            let name = table.columns[*place].as_str();
            !FIRST.contains(&name) && name != HELD_OUT && rows.iter().all(|row| number(&row[*place]).is_some())
        };
        let mut losses: Vec<usize> = (0..table.columns.len()).filter(is_loss).collect();
        losses.sort_by_key(|place| known_place(&table.columns[*place]));
        let loss_names = losses.iter().map(|place| table.columns[*place].clone()).collect();
        Self { loss_names, points: rows.iter().filter_map(|row| parse_row(&table, row, &losses)).collect() }
    }

    /// The text of `curves.csv`.
    pub fn to_csv(&self) -> String {
        let names = FIRST.into_iter().chain(self.loss_names.iter().map(String::as_str)).chain([HELD_OUT]);
        let mut text = names.collect::<Vec<_>>().join(",") + "\n";
        for point in &self.points {
            let values = values(point, &self.loss_names);
            text.push_str(&(values.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(",") + "\n"));
        }
        text
    }

    /// The last point with the losses of `names` in this order.
    pub fn last_of(&self, names: &[&str]) -> Option<CurvePoint> {
        let point = self.points.last()?;
        let loss = |name: &&str| {
            let place = self.loss_names.iter().position(|known| known == name);
            place.and_then(|place| point.losses.get(place)).copied().unwrap_or(f32::NAN)
        };
        Some(CurvePoint { losses: names.iter().map(loss).collect(), ..point.clone() })
    }
}

/// Where a figure stands among those that learners have; those that none has come last.
fn known_place(name: &str) -> usize {
    let mut known = TrainingSettings::all_figures().into_iter().flat_map(names_of);
    known.position(|known| known == name).unwrap_or(usize::MAX)
}

/// A loss as it is written; one that was not measured is no number.
fn number(field: &str) -> Option<f32> {
    if field.trim().is_empty() { Some(f32::NAN) } else { field.trim().parse().ok() }
}

fn values<'a, N: AsRef<str>>(point: &CurvePoint, loss_names: &'a [N]) -> Vec<(&'a str, String)> {
    let CurvePoint { step, images, seconds, images_per_second, learning_rate, batch, losses, held_out } = point;
    let first =
        [step.to_string(), images.to_string(), format!("{seconds:.3}"), format!("{images_per_second:.1}"), learning_rate.to_string()];
    let losses = losses.iter().map(ToString::to_string).chain(std::iter::repeat("NaN".to_owned()));
    let losses = loss_names.iter().map(AsRef::as_ref).zip(losses);
    let held_out = held_out.map(|error| error.to_string()).unwrap_or_default();
    FIRST.into_iter().zip(first.into_iter().chain([batch.to_string()])).chain(losses).chain([(HELD_OUT, held_out)]).collect()
}

fn parse_row(table: &Table, row: &[String], losses: &[usize]) -> Option<CurvePoint> {
    // A column that the file lacks, or a field that was left empty, says nothing; another text makes the row unreadable.
    fn of<T: std::str::FromStr + Default>(table: &Table, row: &[String], name: &str) -> Option<T> {
        match table.column(name).map(|place| row[place].trim()) {
            None | Some("") => Some(T::default()),
            Some(text) => text.parse().ok(),
        }
    }
    let held_out = table.column(HELD_OUT).map(|place| row[place].trim()).filter(|text| !text.is_empty());
    Some(CurvePoint {
        step: row[table.column(FIRST[0])?].trim().parse().ok()?,
        images: of(table, row, FIRST[1])?,
        seconds: of(table, row, FIRST[2])?,
        images_per_second: of(table, row, FIRST[3])?,
        learning_rate: of(table, row, FIRST[4])?,
        batch: of(table, row, FIRST[5])?,
        losses: losses.iter().map(|place| number(&row[*place])).collect::<Option<_>>()?,
        held_out: held_out.map(str::parse).transpose().ok()?,
    })
}

/// `curves.csv`, open for more.
pub struct CurveFile {
    file: LogFile,
    loss_names: Vec<String>,
}

impl CurveFile {
    /// Opens the file, without the rows after `last_step`: they belong to steps that are made again. Columns that it has besides
    /// stay, and so do rows that are not understood.
    ///
    /// # Errors
    /// [`FileError`] where it cannot be written.
    pub fn open(path: &Path, loss_names: &[&str], last_step: u64) -> Result<Self, FileError> {
        let wanted: Vec<&str> = FIRST.into_iter().chain(loss_names.iter().copied()).chain([HELD_OUT]).collect();
        let file = LogFile::open(path, &wanted, last_step)?;
        Ok(Self { file, loss_names: loss_names.iter().map(|name| (*name).to_owned()).collect() })
    }

    /// What the user should know of how it was found, once.
    pub fn take_warning(&mut self) -> Option<String> {
        self.file.take_warning()
    }

    /// Adds a point.
    ///
    /// # Errors
    /// [`FileError`] where the disk refuses.
    pub fn push(&mut self, point: &CurvePoint) -> Result<(), FileError> {
        self.file.push(&values(point, &self.loss_names))
    }

    /// Puts a point in the place of the last one: more is known of the same step.
    ///
    /// # Errors
    /// [`FileError`] where the disk refuses.
    pub fn replace_last(&mut self, point: &CurvePoint) -> Result<(), FileError> {
        self.file.replace_last(&values(point, &self.loss_names))
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

    fn curves() -> Curves {
        Curves { loss_names: vec!["loss".into(), "mse".into()], points: [10, 20, 30].map(point).to_vec() }
    }

    #[test]
    fn curves_survive_the_round_trip_and_a_cut_row_is_passed_over() {
        let curves = curves();
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
    fn columns_are_known_by_name() {
        let text =
            "held_out_mse,note,mse,extra,step,loss,images,learning_rate\n,by hand,0.5,7,10,0.0123,320,0.002\n0.1,,0.5,8,20,,640,0.002\n";
        let read = Curves::parse(text);
        assert_eq!(read.loss_names, ["loss", "mse", "extra"], "in the order of the learner; words are no curve");
        assert_eq!(read.points[0].losses, [0.0123, 0.5, 7.0]);
        assert!(read.points[1].losses[0].is_nan() && read.points[1].held_out == Some(0.1) && read.points[1].images == 640);
        assert_eq!(read.last_of(&["mse", "absolute_error"]).map(|point| (point.losses[0], point.losses[1].is_nan())), Some((0.5, true)));
        let spoilt = Curves::parse("step,loss,mse,images\n10,1,2,3\n20,1,2,much\n30,1\nstep,loss,mse,images\n");
        assert_eq!(spoilt.loss_names, ["loss", "mse"]);
        assert_eq!(spoilt.points.iter().map(|point| point.step).collect::<Vec<_>>(), [10]);
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
        file.replace_last(&CurvePoint { held_out: Some(0.25), ..point(25) }).unwrap();
        let read = Curves::parse(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(
            read.points.iter().map(|p| (p.step, p.held_out)).collect::<Vec<_>>(),
            [(10, None), (20, Some(0.0071)), (25, Some(0.25))]
        );
    }

    #[test]
    fn a_learner_with_other_figures_erases_none() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("curves.csv");
        std::fs::write(&path, curves().to_csv()).unwrap();
        let mut file = CurveFile::open(&path, &["loss", "absolute_error"], 30).unwrap();
        file.push(&point(40)).unwrap();
        let read = Curves::parse(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(read.loss_names, ["loss", "mse", "absolute_error"]);
        assert_eq!(read.points.len(), 4);
        assert!(read.points[0].losses[..2] == [0.0123, 0.5] && read.points[3].losses[1].is_nan() && read.points[3].losses[2] == 0.5);
    }
}
