//! The tables of a report: all figures with their ratios to the floor, neighbours, events.

use super::content::ModelContent;
use super::figures::marked_events;
use super::html::{count, escape, number, percent};
use super::sentences::{Target, best_by};
use crate::metrics::{LevelFigures, SetFigures};
use crate::training::RunFacts;

/// A row of the table of figures.
struct Row {
    name: &'static str,
    target: Target,
    value: fn(&ModelContent) -> Option<f64>,
    floor: Option<fn(&ModelContent) -> Option<f64>>,
}

const fn row(name: &'static str, target: Target, value: fn(&ModelContent) -> Option<f64>) -> Row {
    Row { name, target, value, floor: None }
}

const fn beside_floor(
    name: &'static str,
    target: Target,
    value: fn(&ModelContent) -> Option<f64>,
    floor: fn(&ModelContent) -> Option<f64>,
) -> Row {
    Row { name, target, value, floor: Some(floor) }
}

/// What a model's samples reach.
const fn reached(model: &ModelContent) -> &SetFigures {
    &model.evaluation.samples.figures
}

/// What as many training faces reach.
const fn floor(model: &ModelContent) -> &SetFigures {
    &model.evaluation.samples.floor
}

const ROWS: [Row; 12] = [
    row("Error of reconstructions (MSE)", Target::Least, |model| model.evaluation.reconstruction.mse),
    row("PSNR (dB)", Target::Most, |model| model.evaluation.reconstruction.psnr),
    row("SSIM", Target::Most, |model| model.evaluation.reconstruction.ssim),
    row("Bits per dimension", Target::Least, |model| model.evaluation.likelihood.bits_per_dim),
    beside_floor("SWD \u{d7} 1000", Target::Least, |m| reached(m).swd.mean(), |m| floor(m).swd.mean()),
    beside_floor("SWD-R \u{d7} 1000", Target::Least, |m| reached(m).swd_r.mean(), |m| floor(m).swd_r.mean()),
    beside_floor("Band energy, finest", Target::One, |m| reached(m).band_energy.finest(), |m| floor(m).band_energy.finest()),
    beside_floor("Precision", Target::Most, |m| reached(m).precision, |m| floor(m).precision),
    beside_floor("Recall", Target::Most, |m| reached(m).recall, |m| floor(m).recall),
    beside_floor("Density", Target::Most, |m| reached(m).density, |m| floor(m).density),
    beside_floor("Coverage", Target::Most, |m| reached(m).coverage, |m| floor(m).coverage),
    row("Neighbour ratio", Target::One, |model| model.evaluation.samples.neighbour_ratio),
];

/// All figures of models of one size: value, ratio to the floor, best marked.
pub fn figures(models: &[ModelContent]) -> String {
    let heads: String = models.iter().map(|model| format!("<th scope=\"col\">{}</th>", escape(&model.header.name))).collect();
    let rows: String = ROWS.iter().map(|row| figure_row(row, models)).collect();
    format!(
        "<div class=\"wide\"><table class=\"floored\">\n<thead><tr><th scope=\"col\">Figure</th>{heads}<th \
         scope=\"col\">Floor</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}

fn figure_row(row: &Row, models: &[ModelContent]) -> String {
    // With one model nothing is best.
    let best = if models.len() > 1 { best_by(models, &row.value, row.target) } else { None };
    let cells: String = models.iter().enumerate().map(|(at, model)| cell(row, model, best == Some(at))).collect();
    let floor = row.floor.and_then(|floor| models.iter().find_map(floor));
    format!("<tr><th scope=\"row\">{}</th>{cells}<td>{}</td></tr>\n", row.name, figure(floor))
}

fn cell(row: &Row, model: &ModelContent, is_best: bool) -> String {
    let value = (row.value)(model);
    let floor = row.floor.and_then(|floor| floor(model));
    let ratio =
        value.zip(floor).filter(|(_, floor)| *floor > 0.0).map(|(value, floor)| format!("<small>\u{d7} {}</small>", number(value / floor)));
    let class = if is_best { " class=\"best\"" } else { "" };
    let mark = if is_best { " <abbr title=\"best\">\u{25cf}</abbr>" } else { "" };
    format!("<td{class}>{}{mark}{}</td>", figure(value), ratio.unwrap_or_default())
}

fn figure(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| "\u{2013}".to_owned(), number)
}

/// Neighbour ratios, with the numbers of faces that they stand on.
pub fn neighbours(models: &[ModelContent]) -> String {
    let row = |model: &ModelContent| {
        let found = &model.evaluation;
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escape(&model.header.name),
            figure(found.samples.neighbour_ratio),
            count(found.n),
            count(found.training_faces)
        )
    };
    let rows: String = models.iter().map(row).collect();
    format!(
        "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Model</th><th scope=\"col\">Neighbour ratio</th><th \
         scope=\"col\">Samples</th><th scope=\"col\">Training faces</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}

/// Figures of averages of other lengths, beside those of the model and the floor.
pub fn averages(model: &ModelContent) -> String {
    let cells = |set: &SetFigures| {
        [set.precision, set.recall, set.swd.mean(), set.swd_r.mean()].map(|value| format!("<td>{}</td>", figure(value))).concat()
    };
    let row = |name: &str, set: &SetFigures, residual: Option<f64>| {
        let residual = residual.map_or_else(|| "\u{2013}".to_owned(), percent);
        format!("<tr><th scope=\"row\">{name}</th>{}<td>{residual}</td></tr>\n", cells(set))
    };
    let lengths: String = model
        .averages
        .iter()
        .map(|average| row(&format!("{}", average.length), &average.evaluation.samples.figures, Some(average.residual)))
        .collect();
    let samples = &model.evaluation.samples;
    format!(
        "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Length</th><th scope=\"col\">Precision</th><th \
         scope=\"col\">Recall</th><th scope=\"col\">SWD</th><th scope=\"col\">SWD-R</th><th scope=\"col\">Off that \
         length</th></tr></thead>\n<tbody>\n{lengths}{}{}</tbody></table></div>\n",
        row("as trained", &samples.figures, None),
        row("floor", &samples.floor, None)
    )
}

/// What comes back of the same few faces through each model of a size.
pub fn way_back(models: &[ModelContent]) -> String {
    let row = |model: &ModelContent| {
        let found = model.evaluation.way_back.as_ref()?;
        Some(format!(
            "<tr><th scope=\"row\">{}</th><td class=\"text\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escape(&model.header.name),
            if found.is_inversion { "search" } else { "encoder" },
            count(found.faces),
            model.header.latent_dim,
            figure(Some(found.psnr)),
            figure(found.ssim),
            figure(found.band_energy.finest())
        ))
    };
    let rows: String = models.iter().filter_map(row).collect();
    format!(
        "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Model</th><th scope=\"col\">Way back</th><th \
         scope=\"col\">Faces</th><th scope=\"col\">k</th><th scope=\"col\">PSNR (dB)</th><th scope=\"col\">SSIM</th><th \
         scope=\"col\">Band energy, finest</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}

/// SWD, SWD-R and band energy by scale, of one model beside the floor.
pub fn levels(model: &ModelContent) -> String {
    let (samples, floor) = (&model.evaluation.samples.figures, &model.evaluation.samples.floor);
    let pair = |samples: &LevelFigures, floor: &LevelFigures, level: &str| {
        format!("<td>{}<small>floor {}</small></td>", figure(samples.of_level(level)), figure(floor.of_level(level)))
    };
    let row = |level: &str| {
        format!(
            "<tr><th scope=\"row\">{}</th>{}{}{}</tr>\n",
            escape(&if level.parse::<usize>().is_ok() { format!("{level} pixels") } else { level.to_owned() }),
            pair(&samples.swd, &floor.swd, level),
            pair(&samples.swd_r, &floor.swd_r, level),
            pair(&samples.band_energy, &floor.band_energy, level)
        )
    };
    if has_no_levels(samples) {
        return String::new();
    }
    let rows: String = samples.swd.iter().map(|(level, _)| row(level)).collect();
    format!(
        "<details><summary>{} by scale</summary><div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Scale</th><th \
         scope=\"col\">SWD</th><th scope=\"col\">SWD-R</th><th scope=\"col\">Band \
         energy</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div></details>\n",
        escape(&model.header.name)
    )
}

fn has_no_levels(set: &SetFigures) -> bool {
    set.swd.iter().all(|(_, figure)| figure.is_none())
}

/// What happened in a training, with the numbers of the marks; nothing where nothing did.
pub fn events(run: &RunFacts) -> String {
    let row = |(at, event): (usize, &crate::training::RunEvent)| {
        format!(
            "<tr><td>{}</td><td>{}</td><td class=\"text\">{}</td><td class=\"text\">{}</td></tr>\n",
            at + 1,
            count(usize::try_from(event.images).unwrap_or(usize::MAX)),
            event.kind.word(),
            escape(&event.detail)
        )
    };
    let rows: String = marked_events(run).enumerate().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Mark</th><th scope=\"col\">Faces seen</th><th \
         scope=\"col\">Event</th><th scope=\"col\">Detail</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::ModelKind;
    use crate::report::content::example::{average, model};
    use crate::training::{EventKind, RunEvent};

    #[test]
    fn ratios_and_the_best_are_marked() {
        let mut models = [model(ModelKind::Pca), model(ModelKind::Gan)];
        models[1].evaluation.samples.figures.precision = Some(0.45);
        let table = figures(&models);
        assert!(
            table.contains(
                "<td class=\"best\">0.800 <abbr title=\"best\">\u{25cf}</abbr><small>\u{d7} \
                 0.889</small></td><td>0.450<small>\u{d7} 0.500</small></td><td>0.900</td>"
            ),
            "{table}"
        );
        assert!(table.contains("<td>\u{2013}</td>"), "a generator has no error");
        assert!(!figures(&models[..1]).contains("best"));
    }

    #[test]
    fn scales_and_events_have_rows() {
        let gan = model(ModelKind::Gan);
        assert_eq!(levels(&gan).matches("<tr>").count(), 4);
        assert!(neighbours(&[gan]).contains("<td>0.950</td><td>50</td><td>100</td>"));
        let event = |kind| RunEvent { step: 1, images: 3200, seconds: 1.0, kind, detail: "a < b".into() };
        let run = RunFacts { events: vec![event(EventKind::Started), event(EventKind::Changed)], ..RunFacts::default() };
        assert!(events(&run).contains("<td>1</td><td>3,200</td><td class=\"text\">changed</td><td class=\"text\">a &lt; b</td>"));
        assert_eq!(events(&RunFacts::default()), "");
    }

    #[test]
    fn every_length_has_a_row_beside_the_model_and_the_floor() {
        let mut gan = model(ModelKind::Gan);
        gan.averages = vec![average(0.05, 0.7, 0.6, 9.0), average(0.25, 0.8, 0.5, 7.5)];
        let table = averages(&gan);
        let row = "<tr><th scope=\"row\">0.05</th><td>0.700</td><td>0.600</td><td>8.00</td><td>9.00</td><td>1.0 %</td></tr>";
        assert!(table.contains(row) && table.matches("<tr>").count() == 5 && table.contains(">as trained</th>"), "{table}");
    }
}
