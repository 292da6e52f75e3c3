//! Sentences about reconstructions, samples and copies, and about the table of all figures.

use super::causes::causes_of;
use super::{listed, ratio, times};
use crate::metrics::SetFigures;
use crate::report::content::ModelContent;
use crate::report::html::{count, number, percent};

/// Band energy below the first value is blur, above the second noise.
const ENERGY: (f64, f64) = (0.85, 1.15);
/// Shares below this part of their floor are a weakness.
const SHARE: f64 = 0.75;
/// Samples whose distance to training faces is below this part of that of other faces are copies.
const COPIES: f64 = 0.8;
/// Beyond this ratio samples lie away from all training faces.
const AWAY: f64 = 1.15;
/// Similarities beyond which structure is kept, and below which it is lost.
const SSIM: (f64, f64) = (0.85, 0.65);
/// With fewer training faces than this for each axis, few faces are a cause.
const FACES_FOR_AN_AXIS: usize = 20;

/// What is most wrong with a model's samples.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Weakness {
    /// Finest band energy.
    Blur(f64),
    /// Finest band energy.
    Noise(f64),
    /// Precision, and its floor.
    BesideFaces(f64, f64),
    /// Recall, and its floor.
    FewKinds(f64, f64),
    /// Neighbour ratio.
    Copies(f64),
}

/// What comes back of a face, and why not all of it; why nothing does, for a model without an encoder.
pub fn reconstruction(model: &ModelContent) -> String {
    let (name, k) = (&model.header.name, model.header.latent_dim);
    let Some((mse, psnr)) = model.evaluation.reconstruction.mse.zip(model.evaluation.reconstruction.psnr) else {
        let found = model.evaluation.way_back.as_ref().map(|found| format!(" What a search finds of {} stands below.", count(found.faces)));
        return format!(
            "{name} has no reconstructions: a generator leads from {k} random numbers to a face, and no encoder leads back, so there is no \
             code of a given face to decode.{}",
            found.unwrap_or_default()
        );
    };
    let numbers = model.header.size * model.header.size * 3;
    let kept = format!("{name} keeps {k} of {} numbers and errs by {} ({} dB)", count(numbers), number(mse), number(psnr));
    let Some(ssim) = model.evaluation.reconstruction.ssim else { return format!("{kept}.") };
    let structure = match ssim {
        ssim if ssim >= SSIM.0 => "structure is kept",
        ssim if ssim >= SSIM.1 => "structure is kept in part",
        _ => "much of the structure is lost",
    };
    let causes = causes_of(model.header.kind);
    let cause = if ssim >= SSIM.0 { causes.structure_kept } else { causes.structure_lost };
    format!("{kept}; with a similarity (SSIM) of {} {structure}: {cause}.", number(ssim))
}

/// What the samples of a model lack most, and why.
pub fn samples(model: &ModelContent) -> String {
    let found = &model.evaluation;
    let distance = ratio(found.samples.figures.swd_r.mean(), found.samples.floor.swd_r.mean());
    let begin = match distance {
        Some(distance) => format!(
            "{}: their distance from real faces (SWD-R) is {} of as many training faces",
            model.header.name,
            times_the_floor(distance)
        ),
        None => format!("{}: there is no floor to compare their distance with", model.header.name),
    };
    match weakness(model) {
        None => format!("{begin}; sharpness, precision, recall and neighbours are all close to what real faces reach."),
        Some(weakness) => format!("{begin}; {}.", told(weakness, model)),
    }
}

fn times_the_floor(distance: f64) -> String {
    if distance <= 1.03 { "that".to_owned() } else { format!("{} times that", number(distance)) }
}

/// The largest weakness in proportion.
fn weakness(model: &ModelContent) -> Option<Weakness> {
    let found = &model.evaluation;
    let below = |share: Option<f64>, floor: Option<f64>| {
        let part = ratio(share, floor).filter(|part| *part < SHARE)?;
        Some((1.0 - part, share?, floor?))
    };
    let energy = found.samples.figures.band_energy.finest();
    let found = [
        energy.filter(|energy| *energy < ENERGY.0).map(|energy| (1.0 - energy, Weakness::Blur(energy))),
        energy.filter(|energy| *energy > ENERGY.1).map(|energy| (energy - 1.0, Weakness::Noise(energy))),
        below(found.samples.figures.precision, found.samples.floor.precision)
            .map(|(size, share, floor)| (size, Weakness::BesideFaces(share, floor))),
        below(found.samples.figures.recall, found.samples.floor.recall)
            .map(|(size, share, floor)| (size, Weakness::FewKinds(share, floor))),
        // Copies make every other figure worthless.
        found.samples.neighbour_ratio.filter(|ratio| *ratio < COPIES).map(|ratio| (2.0 - ratio, Weakness::Copies(ratio))),
    ];
    found.into_iter().flatten().max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, weakness)| weakness)
}

fn told(weakness: Weakness, model: &ModelContent) -> String {
    let causes = causes_of(model.header.kind);
    match weakness {
        Weakness::Blur(energy) => {
            let cause = causes.blurred;
            format!("most of all they are blurred, with {} of the finest detail of real faces: {cause}", percent(energy))
        }
        Weakness::Noise(energy) => {
            let cause = causes.rough;
            format!("most of all they are too rough, with {} of the finest detail of real faces: {cause}", percent(energy))
        }
        Weakness::BesideFaces(share, floor) => {
            let Some(cause) = causes.astray else { return beside_codes(share, floor, model) };
            format!("most of all they stray: {} lie among real faces where {} of real ones do: {cause}", percent(share), percent(floor))
        }
        Weakness::FewKinds(share, floor) => {
            let cause = causes.alike;
            let few = if is_short_of_faces(model) {
                format!(", and {} training faces are few for {} axes", count(model.evaluation.training_faces), model.header.latent_dim)
            } else {
                String::new()
            };
            format!(
                "most of all they lack variety: {} of real faces lie among them where {} could: {cause}{few}",
                percent(share),
                percent(floor)
            )
        }
        Weakness::Copies(ratio) => format!(
            "but they stand at {} of the distance that other faces keep from the {} training faces: too few faces for its size, which it \
             knows by heart",
            percent(ratio),
            count(model.evaluation.training_faces)
        ),
    }
}

/// Why an autoencoder's samples lie beside faces: holes, if the codes show any.
fn beside_codes(share: f64, floor: f64, model: &ModelContent) -> String {
    let cause = match model.codes {
        Some(codes) if codes.mixture > codes.gaussian => format!(
            "they are drawn from one Gaussian, which covers the holes between codes; a mixture of {} makes held-out codes {} nats likelier",
            codes.components,
            number(codes.mixture - codes.gaussian)
        ),
        Some(_) => {
            "one Gaussian describes the codes as well as a mixture, so it is the decoder that averages what it has seen little of".into()
        }
        None => "they are drawn from one Gaussian, which covers the holes between codes too, where the decoder was never trained".into(),
    };
    format!("most of all they stray: {} lie among real faces where {} of real ones do: {cause}", percent(share), percent(floor))
}

fn is_short_of_faces(model: &ModelContent) -> bool {
    let faces = model.evaluation.training_faces;
    faces > 0 && faces < FACES_FOR_AN_AXIS * model.header.latent_dim
}

/// Who is sharpest and who is most blurred.
pub fn blur(models: &[ModelContent]) -> Option<String> {
    let mut found: Vec<(f64, &ModelContent)> =
        models.iter().filter_map(|model| Some((model.evaluation.samples.figures.band_energy.finest()?, model))).collect();
    found.sort_by(|a, b| (a.0 - 1.0).abs().total_cmp(&(b.0 - 1.0).abs()));
    let ((best, closest), (worst, farthest)) = (*found.first()?, *found.last()?);
    let what = match worst {
        energy if energy < ENERGY.0 => "is blurred",
        energy if energy > ENERGY.1 => "is too rough",
        _ => "is close to real faces as well",
    };
    let is_close = (ENERGY.0..=ENERGY.1).contains(&worst);
    let cause = if is_close { "no model loses much of any scale" } else { causes_of(farthest.header.kind).finest };
    let coarse = farthest.evaluation.samples.figures.band_energy.0.last().and_then(|(_, energy)| *energy);
    let coarse = coarse.map(|coarse| format!(" (at the coarsest scale {})", percent(coarse))).unwrap_or_default();
    let (best_name, worst_name) = (&closest.header.name, &farthest.header.name);
    if found.len() == 1 {
        return Some(format!("{worst_name} has {} of the finest detail of real faces{coarse} and {what}: {cause}.", percent(worst)));
    }
    Some(format!(
        "{best_name} comes closest to the finest detail of real faces ({}); {worst_name}, with {}{coarse}, {what}: {cause}.",
        percent(best),
        percent(worst)
    ))
}

/// Who copies training faces.
pub fn copies(models: &[ModelContent]) -> Option<String> {
    let mut found: Vec<(f64, &ModelContent)> =
        models.iter().filter_map(|model| Some((model.evaluation.samples.neighbour_ratio?, model))).collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ((nearest, model), (farthest, other)) = (*found.first()?, *found.last()?);
    let (name, faces) = (&model.header.name, count(model.evaluation.training_faces));
    Some(if nearest < COPIES {
        format!(
            "Samples of {name} are nearer to training faces than new faces are (ratio {}): it copies, as {faces} training faces are few \
             for what it can remember.",
            number(nearest)
        )
    } else if farthest > AWAY {
        format!(
            "No model copies; samples of {} lie farther from the {faces} training faces than new faces do (ratio {}), away from all of \
             them, in holes or beyond the edge of what was learned.",
            other.header.name,
            number(farthest)
        )
    } else {
        // Blurred faces lie nearer to everything.
        let because = if model.evaluation.samples.figures.band_energy.finest().is_some_and(|energy| energy < ENERGY.0) {
            "as blurred samples lie nearer to all faces, that is no sign of copying"
        } else {
            "samples are as new as faces that no model has seen"
        };
        format!("The lowest ratio is that of {name}, {}, beside {faces} training faces: {because}.", number(nearest))
    })
}

/// Who is best at what, from the best of each row of the table.
pub fn table(models: &[ModelContent]) -> Option<String> {
    let best = |figure: fn(&SetFigures) -> Option<f64>, target: Target| {
        best_by(models, &|model| figure(&model.evaluation.samples.figures), target)
    };
    let like_faces = best(|set| set.swd_r.mean(), Target::Least)?;
    let sharp = best(|set| set.band_energy.finest(), Target::One);
    let precise = best(|set| set.precision, Target::Most);
    let varied = best(|set| set.recall, Target::Most);
    let name = |at: usize| models[at].header.name.clone();
    if models.len() == 1 {
        let found = &models[0].evaluation;
        let distance = ratio(found.samples.figures.swd_r.mean(), found.samples.floor.swd_r.mean())?;
        return Some(format!(
            "{}: its samples are at {} the distance (SWD-R) that real faces keep from each other.",
            name(0),
            times(distance)
        ));
    }
    let titles = [("sharpest", sharp), ("most faithful (precision)", precise), ("most varied (recall)", varied)];
    let (own, others): (Vec<_>, Vec<_>) =
        titles.into_iter().filter_map(|(title, at)| Some((title, at?))).partition(|(_, at)| *at == like_faces);
    let own: Vec<String> = own.into_iter().map(|(title, _)| title.to_owned()).collect();
    let others: Vec<String> = others.into_iter().map(|(title, at)| format!("{} the {title}", name(at))).collect();
    let found = &models[like_faces].evaluation;
    let distance = ratio(found.samples.figures.swd_r.mean(), found.samples.floor.swd_r.mean())
        .map(|distance| format!(", {} times the floor", number(distance)));
    let first = format!("Samples of {} are least distant from real faces (SWD-R{})", name(like_faces), distance.unwrap_or_default());
    Some(match (own.is_empty(), others.is_empty()) {
        (_, true) => format!("{first} and also the {}: no other model trades one figure for another.", listed(&own)),
        (true, false) => {
            format!("{first}, while {}: the figures measure different weaknesses, and no model has the fewest of all.", listed(&others))
        }
        (false, false) => format!(
            "{first} and also the {}; but {}: what one way of learning gains in one figure it pays for in another.",
            listed(&own),
            listed(&others)
        ),
    })
}

/// The best value of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The less, the better.
    Least,
    /// The more, the better.
    Most,
    /// The nearer to 1, the better.
    One,
}

/// Which of some models is best by a figure; `None` where fewer than one has it.
pub fn best_by(models: &[ModelContent], figure: &dyn Fn(&ModelContent) -> Option<f64>, target: Target) -> Option<usize> {
    let loss = |value: f64| match target {
        Target::Least => value,
        Target::Most => -value,
        Target::One => (value - 1.0).abs(),
    };
    let found = models.iter().enumerate().filter_map(|(at, model)| Some((at, loss(figure(model).filter(|value| value.is_finite())?))));
    found.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::ModelKind;
    use crate::report::content::CodeLikelihood;
    use crate::report::content::example::model;

    fn with(kind: ModelKind, change: impl FnOnce(&mut ModelContent)) -> ModelContent {
        let mut model = model(kind);
        change(&mut model);
        model
    }

    fn energy(model: &mut ModelContent, energy: f64) {
        model.evaluation.samples.figures.band_energy.0[0].1 = Some(energy);
    }

    #[test]
    fn the_largest_weakness_is_told_with_its_cause() {
        let fine = samples(&with(ModelKind::Pca, |model| energy(model, 0.95)));
        assert!(fine.contains("close to what real faces reach") && fine.contains("2.00 times"), "{fine}");
        let blurred = |kind| samples(&with(kind, |model| energy(model, 0.5)));
        assert!(blurred(ModelKind::Pca).contains("50 %") && blurred(ModelKind::Pca).contains("linear superposition"));
        assert!(blurred(ModelKind::Autoencoder).contains("squared error makes the decoder average"));
        assert!(blurred(ModelKind::Gan).contains("critic does not press"));
        let collapsed = samples(&with(ModelKind::Gan, |model| model.evaluation.samples.figures.recall = Some(0.2)));
        assert!(collapsed.contains("mode collapse") && collapsed.contains("20 %") && collapsed.contains("90 %"), "{collapsed}");
        let copying = samples(&with(ModelKind::Gan, |model| model.evaluation.samples.neighbour_ratio = Some(0.1)));
        assert!(copying.contains("100 training faces") && copying.contains("by heart"), "{copying}");
    }

    #[test]
    fn holes_between_codes_are_a_cause_where_the_codes_show_them() {
        let told = |mixture: f64| {
            samples(&with(ModelKind::Autoencoder, |model| {
                model.evaluation.samples.figures.precision = Some(0.3);
                model.codes = Some(CodeLikelihood { gaussian: -5.0, mixture, components: 10, training_codes: 9, held_out_codes: 9 });
            }))
        };
        assert!(told(-3.0).contains("holes between codes") && told(-3.0).contains("2.00 nats"), "{}", told(-3.0));
        assert!(told(-6.0).contains("it is the decoder that averages"));
    }

    #[test]
    fn reconstructions_are_judged_by_their_structure() {
        let told = |kind, ssim| reconstruction(&with(kind, |model| model.evaluation.reconstruction.ssim = ssim));
        assert!(told(ModelKind::Pca, Some(0.5)).contains("much of the structure is lost: a linear superposition"));
        assert!(
            told(ModelKind::Autoencoder, Some(0.7)).contains("in part") && told(ModelKind::Autoencoder, Some(0.7)).contains("averaging")
        );
        assert!(told(ModelKind::Autoencoder, Some(0.9)).contains("structure is kept: its codes"));
        assert!(told(ModelKind::Pca, None).ends_with("(20.0 dB)."));
        assert!(reconstruction(&model(ModelKind::Gan)).contains("no encoder leads back"));
    }

    #[test]
    fn models_are_ranked_by_their_figures() {
        let pair =
            |pca: f64, gan: f64| [with(ModelKind::Pca, |model| energy(model, pca)), with(ModelKind::Gan, |model| energy(model, gan))];
        let told = blur(&pair(0.5, 0.9)).unwrap();
        assert!(told.contains("gan-test comes closest") && told.contains("pca-test, with 50 %") && told.contains("is blurred"), "{told}");
        assert!(blur(&pair(0.98, 1.5)).unwrap().contains("gan-test, with 150 %"));
        assert!(blur(&pair(0.98, 0.9)).unwrap().contains("no model loses much"));
        assert!(blur(&pair(0.5, 0.9)[..1]).unwrap().starts_with("pca-test has 50 %"));
        assert_eq!(blur(&[]), None);
    }

    #[test]
    fn copies_and_strangers_are_told_apart() {
        let told = |ratio| copies(&[with(ModelKind::Gan, |model| model.evaluation.samples.neighbour_ratio = Some(ratio))]).unwrap();
        assert!(told(0.3).contains("it copies") && told(1.4).contains("No model copies") && told(1.0).contains("as new as faces"));
        let blurred = with(ModelKind::Pca, |model| {
            energy(model, 0.5);
            model.evaluation.samples.neighbour_ratio = Some(0.9);
        });
        assert!(copies(&[blurred]).unwrap().contains("no sign of copying"));
    }

    #[test]
    fn the_table_says_who_is_best_at_what() {
        let mut models = [with(ModelKind::Pca, |model| energy(model, 0.5)), model(ModelKind::Gan)];
        models[1].evaluation.samples.figures.swd_r.0[2].1 = Some(6.0);
        models[1].evaluation.samples.figures.precision = Some(0.85);
        models[1].evaluation.samples.figures.recall = Some(0.85);
        let all = table(&models).unwrap();
        assert!(all.contains("gan-test are least distant") && all.contains("1.50 times") && all.contains("no other model trades"), "{all}");
        models[0].evaluation.samples.figures.recall = Some(0.88);
        let some = table(&models).unwrap();
        assert!(some.contains("but pca-test the most varied"), "{some}");
        models[1].evaluation.samples.figures.swd_r.0[2].1 = Some(9.0);
        assert!(table(&models).unwrap().contains("pca-test are least distant"));
        assert!(table(&models[..1]).unwrap().contains("2.00 times the distance"), "{}", table(&models[..1]).unwrap());
        assert_eq!(best_by(&models, &|model| model.evaluation.reconstruction.mse, Target::Least), Some(0));
    }
}
