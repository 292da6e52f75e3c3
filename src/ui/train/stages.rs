//! The sizes through which a network is to grow, in the form: all ways that there are, and what each stage takes of length, time and memory.
//!
//! Owns how they are chosen. What a way is, and what is wrong with one, the plan of a growth knows.

use bevy_egui::egui::{ComboBox, Ui};

use super::form::Form;
use crate::engine::{GROW, STAGE_SHARES};
use crate::training::{Dial, Edit, Growth, TrainingSettings, Value};
use crate::ui::dials::tooltip;
use crate::ui::theme;
use crate::ui::widgets::{link, memory, number, row, significant, words};
use crate::words::capital;

/// The smallest size that networks are made for.
const SMALLEST: usize = 4;
/// The least share that a hand gives to the last stage.
const LEAST: f64 = 0.01;

/// Whether a knob is drawn here.
pub fn draws(name: &str) -> bool {
    name == GROW || name == STAGE_SHARES
}

/// Draws the choice of a way to grow on faces of `size` pixels, and the stages of the one that is chosen; nothing for a kind that cannot grow.
pub fn show(ui: &mut Ui, form: &mut Form, settings: &TrainingSettings, dials: &[Dial], size: usize) {
    let Some(dial) = dials.iter().find(|dial| dial.name == GROW) else { return };
    let now = sizes_of(&dial.value);
    let mut wanted = now.clone();
    row(ui, dial.label, &|| tooltip(dial, "The usual share of each size comes with it."), |ui| {
        let combo = ComboBox::from_id_salt("grow").width(ui.available_width()).selected_text(way_in_words(&now));
        let combo = combo.show_ui(ui, |ui| {
            ui.selectable_value(&mut wanted, Vec::new(), way_in_words(&[])).on_hover_text("All pictures have the size of the faces");
            for way in ways(size) {
                let name = way_in_words(&way);
                let ends = way.last().copied().unwrap_or(size);
                let about = format!("Begins with {0} × {0} pixels and ends with {1} × {1}", way[0], ends);
                ui.selectable_value(&mut wanted, way, name).on_hover_text(about);
            }
        });
        combo.response
    });
    if wanted != now {
        turn(form, GROW, wanted.iter().map(|size| *size as f32).collect());
        turn(form, STAGE_SHARES, Vec::new());
        return;
    }
    if let Err(unsound) = settings.check(size)
        && draws(unsound.knob)
    {
        words(ui, &format!("{}.", capital(&unsound.reason)), theme::ACCENT_HOVERED);
    }
    if let Some(growth) = settings.growth() {
        stages_ui(ui, form, settings, &growth);
    }
}

fn turn(form: &mut Form, knob: &str, numbers: Vec<f32>) {
    form.turn(&Edit::new(knob, Value::Numbers(numbers)));
}

fn sizes_of(value: &Value) -> Vec<usize> {
    if let Value::Numbers(numbers) = value { numbers.iter().map(|size| *size as usize).collect() } else { Vec::new() }
}

/// Every way to grow on faces of `size` pixels: those that end with their size first, the longest before the shorter ones.
fn ways(size: usize) -> Vec<Vec<usize>> {
    let doublings = |from: usize, to: usize| std::iter::successors(Some(from), |size| Some(2 * size)).take_while(move |size| *size <= to);
    let ends = std::iter::successors(Some(size), |size| Some(size / 2)).take_while(|end| *end > SMALLEST);
    let ways = ends.flat_map(|end| doublings(SMALLEST, end / 2).map(move |from| doublings(from, end).collect::<Vec<_>>()));
    ways.filter(|way| Growth::new(way, &[], 0.0, 0.0).is_ok()).collect()
}

/// "8, 16, 32", or that there is no growth.
fn way_in_words(sizes: &[usize]) -> String {
    if sizes.is_empty() { "no".into() } else { sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ") }
}

/// A stage of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
struct PlannedStage {
    /// Faces are `size` x `size` pixels.
    size: usize,
    /// Its share of the planned length.
    share: f64,
    /// Its share of the computing of all faces.
    work: f64,
    /// Faces in a step.
    batch: usize,
    /// What a step takes of the memory.
    bytes: u64,
}

fn planned(settings: &TrainingSettings, growth: &Growth) -> Vec<PlannedStage> {
    let mut before = 0.0;
    let stage = |size: &usize| {
        let share = (growth.end_of(*size) - before).max(0.0);
        before += share;
        let (work, batch) = (share * settings.work_at(*size), settings.batch_at(*size));
        PlannedStage { size: *size, share, work, batch, bytes: settings.network(*size).training_bytes(batch) }
    };
    let mut stages: Vec<PlannedStage> = growth.sizes().iter().map(stage).collect();
    let all = stages.iter().map(|stage| stage.work).sum::<f64>().max(f64::MIN_POSITIVE);
    stages.iter_mut().for_each(|stage| stage.work /= all);
    stages
}

/// A row for each stage: its size and memory, and its share of the length.
fn stages_ui(ui: &mut Ui, form: &mut Form, settings: &TrainingSettings, growth: &Growth) {
    let stages = planned(settings, growth);
    for (at, stage) in stages.iter().enumerate() {
        let mut percent = stage.share * 100.0;
        let label = format!("{} px · {}", stage.size, memory(stage.bytes));
        let response = row(ui, &label, &|| stage_in_words(stage), |ui| number(ui, &mut percent, 0.0..=100.0, "%"));
        if response.changed() {
            let shares: Vec<f64> = stages.iter().map(|stage| stage.share).collect();
            turn(form, STAGE_SHARES, rebalanced(&shares, at, percent / 100.0));
        }
    }
    let is_usual = settings.stands().iter().all(|edit| edit.knob != STAGE_SHARES || edit.value == Value::Numbers(Vec::new()));
    if !is_usual
        && link(ui, "Usual shares").on_hover_text("A quarter for each of the last two sizes, and what is left for the others").clicked()
    {
        turn(form, STAGE_SHARES, Vec::new());
    }
}

fn stage_in_words(stage: &PlannedStage) -> String {
    let PlannedStage { size, share, work, batch, bytes } = *stage;
    format!(
        "The share of the planned length in which pictures have {size} × {size} pixels: {} %, about {} % of the computing if the length is \
         counted in images. The other sizes share the rest.\nA step has {}, and takes about {} of memory.",
        significant(share * 100.0),
        significant(work * 100.0),
        theme::counted(batch as u64, "face"),
        memory(bytes)
    )
}

/// The shares once one of them is another: the others share what is left as before. The last size always has some.
fn rebalanced(shares: &[f64], at: usize, wanted: f64) -> Vec<f32> {
    let last = shares.len() - 1;
    let wanted = if at == last { wanted.clamp(LEAST, 1.0) } else { wanted.clamp(0.0, 1.0 - LEAST) };
    let others: f64 = shares.iter().sum::<f64>() - shares[at];
    let share = |(place, share): (usize, &f64)| match place {
        _ if place == at => wanted,
        _ if others > 0.0 => share / others * (1.0 - wanted),
        _ => (1.0 - wanted) / last.max(1) as f64,
    };
    shares.iter().enumerate().map(|one| share(one) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::ModelKind;
    use crate::training::GanSettings;

    #[test]
    fn every_way_to_grow_is_offered_and_each_is_sound() {
        assert_eq!(ways(16), [vec![4, 8, 16], vec![8, 16], vec![4, 8]]);
        assert_eq!(ways(64)[..4], [vec![4, 8, 16, 32, 64], vec![8, 16, 32, 64], vec![16, 32, 64], vec![32, 64]]);
        for size in [16, 32, 64] {
            for way in ways(size) {
                let settings = TrainingSettings::from(GanSettings { grow: way.clone(), ..Default::default() });
                assert!(settings.check(size).is_ok() && settings.growth().is_some(), "{way:?}");
            }
        }
        assert_eq!((way_in_words(&[]).as_str(), way_in_words(&[8, 16]).as_str()), ("no", "8, 16"));
    }

    #[test]
    fn a_share_that_is_changed_leaves_the_rest_to_the_others_as_before() {
        let sum = |shares: &[f32]| shares.iter().sum::<f32>();
        let shares = rebalanced(&[0.5, 0.25, 0.25], 0, 0.2);
        assert!(shares[0] == 0.2 && (shares[1] - 0.4).abs() < 1e-6 && (sum(&shares) - 1.0).abs() < 1e-6, "{shares:?}");
        for (at, wanted) in [(0, 1.0), (2, 0.0), (1, -3.0), (2, 7.0)] {
            let shares = rebalanced(&[0.5, 0.25, 0.25], at, wanted);
            assert!(Growth::new(&[16, 32, 64], &shares, 0.5, 0.0).is_ok(), "{at} to {wanted}: {shares:?}");
        }
        assert_eq!(rebalanced(&[0.0, 1.0], 1, 0.6), [0.4, 0.6], "what had nothing gets what is left");
    }

    #[test]
    fn stages_say_what_they_take() {
        let settings = TrainingSettings::from(GanSettings { grow: vec![16, 32, 64], ..Default::default() });
        let stages = planned(&settings, &settings.growth().unwrap());
        assert_eq!(stages.iter().map(|stage| stage.share).collect::<Vec<_>>(), [0.5, 0.25, 0.25]);
        assert!((stages.iter().map(|stage| stage.work).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(stages.is_sorted_by(|a, b| a.bytes < b.bytes) && stages[2].work > stages[0].work, "{stages:?}");
        let text = stage_in_words(&stages[0]);
        assert!(text.contains("16 × 16 pixels: 50 %") && text.contains("32 faces"), "{text}");
    }

    #[test]
    fn another_way_comes_with_its_usual_shares() {
        let mut form = Form { kind: ModelKind::Gan, ..Form::default() };
        turn(&mut form, GROW, vec![8.0, 16.0, 32.0]);
        turn(&mut form, STAGE_SHARES, vec![0.2, 0.3, 0.5]);
        assert!(form.network().unwrap().growth().is_some());
        turn(&mut form, GROW, vec![16.0, 32.0]);
        assert!(form.network().unwrap().growth().is_none(), "three shares belong to three sizes");
        turn(&mut form, STAGE_SHARES, Vec::new());
        assert_eq!(form.network().unwrap().growth().unwrap().sizes(), [16, 32]);
    }
}
