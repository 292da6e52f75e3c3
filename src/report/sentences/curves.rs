//! Sentences about curves over the number of axes: explained variance, likelihood, errors.

use super::causes::causes_of;
use crate::models::Density;
use crate::report::content::{CodeLikelihood, LikelihoodContent, ModelContent, PcaErrors};
use crate::report::html::{count, number, percent};

/// A first axis with more than this share dominates.
const DOMINATES: f64 = 0.2;
/// Codes that fill less than this share of their directions leave the others unused, and beyond the second value none matters.
const USED: (f64, f64) = (0.35, 0.7);
/// Bits per dimension that count as a difference.
const BITS: f64 = 0.01;
/// Nats per number of a code by which a mixture has to be better to show that codes come in clusters.
const NATS: f64 = 0.02;

/// What the shares of variance of a model show; `None` where there are none.
pub fn explained_variance(model: &ModelContent) -> Option<String> {
    let ratios: Vec<f64> = model.explained_variance_ratio.iter().map(|ratio| f64::from(*ratio)).collect();
    let (first, total) = (*ratios.first()?, ratios.iter().sum::<f64>());
    if total <= 0.0 {
        return None;
    }
    let (name, k) = (&model.header.name, ratios.len());
    if model.header.kind.facts().is_linear {
        let three: f64 = ratios.iter().take(3).sum();
        let cause = if first > DOMINATES {
            "the largest directions change the whole picture, light and background first, because squared error counts pixels and not \
             meaning"
        } else {
            "no single direction dominates, so that a linear superposition needs many axes at once for one change that a person would name"
        };
        let half = match axes_for(&ratios, 0.5) {
            Some(axes) => format!("half of the variance takes {axes} of {k} axes"),
            None => format!("not even all {k} axes hold half of the variance"),
        };
        let left = percent((1.0 - total).max(0.0));
        let (first, three) = (percent(first), percent(three));
        return Some(format!(
            "{name}: the first axis holds {first} of the variance, the first three {three}; {half}, and {left} lies beyond: {cause}."
        ));
    }
    // The participation ratio: as many equal axes would be as uneven.
    let used = total * total / ratios.iter().map(|ratio| ratio * ratio).sum::<f64>();
    let what = causes_of(model.header.kind).varies;
    let cause = match used / k as f64 {
        share if share < USED.0 => "most directions are hardly used, so that a shorter code would do as well",
        share if share > USED.1 => "the directions count almost alike, so that no single slider means much by itself",
        _ => "a few directions lead and the others refine, so that the first sliders mean most",
    };
    let (used, first) = (number(used), percent(first));
    Some(format!("{name}: its {what} vary along about {used} of {k} directions, and {first} of the variance lies on the first: {cause}."))
}

fn axes_for(ratios: &[f64], share: f64) -> Option<usize> {
    let mut sum = 0.0;
    let reached = ratios.iter().position(|ratio| {
        sum += ratio;
        sum >= share
    });
    reached.map(|at| at + 1)
}

/// What the likelihood of a PCA shows over its number of axes.
pub fn likelihood(content: &LikelihoodContent) -> String {
    let curve = &content.curve;
    let (best, faces) = (curve.best.components, count(curve.training_faces));
    let bits = number(curve.best.held_out.bits_per_dim);
    let gap = curve.best.held_out.bits_per_dim - curve.best.training.bits_per_dim;
    let Some(last) = curve.points.last().filter(|_| !curve.at_edge) else {
        return format!(
            "Held-out faces cost the fewest bits, {bits} per number, with {best} axes, the most that {faces} training faces were measured \
             with: the maximum lies at the edge, so these faces do not show where more axes would begin to overfit (training faces cost \
             {} bits less)",
            number(gap)
        ) + ".";
    };
    let (rise, fall) =
        (last.held_out.bits_per_dim - curve.best.held_out.bits_per_dim, curve.best.training.bits_per_dim - last.training.bits_per_dim);
    let (most, rise_text) = (last.components, number(rise));
    if rise < BITS {
        return format!(
            "Held-out faces cost the fewest bits, {bits} per number, with {best} axes; up to {most} axes that hardly changes (by \
             {rise_text}), so {faces} training faces are enough to determine axes that neither help nor harm."
        );
    }
    let cause = if curve.training_faces < 10 * most {
        format!("few faces: {faces} do not determine {most} axes, and those beyond the best describe what only the training faces have")
    } else {
        format!("the axes beyond describe noise of the {faces} training faces, which held-out faces do not share")
    };
    format!(
        "Held-out faces cost the fewest bits, {bits} per number, with {best} axes; with {most} they cost {rise_text} more while training \
         faces cost {} less. This is overfitting: {cause}.",
        number(fall)
    )
}

/// Why a model has a likelihood of pictures, or none.
pub fn density(model: &ModelContent) -> String {
    let name = &model.header.name;
    match (model.header.kind.facts().density, model.evaluation.likelihood.bits_per_dim) {
        (Density::Pictures, Some(bits)) => {
            // A uniform density over grey values costs 8 bits.
            let saved = percent(1.0 - bits / 8.0);
            format!(
                "{name} is a Gaussian over whole pictures, so held-out faces have an exact likelihood: {} bits per number, {saved} less \
                 than the 8 of the raw picture.",
                number(bits)
            )
        }
        (Density::Pictures, None) => format!(
            "{name} leaves no variance beside its axes, so that a face next to them has no density: it needs fewer axes or more faces."
        ),
        (Density::Codes, _) => format!(
            "{name} has no likelihood of pictures: its decoder reaches a surface of {} dimensions inside {} numbers, and a picture \
             beside it has no density. What can be judged is how likely the codes of held-out faces are.",
            model.header.latent_dim,
            count(model.header.size * model.header.size * 3)
        ),
        (Density::None, _) => format!(
            "{name} has no likelihood: its generator turns {} random numbers into pictures and cannot be asked how probable a given \
             picture is; it was trained by a critic and not by likelihood, so it is judged by its samples.",
            model.header.latent_dim
        ),
    }
}

/// What the likelihood of held-out codes shows.
pub fn code_likelihood(name: &str, dim: usize, codes: &CodeLikelihood) -> String {
    let gain = codes.mixture - codes.gaussian;
    let found = format!(
        "{name}: codes of {} held-out faces have a log-likelihood of {} nats under one Gaussian and of {} under a mixture of {}",
        count(codes.held_out_codes),
        number(codes.gaussian),
        number(codes.mixture),
        codes.components
    );
    let cause = if gain > NATS * dim as f64 {
        format!(
            "the mixture gains {}, so codes come in clusters with holes between codes, and a Gaussian draws samples from these holes",
            number(gain)
        )
    } else if gain < -NATS * dim as f64 {
        format!("the mixture loses {}: {} codes are few for so many Gaussians, and it overfits", number(-gain), count(codes.training_codes))
    } else {
        format!(
            "the difference of {} is small, so the codes fill one Gaussian and holes between codes are not what spoils samples",
            number(gain)
        )
    };
    format!("{found}: {cause}.")
}

/// What errors show over the number of axes, with autoencoders of the same size beside them.
pub fn errors_over_axes(errors: &PcaErrors, models: &[ModelContent]) -> Option<String> {
    let is_beside = |model: &&ModelContent| {
        model.header.kind.facts().has_encoder && !model.header.kind.facts().is_linear && model.header.size == errors.size
    };
    let found: Vec<String> = models.iter().filter(is_beside).filter_map(|model| beside_pca(errors, model)).collect();
    if !found.is_empty() {
        return Some(found.join(" "));
    }
    let ((first_k, first), (last_k, last)) = (*errors.points.first()?, *errors.points.last()?);
    let half = errors.axes_for(first / 2.0);
    let half = half.map_or_else(|| format!("not halved by {last_k} axes"), |axes| format!("halved by {axes} axes"));
    let last_share = percent(1.0 - last / first);
    Some(format!(
        "The error falls from {} with {first_k} to {} with {last_k} axes ({last_share} less) and is {half}: every axis of a linear \
         superposition takes away a share of what is left, and fine detail is spread over very many.",
        number(first),
        number(last)
    ))
}

fn beside_pca(errors: &PcaErrors, model: &ModelContent) -> Option<String> {
    let (mse, k) = (model.evaluation.reconstruction.mse?, model.header.latent_dim);
    let pca = errors.at(k)?;
    let as_pca = errors.axes_for(mse).map_or_else(
        || format!("lower than PCA reaches with {} axes", errors.points.last().map_or(0, |(most, _)| *most)),
        |axes| format!("what PCA needs {axes} axes for"),
    );
    let change = mse / pca - 1.0;
    let (than, cause) = match change {
        change if change < -0.1 => (
            format!("{} less than", percent(-change)),
            "its surface is curved, so that one number can move an edge that a linear superposition only fades in and out",
        ),
        change if change <= 0.1 => (
            "about the same as".to_owned(),
            "the network has not found more than the linear superposition that is best for squared error, which more training or width may",
        ),
        change if overfits(model) => (
            format!("{} more than", percent(change)),
            "it does better on its training faces than on held-out ones: it overfits, and more faces or weight decay would help",
        ),
        change => (
            format!("{} more than", percent(change)),
            "PCA is the best linear map for squared error, and this network was too small or stopped too early to use its curvature",
        ),
    };
    let name = &model.header.name;
    Some(format!("With {k} numbers {name} errs by {}, {than} PCA ({}), {as_pca}: {cause}.", number(mse), number(pca)))
}

fn overfits(model: &ModelContent) -> bool {
    model.run.as_ref().and_then(super::learning::held_out_over_training).is_some_and(|ratio| ratio > super::learning::OVERFITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{CurvePoint, Likelihood, LikelihoodCurve};
    use crate::models::ModelKind;
    use crate::report::content::example::model;

    fn curve(bits: &[(usize, f64, f64)], best: usize, training_faces: usize) -> LikelihoodContent {
        let of = |bits_per_dim| Likelihood { log_likelihood: 0.0, bits_per_dim };
        let points: Vec<CurvePoint> = bits
            .iter()
            .map(|(components, training, held_out)| CurvePoint {
                components: *components,
                training: of(*training),
                held_out: of(*held_out),
            })
            .collect();
        let (best, at_edge) = (points[best], best + 1 == points.len());
        LikelihoodContent { size: 32, curve: LikelihoodCurve { points, best, at_edge, training_faces, held_out_faces: 9 } }
    }

    #[test]
    fn likelihood_names_the_edge_and_overfitting() {
        assert!(likelihood(&curve(&[(1, 4.0, 4.1), (8, 3.0, 3.2)], 1, 900)).contains("at the edge"));
        let few = likelihood(&curve(&[(1, 4.0, 4.1), (8, 3.0, 3.2), (64, 2.0, 3.9)], 1, 90));
        assert!(few.contains("few faces: 90") && few.contains("8 axes") && few.contains("0.700 more"), "{few}");
        let many = likelihood(&curve(&[(1, 4.0, 4.1), (8, 3.0, 3.2), (64, 2.0, 3.9)], 1, 9000));
        assert!(many.contains("noise of the 9,000"), "{many}");
        assert!(likelihood(&curve(&[(8, 3.0, 3.2), (64, 3.0, 3.201)], 0, 9000)).contains("neither help nor harm"));
    }

    #[test]
    fn variance_tells_dominant_and_unused_directions() {
        let mut pca = model(ModelKind::Pca);
        let dominated = explained_variance(&pca).unwrap();
        assert!(dominated.contains("40 %") && dominated.contains("light and background") && dominated.contains("2 of 4"), "{dominated}");
        pca.explained_variance_ratio = vec![0.05; 4];
        assert!(explained_variance(&pca).unwrap().contains("no single direction dominates"));
        let mut coder = model(ModelKind::Autoencoder);
        coder.explained_variance_ratio = vec![0.25; 4];
        assert!(explained_variance(&coder).unwrap().contains("almost alike"));
        coder.explained_variance_ratio = vec![0.97, 0.01, 0.01, 0.01];
        assert!(explained_variance(&coder).unwrap().contains("hardly used"));
        coder.explained_variance_ratio.clear();
        assert_eq!(explained_variance(&coder), None);
    }

    #[test]
    fn errors_beside_pca_name_their_cause() {
        let errors = PcaErrors { size: 32, points: vec![(1, 0.04), (4, 0.02), (16, 0.008)], psnr: Vec::new(), training_faces: 9 };
        let mut coder = model(ModelKind::Autoencoder);
        let told = |coder: &ModelContent| errors_over_axes(&errors, std::slice::from_ref(coder)).unwrap();
        assert!(
            told(&coder).contains("50 % less than PCA") && told(&coder).contains("16 axes") && told(&coder).contains("curved"),
            "{}",
            told(&coder)
        );
        coder.evaluation.reconstruction.mse = Some(0.021);
        assert!(told(&coder).contains("about the same"), "{}", told(&coder));
        coder.evaluation.reconstruction.mse = Some(0.03);
        assert!(told(&coder).contains("too small or stopped too early"), "{}", told(&coder));
        let alone = errors_over_axes(&errors, &[]).unwrap();
        assert!(alone.contains("80 % less") && alone.contains("halved by 4 axes"), "{alone}");
    }

    #[test]
    fn codes_in_clusters_are_told_from_those_of_one_gaussian() {
        let told = |mixture| {
            let codes = CodeLikelihood { gaussian: -10.0, mixture, components: 10, training_codes: 400, held_out_codes: 50 };
            code_likelihood("coder", 64, &codes)
        };
        assert!(told(-7.0).contains("gains 3.00, so codes come in clusters"), "{}", told(-7.0));
        assert!(told(-10.5).contains("is small"), "{}", told(-10.5));
        assert!(told(-14.0).contains("400 codes are few"), "{}", told(-14.0));
    }

    #[test]
    fn every_kind_says_why_it_has_a_likelihood_or_none() {
        assert!(density(&model(ModelKind::Pca)).contains("50 % less than the 8"), "{}", density(&model(ModelKind::Pca)));
        assert!(density(&model(ModelKind::Autoencoder)).contains("surface of 4 dimensions inside 3,072"));
        assert!(density(&model(ModelKind::Gan)).contains("by a critic and not by likelihood"));
    }
}
