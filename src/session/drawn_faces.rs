//! Where faces that are drawn go, unless the user says otherwise: into the user's data folder, under a name that says what they are.
//!
//! Owns that name only; whether it is free is for whoever asks to see.

use std::path::PathBuf;

use crate::data::synth::SynthOptions;

/// The face cache that `options` go to: `faces/drawn-5000-32.safetensors` in the user's data folder, or in the folder that one works in
/// where the user has none.
pub fn drawn_faces_file(options: SynthOptions) -> PathBuf {
    let folder = directories::ProjectDirs::from("", "", "facefield").map(|folders| folders.data_dir().to_path_buf());
    let SynthOptions { count, size, seed } = options;
    let seed = if seed == SynthOptions::DEFAULT.seed { String::new() } else { format!("-seed-{seed}") };
    folder.unwrap_or_default().join("faces").join(format!("drawn-{count}-{size}{seed}.safetensors"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_what_is_drawn() {
        let file = drawn_faces_file(SynthOptions { count: 300, size: 16, seed: SynthOptions::DEFAULT.seed });
        assert!(file.ends_with("faces/drawn-300-16.safetensors"), "{}", file.display());
        assert!(drawn_faces_file(SynthOptions { seed: 9, ..SynthOptions::default() }).ends_with("faces/drawn-5000-32-seed-9.safetensors"));
    }
}
