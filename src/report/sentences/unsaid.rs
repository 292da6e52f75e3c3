//! Sentences about what a generator cannot say: how near the faces that a search finds come to given ones.

use super::listed;
use crate::report::content::{ModelContent, PcaErrors};
use crate::report::html::{count, number, percent};

/// In dB: less is no difference.
const DIFFERENCE: f64 = 0.5;
/// Finest band energy below which detail is lost.
const DETAIL: f64 = 0.85;

/// What comes back of held-out faces from a generator, beside the other models of its size (`beside` may hold it too) and a PCA with as many
/// axes; `None` where no face was searched for.
pub fn unsaid(model: &ModelContent, beside: &[ModelContent], pca: Option<&PcaErrors>) -> Option<String> {
    let found = model.evaluation.way_back.as_ref().filter(|found| found.is_inversion)?;
    let (name, k) = (&model.header.name, model.header.latent_dim);
    let begins = found.start_psnr.map(|psnr| format!("; the encoder alone, with which the search begins, reaches {} dB", number(psnr)));
    let reached = format!(
        "The nearest faces that were found for {} held-out ones in the space of {name} reach {} dB{}",
        count(found.faces),
        number(found.psnr),
        begins.unwrap_or_default()
    );
    let of_others = beside.iter().filter(|other| other.header.latent_dim == k && other.header.name != *name);
    let mut others: Vec<(String, f64)> =
        of_others.filter_map(|other| Some((other.header.name.clone(), other.evaluation.way_back.as_ref()?.psnr))).collect();
    others.extend(pca.and_then(|errors| errors.psnr_at(k)).map(|psnr| (format!("a PCA with {k} axes"), psnr)));
    let compared = match others.as_slice() {
        [] => String::new(),
        others => {
            let told: Vec<String> = others.iter().map(|(name, psnr)| format!("{} dB of {name}", number(*psnr))).collect();
            let verdict = if others.iter().all(|(_, psnr)| *psnr > found.psnr + DIFFERENCE) {
                ": they were made to give back faces, a generator only to draw some"
            } else {
                ""
            };
            format!(", beside {} with as many numbers{verdict}", listed(&told))
        }
    };
    let detail = found.band_energy.finest().map(|energy| match energy {
        energy if energy < DETAIL => format!(
            " Of the finest contrast {} are left: what is rare among the faces that it learned from it leaves out.",
            percent(energy)
        ),
        energy => format!(
            " The finest contrast is that of faces all the same ({}): what it cannot say it replaces by what it knows.",
            percent(energy)
        ),
    });
    Some(format!("{reached}{compared}.{}", detail.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{LevelFigures, WayBackFigures};
    use crate::models::ModelKind;
    use crate::report::content::example::model;

    fn with(kind: ModelKind, psnr: f64, energy: f64) -> ModelContent {
        let mut model = model(kind);
        let is_inversion = kind == ModelKind::Gan;
        model.evaluation.way_back = Some(WayBackFigures {
            faces: 32,
            is_inversion,
            mse: 0.01,
            psnr,
            ssim: Some(0.6),
            band_energy: LevelFigures::of([(32, Some(energy))].into_iter()),
            start_psnr: is_inversion.then_some(15.5),
        });
        model
    }

    #[test]
    fn a_generator_is_told_of_beside_models_with_as_many_numbers() {
        let (gan, coder) = (with(ModelKind::Gan, 20.0, 0.95), with(ModelKind::Autoencoder, 23.0, 0.7));
        // The error of all held-out faces is that of others than those that were searched for.
        let pca = PcaErrors { size: 32, points: vec![(4, 0.001)], psnr: vec![(4, 20.0)], training_faces: 9 };
        let told = unsaid(&gan, &[gan.clone(), coder.clone()], Some(&pca)).unwrap();
        for part in [
            "32 held-out",
            "20.0 dB",
            "15.5 dB",
            "23.0 dB of autoencoder-test",
            "20.0 dB of a PCA with 4 axes",
            "replaces by what it knows",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains("only to draw some"), "PCA is no better: {told}");
        assert!(unsaid(&gan, std::slice::from_ref(&coder), None).unwrap().contains("only to draw some"));
        let blurred = unsaid(&with(ModelKind::Gan, 20.0, 0.5), &[], None).unwrap();
        assert!(blurred.contains("50 % are left") && !blurred.contains("beside"), "{blurred}");
        assert_eq!(unsaid(&coder, &[], None), None);
        assert_eq!(unsaid(&model(ModelKind::Gan), &[], None), None);
    }
}
