//! What rows of the panels are called that stand for an option of the command line, where no knob names both.
//!
//! Owns the names, each with its command and option, so that they can be held against what the help says. Knobs carry their own.

/// The name of a row, and the option that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowLabel {
    /// As the panel shows it.
    pub text: &'static str,
    /// The command, such as "fit pca".
    pub command: &'static str,
    /// The option, without what stands before it on the command line.
    pub option: &'static str,
}

/// Rows, their commands and options.
macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident: $text:literal, $command:literal, $option:literal;)*) => {
        $($(#[$doc])* pub const $name: RowLabel = RowLabel { text: $text, command: $command, option: $option };)*
        /// All of them.
        pub const LABELS: &[RowLabel] = &[$($name),*];
    };
}

labels! {
    /// The size of faces that are imported.
    IMPORT_SIZE: "Import size", "import", "size";
    /// How many faces are drawn.
    DRAWN_COUNT: "Count", "synth", "count";
    /// The size of faces that are drawn.
    DRAWN_SIZE: "Size", "synth", "size";
    /// Where drawn faces come from.
    DRAWN_SEED: "Seed", "synth", "seed";
    /// How many axes PCA has.
    AXES: "Axes K", "fit pca", "components";
    /// Whether axes are stored in half precision.
    HALF_AXES: "Half precision", "fit pca", "half";
    /// Whether weights are stored in half precision.
    HALF: "Half precision", "train autoencoder", "half";
    /// How long a training is in images.
    LENGTH: "Length", "train autoencoder", "images";
    /// How long it is in minutes.
    LENGTH_IN_TIME: "Length", "train autoencoder", "minutes";
    /// Where a run or a model goes.
    FOLDER: "Folder", "train autoencoder", "out";
    /// What is trained on.
    DEVICE: "Device", "train autoencoder", "backend";
    /// When checkpoints are written.
    CHECKPOINT_EVERY: "Checkpoint every", "train autoencoder", "checkpoint-every";
    /// How many of them are kept.
    CHECKPOINTS_KEPT: "Checkpoints kept", "train autoencoder", "keep";
    /// How long the average is that the lattice shows of a run.
    AVERAGE: "Average", "average", "length";
    /// Which faces judge.
    SPLIT: "Split", "evaluate", "split";
    /// What samples and patches are drawn from.
    JUDGING_SEED: "Seed", "evaluate", "seed";
    /// The faces that models were trained on.
    TRAINING_FACES: "Training faces", "evaluate", "train";
    /// Whether figures that are kept count.
    ANEW: "Compute anew", "evaluate", "fresh";
    /// Whether a report shows photographs.
    REAL_FACES: "Show real faces", "report", "with-faces";
    /// How far random faces lie from the middle.
    TRUNCATION: "Truncation", "sample", "truncation";
    /// What random faces are drawn from.
    SAMPLER: "Sampler", "sample", "sampler";
}
