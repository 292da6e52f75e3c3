//! The sample journeys that are part of the program, so that it shows something in any folder.

use std::path::Path;

use super::journey::Journey;
use super::journey_error::JourneyError;
use super::sample_texts::SAMPLES;

impl Journey {
    /// The names of the sample journeys.
    pub fn sample_names() -> impl Iterator<Item = &'static str> {
        SAMPLES.iter().map(|(name, _)| *name)
    }

    /// A sample journey by name.
    pub fn sample(name: &str) -> Option<Self> {
        let (_, text) = SAMPLES.iter().find(|(known, _)| *known == name)?;
        Some(Self::parse(text).expect("sample journeys are tested"))
    }

    /// A file, or where there is none of this name, the sample journey of this name.
    ///
    /// # Errors
    /// [`JourneyError`], as [`open`](Self::open).
    pub fn open_or_sample(path: &Path) -> Result<Self, JourneyError> {
        match path.to_str().filter(|_| !path.exists()).and_then(Self::sample) {
            Some(sample) => Ok(sample),
            None => Self::open(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_journeys_and_files_of_their_name_come_first() {
        assert!(Journey::sample_names().all(|name| Journey::sample(name).is_some_and(|journey| journey.seconds >= 1.0)));
        assert_eq!(Journey::sample("elsewhere"), None);
        let place = tempfile::tempdir().unwrap();
        assert!(Journey::open_or_sample(&place.path().join("flight")).is_err(), "a path is no name");
        assert!(Journey::open_or_sample(Path::new("portraits")).unwrap().r#loop);
    }
}
