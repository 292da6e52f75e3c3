//! The file dialog of the panels.
//!
//! Owns how it looks and where it opens. What files are picked for, and what is done with them, is each panel's business.

use std::path::{Path, PathBuf};

use bevy_egui::egui::{Align2, Color32, Context, Id, Vec2, vec2};
use egui_file_dialog::{DialogState, FileDialog};

use super::theme;
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
    /// A folder, under this title.
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
        let dialog =
            FileDialog::new().anchor(Align2::CENTER_CENTER, Vec2::ZERO).movable(false).modal_overlay_color(Color32::from_black_alpha(130));
        let mut dialog = match ctx.data(|data| data.get_temp::<PathBuf>(Id::new(LAST_FOLDER))) {
            Some(folder) => dialog.initial_directory(folder),
            None => dialog,
        };
        match purpose.wanted() {
            Wanted::FaceCache(title) => {
                dialog = dialog.title(title).add_file_filter_extensions("Face caches", vec!["safetensors"]);
                dialog = dialog.default_file_filter("Face caches");
                dialog.pick_file();
            }
            Wanted::Several(title) => {
                dialog = dialog.title(title);
                dialog.pick_multiple();
            }
            Wanted::Folder(title) => {
                dialog = dialog.title(title);
                dialog.pick_directory();
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
        dialog.update(ctx);
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
