//! What would help where something is refused, as data, and in whose words it is said.
//!
//! Owns the list, and plain words for it. The command line says it with its options, the explorer with the names of its controls: each
//! gives its [`Voice`] when it starts.

use std::fmt;
use std::sync::OnceLock;

/// What would help. As text it is a clause that begins with a small letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Name a file as the output.
    File,
    /// Name another file as the output.
    AnotherFile,
    /// Name another folder as the output.
    AnotherFolder,
    /// Name another folder as the output than that of a run.
    AnotherFolderThanRun,
    /// Name another output, file or folder, than what belongs to a run.
    AnotherOutputThanRun,
    /// Name another file as the output, or let what stands there be replaced.
    AnotherFileOrOverwrite,
    /// Go on with the run that stands there, or begin anew in its place.
    ResumeOrOverwrite,
    /// Go on with a run in its new place.
    Resume,
    /// Go on with a run, and learn more slowly.
    ResumeSlower,
    /// Go on from a checkpoint of another run elsewhere, or begin anew in the place of this one.
    BranchOrOverwrite,
    /// How pictures are to be imported: as faces of so many pixels a side. A clause that follows "import them".
    AtSize(usize),
    /// Use a face cache as what it is.
    UseAsFaces,
    /// Name the faces that models were trained on.
    TrainingFaces,
    /// Fit fewer axes.
    FewerAxes,
    /// Compute on whatever device there is, or on the processor.
    AnotherDevice,
    /// Record the portrait view, which needs no driver.
    PortraitView,
    /// Record a smaller video, or one of fewer frames a second.
    SmallerVideo,
    /// What is said alike in every voice.
    Plain(&'static str),
}

/// Something that can be set, as a noun without an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Where the output goes, where that is a folder.
    Folder,
    /// Which faces of a face cache.
    Split,
    /// Width and height of a video.
    FrameSize,
    /// Frames a second of a video.
    FrameRate,
    /// The device of this name.
    Device(&'static str),
}

/// How advice and settings are put into words.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// The clause of an advice.
    pub advice: fn(Advice) -> String,
    /// The noun of a setting.
    pub setting: fn(Setting) -> String,
}

static VOICE: OnceLock<Voice> = OnceLock::new();

/// From now on advice is said in this voice. The first one that is given stays.
pub fn speak_as(voice: Voice) {
    VOICE.set(voice).ok();
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&VOICE.get().map_or_else(|| plainly(*self), |voice| (voice.advice)(*self)))
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&VOICE.get().map_or_else(|| setting_plainly(*self), |voice| (voice.setting)(*self)))
    }
}

/// An advice in words that name nothing of any surface.
pub fn plainly(advice: Advice) -> String {
    match advice {
        Advice::File => "name a file".into(),
        Advice::AnotherFile => "name another file".into(),
        Advice::AnotherFolder => "name another folder".into(),
        Advice::AnotherFolderThanRun => "name another folder; only a training goes on with a run or replaces it".into(),
        Advice::AnotherOutputThanRun => "name another place: only its training changes a run".into(),
        Advice::AnotherFileOrOverwrite => "name another file, or let this one be replaced".into(),
        Advice::ResumeOrOverwrite => "go on with it, or begin anew in its place".into(),
        Advice::Resume => "go on there".into(),
        Advice::ResumeSlower => "go on with a lower learning rate".into(),
        Advice::BranchOrOverwrite => "go on from another run in another folder, or begin anew in its place".into(),
        Advice::AtSize(size) => format!("at {size} pixels"),
        Advice::UseAsFaces => "a face cache needs no import: use it as it is".into(),
        Advice::TrainingFaces => "name the faces that the models were trained on".into(),
        Advice::FewerAxes => "ask for fewer".into(),
        Advice::AnotherDevice => "leave the choice to the program, or use the processor".into(),
        Advice::PortraitView => "record that one".into(),
        Advice::SmallerVideo => "a smaller size or a lower rate".into(),
        Advice::Plain(text) => text.into(),
    }
}

/// A setting in words that name nothing of any surface.
pub fn setting_plainly(setting: Setting) -> String {
    match setting {
        Setting::Folder => "folder".into(),
        Setting::Split => "split".into(),
        Setting::FrameSize => "size".into(),
        Setting::FrameRate => "rate".into(),
        Setting::Device(name) => format!("the device {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_voice_advice_is_plain() {
        assert_eq!(Advice::AnotherFileOrOverwrite.to_string(), "name another file, or let this one be replaced");
        assert_eq!(format!("import them {}; another {}", Advice::AtSize(32), Setting::Split), "import them at 32 pixels; another split");
    }
}
