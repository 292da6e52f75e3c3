//! The figures of models as a table for other programs: one line for each model.
//!
//! Owns the columns and how text is quoted; which figures there are stands in the rows.

use super::rows::{FIGURES, energy_at, level_sizes};
use crate::files::{FileKind, begins_with_columns};
use crate::metrics::Evaluation;

/// The first columns.
const FIRST: [&str; 9] = ["model", "kind", "size", "latent_dim", "split", "seed", "faces", "samples", "training_faces"];
/// A table that facefield wrote, by the names of its columns.
pub const TABLE: FileKind = FileKind { name: "a table of figures", is_own: |path| begins_with_columns(path, &FIRST) };

/// Comma-separated values with a header. What is absent is empty; figures have all their digits.
pub fn csv(found: &[Evaluation]) -> String {
    let sizes = level_sizes(found);
    let mut text = head(&sizes).join(",") + "\n";
    for evaluation in found {
        text += &line(evaluation, &sizes).join(",");
        text.push('\n');
    }
    text
}

fn head(sizes: &[usize]) -> Vec<String> {
    let mut names: Vec<String> = FIRST.map(str::to_owned).into();
    for figure in &FIGURES {
        names.push(figure.key.to_owned());
        if figure.has_floor() {
            names.push(format!("{}_floor", figure.key));
        }
    }
    names.extend(sizes.iter().map(|size| format!("band_energy_{size}")));
    names
}

fn line(found: &Evaluation, sizes: &[usize]) -> Vec<String> {
    let number = |figure: Option<f64>| figure.map_or_else(String::new, |figure| figure.to_string());
    let mut cells = vec![
        quoted(&found.model),
        quoted(&found.kind),
        found.size.to_string(),
        found.latent_dim.to_string(),
        quoted(&found.split),
        found.seed.to_string(),
        found.faces.to_string(),
        found.n.to_string(),
        found.training_faces.to_string(),
    ];
    for figure in &FIGURES {
        cells.push(number(figure.value(found)));
        if figure.has_floor() {
            cells.push(number(figure.floor(found)));
        }
    }
    cells.extend(sizes.iter().map(|size| number(energy_at(found, *size))));
    cells
}

/// Text that holds a separator stands in quotes.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::rows::example::evaluation;
    use super::*;

    #[test]
    fn every_model_has_a_line_and_what_is_absent_is_empty() {
        let text = csv(&[evaluation("pca", 64), evaluation("gan", 32)]);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|cells| cells.len() == lines[0].len()), "{text}");
        let cell = |line: usize, name: &str| lines[line][lines[0].iter().position(|other| *other == name).unwrap()];
        assert_eq!((cell(1, "model"), cell(1, "mse"), cell(1, "swd"), cell(1, "swd_floor")), ("pca-64", "0.005", "20", "5"));
        assert_eq!((cell(2, "kind"), cell(2, "mse"), cell(2, "band_energy_64"), cell(2, "band_energy_32")), ("gan", "", "", "0.75"));
        assert!(text.ends_with('\n') && !text.contains("neighbour_ratio_floor"));
    }

    #[test]
    fn names_with_commas_stay_one_cell() {
        assert_eq!((quoted("a, \"b\""), quoted("plain-name")), ("\"a, \"\"b\"\"\"".into(), "plain-name".into()));
    }
}
