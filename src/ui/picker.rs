//! The file dialog of the panels.
//!
//! Owns how it looks, where it opens, and that only what fits can be opened. What files are picked for, and what is done with them, is
//! each panel's business.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy_egui::egui::{Align2, Color32, Context, Id, Vec2, vec2};
use egui_file_dialog::{DialogState, FileDialog, Filter};

use super::openable::{OpenableFolders, is_openable};
use super::theme;
use crate::data::{is_face_cache, is_picture_name};
use crate::files::{OutputFile, Replace};

/// The dialog's size where there is room for it, and the least that it is of use with.
const SIZE: Vec2 = vec2(700.0, 420.0);
const LEAST: Vec2 = vec2(340.0, 240.0);
/// What its frame and title take.
const FRAME: f32 = 44.0;
/// Under which name the folder is remembered in which the last dialog ended.
const LAST_FOLDER: &str = "last folder of a file dialog";

/// What a dialog asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A face cache, under this title.
    FaceCache(&'static str),
    /// Files and folders, several at once, under this title.
    Several(&'static str),
    /// A picture, under this title.
    Picture(&'static str),
    /// A folder with a model or a run, under this title.
    Folder(&'static str),
    /// A file to write.
    NewFile {
        /// The title of the dialog.
        title: &'static str,
        /// The name that is suggested.
        name: &'static str,
    },
}

/// What a panel picks paths for.
pub trait PickFor: Copy {
    /// What the dialog asks for.
    fn wanted(self) -> Wanted;
}

/// A file that was picked to be written: where one stands there, the dialog has asked whether to replace it.
pub fn asked(path: &Path) -> OutputFile<'_> {
    OutputFile { path, replace: Replace::Any }
}

/// A dialog that lists nothing else to open.
fn only(dialog: FileDialog, name: &str, fits: fn(&Path) -> bool) -> FileDialog {
    dialog.add_file_filter(name, Filter::new(fits)).default_file_filter(name).show_all_files_filter(false)
}

/// Whether a file is a face cache; only those that end as one are looked into.
fn looks_like_faces(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors")) && is_face_cache(path)
}

/// Whether a file is named as a picture; what it is, reading it tells.
fn is_named_as_picture(path: &Path) -> bool {
    path.file_name().is_some_and(|name| is_picture_name(&name.to_string_lossy()))
}

/// The dialog, where one is open, and what for. Only one is open at a time.
pub struct FilePicker<P> {
    open: Option<(FileDialog, P)>,
    /// What the window has room for, as the dialog knows it.
    room: Vec2,
}

impl<P> Default for FilePicker<P> {
    fn default() -> Self {
        Self { open: None, room: Vec2::ZERO }
    }
}

impl<P> FilePicker<P> {
    /// Whether the dialog is on screen.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

impl<P: PickFor> FilePicker<P> {
    /// Opens the dialog where the last one of any panel was left.
    pub fn pick(&mut self, ctx: &Context, purpose: P) {
        let dialog = match purpose.wanted() {
            Wanted::Folder(_) => FileDialog::with_file_system(Arc::new(OpenableFolders)),
            _ => FileDialog::new(),
        };
        let dialog = dialog.anchor(Align2::CENTER_CENTER, Vec2::ZERO).movable(false).modal_overlay_color(Color32::from_black_alpha(130));
        let mut dialog = match ctx.data(|data| data.get_temp::<PathBuf>(Id::new(LAST_FOLDER))) {
            Some(folder) => dialog.initial_directory(folder),
            None => dialog,
        };
        match purpose.wanted() {
            Wanted::FaceCache(title) => {
                dialog = only(dialog.title(title), "Face caches", looks_like_faces);
                dialog.pick_file();
            }
            Wanted::Picture(title) => {
                dialog = only(dialog.title(title), "Pictures", is_named_as_picture);
                dialog.pick_file();
            }
            Wanted::Several(title) => {
                dialog = dialog.title(title);
                dialog.pick_multiple();
            }
            Wanted::Folder(title) => {
                dialog = only(dialog.title(title), "Models and runs", is_openable).default_file_icon("🗀");
                dialog.labels_mut().selected_file = "Selected folder:".into();
                dialog.pick_file();
            }
            Wanted::NewFile { title, name } => {
                dialog = dialog.title(title).default_file_name(name);
                dialog.save_file();
            }
        }
        self.open = Some((dialog, purpose));
        self.room = Vec2::ZERO;
    }

    /// Draws the dialog; once it closes with something picked, what was picked, and what for.
    pub fn show(&mut self, ctx: &Context) -> Option<(P, Vec<PathBuf>)> {
        let (dialog, purpose) = self.open.as_mut()?;
        let room = ctx.content_rect().size() - Vec2::splat(2.0 * theme::MARGIN + FRAME);
        if room != self.room {
            self.room = room;
            *dialog = std::mem::take(dialog).default_size(SIZE.min(room)).min_size(LEAST.min(room)).max_size(room);
        }
        // It writes the name of what is selected in the colour of selections, which has to be read on the ground then. Its fields are
        // black on nearly black: only their edge says that one can type there.
        let style = ctx.global_style();
        ctx.global_style_mut(|style| {
            (style.visuals.selection.bg_fill, style.visuals.selection.stroke.color) = (theme::ACCENT, theme::GROUND);
            style.visuals.window_stroke.color = theme::TEXT_QUIET;
        });
        dialog.update(ctx);
        ctx.set_global_style(style);
        let picked = match dialog.state() {
            DialogState::Open => return None,
            DialogState::Picked(path) => vec![path.clone()],
            DialogState::PickedMultiple(paths) => paths.clone(),
            DialogState::Closed | DialogState::Cancelled => Vec::new(),
        };
        let purpose = *purpose;
        self.open = None;
        let folder = picked.first()?.parent().map(Path::to_path_buf).unwrap_or_default();
        ctx.data_mut(|data| data.insert_temp(Id::new(LAST_FOLDER), folder));
        Some((purpose, picked))
    }
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::epaint::ClippedShape;
    use bevy_egui::egui::{Event, Key, Modifiers, RawInput, Rect, Shape, Stroke, pos2};

    use super::*;
    use crate::data::synth;
    use crate::progress::Silent;

    #[derive(Clone, Copy)]
    struct For(Wanted);

    impl PickFor for For {
        fn wanted(self) -> Wanted {
            self.0
        }
    }

    #[test]
    fn only_files_with_faces_are_offered_as_faces() {
        let place = tempfile::tempdir().unwrap();
        let (faces, other) = (place.path().join("faces.safetensors"), place.path().join("weights.safetensors"));
        synth::write_cache(4, 1, 8, &faces, &Silent).unwrap();
        std::fs::write(&other, "no faces").unwrap();
        std::fs::copy(&faces, place.path().join("faces.bin")).unwrap();
        assert_eq!(
            ["faces.safetensors", "weights.safetensors", "faces.bin"].map(|name| looks_like_faces(&place.path().join(name))),
            [true, false, false]
        );
    }

    /// The colours of a text that is drawn, and the edges of what is drawn around it.
    fn drawn(shapes: &[ClippedShape], text: &str) -> (Vec<Color32>, Vec<Stroke>) {
        let (mut colors, mut place, mut boxes) = (Vec::new(), None, Vec::new());
        for shape in shapes {
            match &shape.shape {
                Shape::Text(drawn) if drawn.galley.job.text == text => {
                    place = Some(drawn.pos);
                    colors = drawn.galley.rows.iter().flat_map(|row| row.row.visuals.mesh.vertices.iter().map(|at| at.color)).collect();
                }
                Shape::Rect(rect) if rect.stroke.width > 0.0 && rect.rect.height() < 60.0 => boxes.push((rect.rect, rect.stroke)),
                _ => {}
            }
        }
        let around = boxes.into_iter().filter(|(rect, _)| place.is_some_and(|place| rect.contains(place)));
        (colors, around.map(|(_, stroke)| stroke).collect())
    }

    fn lightness(color: Color32) -> u32 {
        u32::from(color.r()) + u32::from(color.g()) + u32::from(color.b())
    }

    #[test]
    fn what_is_searched_for_can_be_read_in_a_field_that_is_seen() {
        let ctx = Context::default();
        theme::apply(&ctx);
        let mut picker = FilePicker::default();
        picker.pick(&ctx, For(Wanted::FaceCache("faces")));
        let all = Modifiers { ctrl: true, command: true, ..Modifiers::default() };
        let mut frame = |time: f64, events: Vec<Event>| {
            let screen_rect = Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1000.0, 700.0)));
            let input = RawInput { screen_rect, time: Some(time), events, ..RawInput::default() };
            ctx.run_ui(input, |ui| drop(picker.show(ui.ctx()))).shapes
        };
        (0..4).for_each(|at| drop(frame(f64::from(at), Vec::new())));
        frame(4.0, vec![Event::Text("zqx".into())]);
        frame(5.0, Vec::new());
        let (colors, edges) = drawn(&frame(6.0, Vec::new()), "zqx");
        assert!(!colors.is_empty() && colors.iter().all(|color| lightness(*color) > 450), "on black: {colors:?}");
        assert!(edges.iter().any(|edge| lightness(edge.color) > 300), "an edge is seen: {edges:?}");
        frame(7.0, vec![Event::Key { key: Key::A, physical_key: None, pressed: true, repeat: false, modifiers: all }]);
        let (colors, _) = drawn(&frame(8.0, Vec::new()), "zqx");
        let is_on_amber = colors.contains(&theme::ACCENT) && colors.iter().any(|color| lightness(*color) < 100);
        assert!(is_on_amber, "what is selected is dark on amber: {colors:?}");
    }

    #[test]
    fn every_dialog_opens_and_can_be_drawn() {
        let ctx = Context::default();
        theme::apply(&ctx);
        for wanted in [
            Wanted::FaceCache("faces"),
            Wanted::Several("pictures"),
            Wanted::Picture("photo"),
            Wanted::Folder("runs"),
            Wanted::NewFile { title: "new", name: "a.csv" },
        ] {
            let mut picker = FilePicker::default();
            picker.pick(&ctx, For(wanted));
            let mut picked = None;
            drop(ctx.run_ui(RawInput::default(), |ui| picked = picker.show(ui.ctx())));
            assert!(picker.is_open() && picked.is_none(), "{wanted:?}");
        }
    }
}
