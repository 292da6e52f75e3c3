//! The question what faces are drawn: how many, how large, and into which file.
//!
//! Owns what is typed into it and how it looks, for every pane that chooses faces. Drawing is a job of the session, and its defaults and
//! ranges are those of the command line.

use std::path::{Path, PathBuf};

use bevy_egui::egui::{Button, Context, Id, Key, Modal, Ui};

use super::widgets::{accent_button, number, path_field, row, share_of_row, words};
use super::{UiCommands, dataset, labels, theme};
use crate::data::synth::SynthOptions;
use crate::engine::Job;
use crate::files::Replace;
use crate::session::{RunJob, drawn_faces_file};

/// Width of the question, in points.
const WIDTH: f32 = 380.0;
/// What the button that asks it is called.
pub const NAME: &str = "Draw faces…";
/// What that button says of itself.
pub const TOOLTIP: &str = "No photographs needed: faces are drawn from fourteen factors such as turn, jaw, smile and light, to learn from";

/// The question, while it waits for its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawFaces {
    options: SynthOptions,
    out: String,
    /// What `out` was suggested for.
    suggested: Option<SynthOptions>,
}

impl Default for DrawFaces {
    fn default() -> Self {
        let mut question = Self { options: SynthOptions::default(), out: String::new(), suggested: None };
        question.suggest_out();
        question
    }
}

impl DrawFaces {
    /// Suggests a file that is free whenever something else is to be drawn; a name that was typed stays until then.
    fn suggest_out(&mut self) {
        if self.suggested != Some(self.options) {
            self.out = free(drawn_faces_file(self.options), &Path::exists).display().to_string();
            self.suggested = Some(self.options);
        }
    }

    /// The file, where it is one that nothing stands at.
    fn free_out(&self) -> Option<PathBuf> {
        let out = PathBuf::from(self.out.trim());
        (!self.out.trim().is_empty() && !out.exists()).then_some(out)
    }

    fn job(&self, out: PathBuf) -> Job {
        Job::DrawFaces { options: self.options, out, replace: Replace::Nothing }
    }
}

/// Asks, and has them drawn where the answer says so.
pub fn show(ctx: &Context, question: &mut Option<DrawFaces>, commands: &mut UiCommands) {
    let Some(asked) = question else { return };
    let modal = Modal::new(Id::new("draw-faces")).frame(theme::panel_frame()).show(ctx, |ui| {
        ui.set_width(WIDTH);
        question_ui(ui, asked, commands)
    });
    if modal.inner || modal.should_close() {
        *question = None;
    }
}

/// True once it is answered.
fn question_ui(ui: &mut Ui, asked: &mut DrawFaces, commands: &mut UiCommands) -> bool {
    // Enter ends what is being typed first.
    let confirms = ui.memory(|memory| memory.focused().is_none()) && ui.input(|input| input.key_pressed(Key::Enter));
    ui.label(theme::strong("Draw faces"));
    words(ui, "Simple faces to learn from where there are no photographs; they are chosen once they are drawn.", theme::TEXT);
    ui.add_space(4.0);
    options_ui(ui, &mut asked.options);
    asked.suggest_out();
    let tooltip = || "The face cache that is written. Nothing is replaced.\nDefault: a free name in your data folder.".to_owned();
    row(ui, "File", &tooltip, |ui| path_field(ui, Id::new("draw-faces-file"), &mut asked.out));
    let out = asked.free_out();
    if out.is_none() {
        words(ui, "A name that is not taken is wanted.", theme::ACCENT_HOVERED);
    }
    ui.label(theme::quiet(format!("About {} on the disk", megabytes(asked.options.bytes()))));
    ui.add_space(4.0);
    let size = share_of_row(ui, 2.0);
    ui.horizontal(|ui| {
        let draw = ui.add_enabled_ui(out.is_some(), |ui| accent_button(ui, "Draw", size)).inner;
        let cancel = ui.add_sized(size, Button::new("Cancel")).on_hover_text("Leave all as it is");
        if let Some(out) = out.filter(|_| draw.clicked() || confirms) {
            commands.job.write(RunJob::Start(asked.job(out)));
            return true;
        }
        cancel.clicked()
    })
    .inner
}

fn options_ui(ui: &mut Ui, options: &mut SynthOptions) {
    let (default, [fewest, most]) = (SynthOptions::default(), SynthOptions::COUNTS);
    let count = || {
        let range = format!("{} to {}", theme::grouped(fewest.into()), theme::grouped(most.into()));
        let help = SynthOptions::COUNT_HELP;
        format!("{help}; one in twenty is held out.\nUnit: faces, {range}. Default: {}.", theme::grouped(default.count.into()))
    };
    row(ui, labels::DRAWN_COUNT.text, &count, |ui| number(ui, &mut options.count, fewest..=most, "faces"));
    let size = || format!("{}: larger ones take longer to learn.\nUnit: pixels. Default: {}.", SynthOptions::SIZE_HELP, default.size);
    let mut side = usize::from(options.size);
    dataset::size_row(ui, labels::DRAWN_SIZE.text, &size, &mut side);
    options.size = u16::try_from(side).unwrap_or(options.size);
    let seed = || format!("{}.\nNo unit. Default: {}.", SynthOptions::SEED_HELP, default.seed);
    row(ui, labels::DRAWN_SEED.text, &seed, |ui| number(ui, &mut options.seed, 0..=u64::from(u32::MAX), ""));
}

/// The path, with the first number behind its name that makes it free where it is taken.
fn free(path: PathBuf, is_taken: &dyn Fn(&Path) -> bool) -> PathBuf {
    let name = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, ending) = (name(path.file_stem()), name(path.extension()));
    let numbered = (2_u32..).map(|number| path.with_file_name(format!("{stem}-{number}.{ending}")));
    std::iter::once(path.clone()).chain(numbered).find(|path| !is_taken(path)).unwrap_or(path)
}

/// An amount on a disk in words.
fn megabytes(bytes: u64) -> String {
    if bytes < 1_000_000 { "1 MB".into() } else { super::widgets::memory(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_name_stays_until_something_else_is_to_be_drawn() {
        let mut question = DrawFaces::default();
        assert_eq!(question.options, SynthOptions::default());
        question.out = "mine.safetensors".into();
        question.suggest_out();
        assert_eq!(question.out, "mine.safetensors");
        question.options.size = 16;
        question.suggest_out();
        assert!(question.out.contains("drawn-5000-16"), "{}", question.out);
    }

    #[test]
    fn a_taken_file_gets_a_number_before_its_ending() {
        let taken = ["a/b.safetensors", "a/b-2.safetensors"].map(PathBuf::from);
        let free = |path: &str| free(path.into(), &|path| taken.iter().any(|taken| taken == path));
        assert_eq!((free("a/b.safetensors"), free("a/c.safetensors")), ("a/b-3.safetensors".into(), "a/c.safetensors".into()));
    }

    #[test]
    fn nothing_is_replaced() {
        let place = tempfile::tempdir().unwrap();
        let (free, taken) = (place.path().join("free.safetensors"), place.path().join("taken.safetensors"));
        std::fs::write(&taken, "mine").unwrap();
        let of = |path: &Path| DrawFaces { out: path.display().to_string(), ..DrawFaces::default() };
        assert_eq!((of(&free).free_out(), of(&taken).free_out()), (Some(free.clone()), None));
        assert_eq!(DrawFaces { out: "  ".into(), ..DrawFaces::default() }.free_out(), None);
        // What comes there between the question and the end of the job stays as well.
        let job = of(&taken).job(taken.clone());
        assert!(crate::engine::run_job(&job, &crate::progress::Silent).is_err());
        assert_eq!(std::fs::read(&taken).unwrap(), b"mine");
    }
}
