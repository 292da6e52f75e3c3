//! Coordinates on the command line: `3=2.5` puts axis 3 at 2.5 sigma, `3=2.5@fine` in one zone of the network only.
//!
//! Owns how they are written and what they do to codes; which zones a network has is said by the model.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, ensure};

use crate::data::Faces;
use crate::latent::{Zone, ZonedLatent, Zones};
use crate::models::{FaceModel, ModelHeader};
use crate::words::counted;

/// An axis and where it is put.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisValue {
    /// Counted from 0.
    axis: usize,
    /// In sigma units.
    value: f32,
    /// Where it acts.
    zone: Zone,
}

impl FromStr for AxisValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "an axis is given as NUMBER=SIGMA, or NUMBER=SIGMA@ZONE, such as 3=2.5 or 3=2.5@fine".to_owned();
        let (axis, value) = text.split_once('=').ok_or_else(form)?;
        let (value, zone) = value.split_once('@').map_or((value, None), |(value, zone)| (value, Some(zone)));
        let zone = match zone {
            None => Zone::Whole,
            Some(word) => Zone::from_word(word).ok_or_else(|| {
                let [first @ .., last] = Zone::ALL.map(Zone::word);
                format!("there is no zone `{word}`; a zone is {} or {last}", first.join(", "))
            })?,
        };
        let axis: usize = axis.trim().parse().map_err(|_| form())?;
        let value: f32 = value.trim().parse().ok().filter(|value: &f32| value.is_finite()).ok_or_else(form)?;
        let axis = axis.checked_sub(1).ok_or_else(|| "axes count from 1".to_owned())?;
        Ok(Self { axis, value, zone })
    }
}

impl fmt::Display for AxisValue {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "{}={}", self.axis + 1, self.value)?;
        if self.zone == Zone::Whole { Ok(()) } else { write!(text, "@{}", self.zone.word()) }
    }
}

/// Refuses axes and zones that a model does not have.
///
/// # Errors
/// What it lacks, and what to do.
pub fn ensure_known(axes: &[AxisValue], header: &ModelHeader) -> anyhow::Result<()> {
    let (name, dim) = (&header.name, header.latent_dim);
    for given in axes {
        ensure!(given.axis < dim, "--axis {given}: {name} has {}; name one from 1 to {dim}", counted(dim as u64, "axis"));
        if given.zone == Zone::Whole {
            continue;
        }
        let (word, kind) = (given.zone.word(), header.kind.label());
        let zoning = header.zoning().with_context(|| {
            format!(
                "--axis {given}: {name} has no zones, as no {kind} does; only generators with a block for each resolution have them. \
                 Leave out @{word}"
            )
        })?;
        ensure!(
            !zoning.stages_of(given.zone).is_empty(),
            "--axis {given}: {name} has too few blocks for the zone {word}; it has {}",
            zoning.parts().map(Zone::word).collect::<Vec<_>>().join(" and ")
        );
    }
    Ok(())
}

/// The faces of codes, row-major [N, code dimension], whose axes are put where they were asked to be; all else stays.
///
/// # Errors
/// Where a zone is named and the model has none: [`ensure_known`] says so before.
pub fn decode_with(model: &dyn FaceModel, codes: &[f32], axes: &[AxisValue]) -> anyhow::Result<Faces> {
    if axes.is_empty() {
        return Ok(model.decode(codes));
    }
    let put = |code: &[f32]| {
        let mut latents = ZonedLatent::of(&model.frame().to_latent(code), &Zones::default());
        axes.iter().for_each(|given| latents.set(given.axis, given.value, given.zone));
        latents
    };
    let latents: Vec<ZonedLatent> = codes.chunks(model.frame().code_dim()).map(put).collect();
    if axes.iter().all(|given| given.zone == Zone::Whole) {
        let latents: Vec<_> = latents.iter().map(|latents| latents.parts()[0].clone()).collect();
        return Ok(model.decode_latents(&latents));
    }
    model.decode_zoned_latents(&latents).context("the model has no zones")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::catalog;

    #[test]
    fn what_is_written_is_read_and_the_rest_refused() {
        assert_eq!("3=2.5".parse(), Ok(AxisValue { axis: 2, value: 2.5, zone: Zone::Whole }));
        assert_eq!("12=-1@fine".parse(), Ok(AxisValue { axis: 11, value: -1.0, zone: Zone::Fine }));
        for text in ["3=2.5@coarse", "1=-0.25"] {
            assert_eq!(text.parse::<AxisValue>().unwrap().to_string(), text);
        }
        for (text, part) in [
            ("3", "NUMBER=SIGMA"),
            ("x=1", "NUMBER=SIGMA"),
            ("3=inf", "NUMBER=SIGMA"),
            ("0=1", "count from 1"),
            ("3=1@finest", "whole, coarse, middle or fine"),
        ] {
            assert!(text.parse::<AxisValue>().unwrap_err().contains(part), "{text}");
        }
    }

    #[test]
    fn models_refuse_what_they_lack() {
        let refused = |text: &str, model: &str| {
            let given = text.parse().unwrap();
            ensure_known(&[given], &catalog::resolve(model).unwrap().header).map_err(|error| format!("{error:#}"))
        };
        assert_eq!(refused("3=1@fine", "gan-celeba32"), Ok(()));
        assert_eq!(refused("3=1", "pca-celeba64"), Ok(()));
        for (model, kind) in [("pca-celeba64", "PCA"), ("autoencoder-celeba32", "Autoencoder")] {
            let reason = refused("3=1@fine", model).unwrap_err();
            assert!(reason.contains("has no zones") && reason.contains(kind) && reason.contains("Leave out @fine"), "{reason}");
        }
        assert!(refused("999=1", "gan-celeba32").unwrap_err().contains("from 1 to 64"));
    }
}
