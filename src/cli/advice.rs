//! What would help, in the words of the command line: with its options.

use crate::words::{Advice, Setting, Voice};

/// How the command line says it.
pub const VOICE: Voice = Voice { advice, setting };

fn advice(advice: Advice) -> String {
    match advice {
        Advice::File => "name a file as --out".into(),
        Advice::AnotherFile => "name another file as --out".into(),
        Advice::AnotherFolder => "name another folder as --out".into(),
        Advice::AnotherFolderThanRun => "name another folder as --out; only `facefield train` goes on with a run or replaces it".into(),
        Advice::AnotherOutputThanRun => "name another --out: only `facefield train` changes a run".into(),
        Advice::AnotherFileOrOverwrite => "name another file as --out, or give --overwrite to replace this one".into(),
        Advice::ResumeOrOverwrite => "--resume goes on with it, --overwrite begins anew".into(),
        Advice::Resume => "go on there with --resume".into(),
        Advice::ResumeSlower => "go on with --resume and a lower --learning-rate".into(),
        Advice::BranchOrOverwrite => {
            "go on from another run with --branch RUN@STEP and another --out, or begin anew in its place with --overwrite".into()
        }
        Advice::AtSize(size) => format!("with --size {size}"),
        Advice::UseAsFaces => "a face cache goes to --data of fit, train and evaluate".into(),
        Advice::TrainingFaces => "name the faces that the models were trained on with --train".into(),
        Advice::FewerAxes => "ask for fewer with --components".into(),
        Advice::AnotherDevice => "use --backend auto or --backend cpu".into(),
        Advice::PortraitView => "--view portrait".into(),
        Advice::SmallerVideo => "a smaller --size or --fps".into(),
        Advice::Plain(text) => text.into(),
    }
}

fn setting(setting: Setting) -> String {
    match setting {
        Setting::Folder => "--out".into(),
        Setting::Split => "--split".into(),
        Setting::FrameSize => "--size".into(),
        Setting::FrameRate => "--fps".into(),
        Setting::Device(name) => format!("--backend {name}"),
    }
}

/// Why the explorer cannot open, with the way to what works without it.
#[cfg(feature = "app")]
pub fn of_app(error: crate::app::AppError) -> anyhow::Error {
    if error.leaves_the_rest() { anyhow::anyhow!("{error}: see `facefield --help`") } else { error.into() }
}
