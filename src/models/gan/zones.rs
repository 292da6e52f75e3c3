//! Latents that differ from zone to zone: what happens where the picture enters the blocks of the next zone.
//!
//! The generator takes its latent at 4x4 only. So a latent of a later zone speaks through the statistics that its own picture has where
//! that zone begins, beside those of the latent that counted before (after Huang and Belongie 2017, Arbitrary Style Transfer in Real-time
//! with Adaptive Instance Normalization): layout stays, and colours, light and texture change. Where two zones agree, nothing is done at
//! all, so that what acts everywhere changes no bit; and as only differences count, nothing jumps where they begin to differ.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::latent::Zone;
use crate::models::Zoning;

/// Added to variances: a channel that is flat takes over no pattern.
const LEAST_VARIANCE: f32 = 1e-5;
/// No channel comes to vary more than so many times what it did, or what it does with the new latent alone: where it is nearly flat with the
/// latent before, their ratio says nothing.
const MOST_GAIN: f32 = 2.0;

/// Features with their means and standard deviations, channel by channel, moved as they move from `before` to `now`, which are what the latent
/// that counted so far and the next one make by themselves at the same place: [N, C, H, W]. Features that are `before` themselves have those
/// of `now`; where `before` and `now` agree, nothing changes.
pub(super) fn restyled<B: Backend>(features: Tensor<B, 4>, before: Tensor<B, 4>, now: Tensor<B, 4>) -> Tensor<B, 4> {
    let (mean, deviation) = statistics(features.clone()); // [N, C, 1, 1]
    let (mean_before, deviation_before) = statistics(before); // [N, C, 1, 1]
    let (mean_now, deviation_now) = statistics(now); // [N, C, 1, 1]
    let most = (deviation_now.clone() / deviation).clamp_min(1.0) * MOST_GAIN;
    let scale = (deviation_now / deviation_before).min_pair(most);
    (features - mean.clone()) * scale + (mean + (mean_now - mean_before))
}

/// Means and standard deviations over all pixels: [N, C, H, W] -> [N, C, 1, 1] each.
fn statistics<B: Backend>(features: Tensor<B, 4>) -> (Tensor<B, 4>, Tensor<B, 4>) {
    let over_pixels = |features: Tensor<B, 4>| features.mean_dim(2).mean_dim(3);
    let mean = over_pixels(features.clone());
    let variance = over_pixels((features - mean.clone()).powi_scalar(2));
    (mean, (variance + LEAST_VARIANCE).sqrt())
}

/// Where a face gets another latent: the stage at which a zone begins, and which of the latents, in the order of [`Zone::PARTS`].
pub(super) type Entry = (usize, usize);

/// Sorts faces by the zones at which their latents change: for each set of changes, the faces (counted from 0) that have it, ascending.
/// `codes`: for each part, row-major [N, `dim`].
pub(super) fn by_changes(codes: [&[f32]; 3], dim: usize, zoning: Zoning) -> BTreeMap<Vec<Entry>, Vec<usize>> {
    let row = |part: usize, face: usize| &codes[part][face * dim..][..dim];
    let places: Vec<Entry> =
        Zone::PARTS.into_iter().enumerate().map(|(part, zone)| (zoning.stages_of(zone), part)).skip(1).filter_map(begins).collect();
    let mut found = BTreeMap::<Vec<Entry>, Vec<usize>>::new();
    for face in 0..codes[0].len() / dim {
        let mut before = 0;
        let is_change = |(_, part): &&Entry| row(std::mem::replace(&mut before, *part), face) != row(*part, face);
        let changes = places.iter().filter(is_change).copied().collect();
        found.entry(changes).or_default().push(face);
    }
    found
}

/// The stage at which a zone begins; `None` for a zone without stages.
fn begins((stages, part): (std::ops::Range<usize>, usize)) -> Option<Entry> {
    (!stages.is_empty()).then_some((stages.start, part))
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::backend::Cpu;
    use crate::data::Faces;
    use crate::latent::{Latent, LatentSampler, ZonedLatent, Zones};
    use crate::models::gan::{GanConfig, GanModel, Generator};
    use crate::models::{FaceModel, NetworkConfig, catalog};

    /// The generator that ships.
    fn shipped() -> GanModel<Cpu> {
        let stored = catalog::resolve("gan-celeba32").unwrap();
        let Some(NetworkConfig::Gan(config)) = stored.header.network.clone() else { panic!("it is a GAN") };
        GanModel::new(&stored, &config, Default::default()).unwrap()
    }

    fn samples(model: &dyn FaceModel, count: usize) -> Vec<Latent> {
        let mut sampler = LatentSampler::new(3, 0.7);
        (0..count).map(|_| sampler.sample(model.frame().dim())).collect()
    }

    /// Latents that are moved along an axis in a zone.
    fn moved(latents: &[Latent], axis: usize, amount: f32, zone: Zone) -> Vec<ZonedLatent> {
        let moved = |latent: &Latent| {
            let mut zoned = ZonedLatent::of(latent, &Zones::default());
            zoned.shift(axis, amount, zone);
            zoned
        };
        latents.iter().map(moved).collect()
    }

    fn largest_difference(a: &Faces, b: &Faces) -> u8 {
        a.pixels().iter().zip(b.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    }

    #[test]
    fn where_zones_agree_faces_are_those_of_the_plain_path_to_the_byte() {
        let model = shipped();
        let latents = samples(&model, 40);
        let plain = model.decode_latents(&latents);
        for (amount, zone) in [(0.0, Zone::Fine), (0.0, Zone::Whole)] {
            assert_eq!(model.decode_zoned_latents(&moved(&latents, 2, amount, zone)).unwrap(), plain, "{zone:?}");
        }
        let everywhere: Vec<Latent> = moved(&latents, 2, 1.5, Zone::Whole).iter().map(|zoned| zoned.parts()[0].clone()).collect();
        let zoned = model.decode_zoned_latents(&moved(&latents, 2, 1.5, Zone::Whole)).unwrap();
        assert_eq!(zoned, model.decode_latents(&everywhere));
        // Beside others that are edited, and those stand where they belong.
        let mut mixed = moved(&latents[..20], 2, 2.0, Zone::Fine);
        mixed.extend(moved(&latents[20..], 2, 0.0, Zone::Fine));
        mixed.swap(3, 30);
        let mixed = model.decode_zoned_latents(&mixed).unwrap();
        // Alone they go through in another batch, which may round otherwise.
        let differ = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        let plain = |at: usize| model.decode_latents(&latents[at..=at]).face(0).to_vec();
        assert!(differ(mixed.face(3), &plain(30)) <= 1 && differ(mixed.face(39), &plain(39)) <= 1);
        let edited = model.decode_zoned_latents(&moved(&latents[3..4], 2, 2.0, Zone::Fine)).unwrap();
        assert!(differ(mixed.face(30), edited.face(0)) <= 1);
        assert!(differ(edited.face(0), &plain(3)) > 20, "which is another face than without the edit");
    }

    #[test]
    fn a_slider_of_a_zone_is_continuous() {
        let model = shipped();
        let latents = samples(&model, 4);
        for zone in Zone::PARTS {
            let at = |amount: f32| model.decode_zoned_latents(&moved(&latents, 1, amount, zone)).unwrap();
            assert!(largest_difference(&at(0.0), &at(0.001)) <= 3, "{zone:?}: it begins without a jump");
            let way: Vec<Faces> = (0..=200).map(|step| at(step as f32 * 0.005)).collect();
            let largest = way.windows(2).map(|pair| largest_difference(&pair[0], &pair[1])).max().unwrap();
            assert!(largest < 20, "{zone:?}: a step changes a pixel by {largest}");
            assert!(largest_difference(&way[0], &way[200]) > 12, "{zone:?}: and it leads somewhere");
        }
    }

    #[test]
    fn a_slider_is_continuous_whatever_other_axes_do_in_other_zones() {
        let model = shipped();
        let latents = samples(&model, 4);
        for (held, zone) in Zone::PARTS.into_iter().flat_map(|held| Zone::PARTS.map(|zone| (held, zone))) {
            let at = |amount: f32| {
                let mut zoned = moved(&latents, 0, 2.0, held);
                zoned.iter_mut().for_each(|latent| latent.shift(1, amount, zone));
                model.decode_zoned_latents(&zoned).unwrap()
            };
            for amount in [-2.0, -0.0001, 0.0, 0.5, 2.0] {
                let largest = largest_difference(&at(amount), &at(amount + 0.0001));
                assert!(largest <= 2, "axis 1 at 2 sigma, {held:?}; axis 2 at {amount}, {zone:?}: a pixel jumps by {largest}");
            }
            assert!(largest_difference(&at(0.0), &at(2.0)) > 12, "{held:?}, {zone:?}: and it leads somewhere");
        }
    }

    /// How alike two pictures are when they are made small: the correlation of their pixels.
    fn likeness(a: &Faces, b: &Faces) -> f64 {
        let [a, b] = [a, b].map(|faces| faces.resized(8).pixels().iter().map(|pixel| f64::from(*pixel)).collect::<Vec<f64>>());
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (mean_a, mean_b) = (mean(&a), mean(&b));
        let product = |x: &[f64], mx: f64, y: &[f64], my: f64| x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>();
        product(&a, mean_a, &b, mean_b) / (product(&a, mean_a, &a, mean_a) * product(&b, mean_b, &b, mean_b)).sqrt()
    }

    #[test]
    fn fine_and_middle_leave_the_layout_that_coarse_changes() {
        let model = shipped();
        let mean_likeness = |zone| {
            let each = (0..6).flat_map(|axis| samples(&model, 4).into_iter().map(move |latent| (axis, latent)).collect::<Vec<_>>());
            let of = |(axis, latent): (usize, Latent)| {
                let edited = model.decode_zoned_latents(&moved(std::slice::from_ref(&latent), axis, 2.5, zone)).unwrap();
                likeness(&edited, &model.decode_latents(&[latent]))
            };
            each.map(of).sum::<f64>() / 24.0
        };
        let [coarse, middle, fine] = Zone::PARTS.map(mean_likeness);
        assert!(fine > coarse + 0.1 && middle > coarse + 0.1, "coarse {coarse}, middle {middle}, fine {fine}");
    }

    #[test]
    fn every_size_of_network_has_its_zones() {
        for (size, widths) in [(8, vec![6, 5]), (16, vec![6, 5, 4]), (64, vec![6, 6, 5, 4, 4])] {
            let config = GanConfig { size, widths, latent_dim: 3, ..GanConfig::default() };
            let generator = Generator::<Cpu>::new(&config, 5, &Default::default());
            let latents = |numbers: [f32; 3]| Tensor::<Cpu, 2>::from_data([numbers], &Default::default());
            let (one, other) = (latents([0.3, -1.0, 0.6]), latents([-0.9, 0.2, 1.4]));
            let numbers = |pictures: Tensor<Cpu, 4>| pictures.into_data().into_vec::<f32>().unwrap();
            assert_eq!(numbers(generator.forward_zoned(one.clone(), &[])), numbers(generator.forward(one.clone())));
            let zoning = config.zoning();
            for zone in zoning.parts().skip(1) {
                let edited = numbers(generator.forward_zoned(one.clone(), &[(zoning.stages_of(zone).start, other.clone())]));
                assert_eq!(edited.len(), 3 * size * size);
                assert_ne!(edited, numbers(generator.forward(one.clone())), "{size} pixels, {zone:?}");
            }
        }
    }

    #[test]
    fn faces_are_sorted_by_where_their_latents_change() {
        let (a, b) = ([1.0_f32, 2.0], [1.0_f32, 3.0]);
        let codes = |rows: [[f32; 2]; 5]| rows.concat();
        let coarse = codes([a, a, a, a, a]);
        let middle = codes([a, b, a, b, b]);
        let fine = codes([a, b, b, a, b]);
        let found = by_changes([&coarse, &middle, &fine], 2, Zoning::of_stages(4));
        let wanted = [(vec![], vec![0]), (vec![(2, 1)], vec![1, 4]), (vec![(2, 1), (3, 2)], vec![3]), (vec![(3, 2)], vec![2])];
        assert_eq!(found, BTreeMap::from(wanted));
        let small = by_changes([&coarse, &middle, &fine], 2, Zoning::of_stages(2));
        assert_eq!(small, BTreeMap::from([(vec![], vec![0, 3]), (vec![(1, 2)], vec![1, 2, 4])]), "without a middle");
    }

    fn pixels(values: [f32; 4]) -> Tensor<Cpu, 4> {
        Tensor::from_data(TensorData::new(values.to_vec(), [1, 1, 2, 2]), &Default::default())
    }

    /// The values that [`restyled`] gives.
    fn values(features: [f32; 4], before: [f32; 4], now: [f32; 4]) -> Vec<f32> {
        restyled(pixels(features), pixels(before), pixels(now)).into_data().into_vec().unwrap()
    }

    fn assert_near(values: &[f32], wanted: [f32; 4]) {
        assert!(values.iter().zip(wanted).all(|(value, wanted)| (value - wanted).abs() < 1e-3 * wanted.abs().max(1.0)), "{values:?}");
    }

    #[test]
    fn statistics_move_as_they_do_from_latent_to_latent_and_the_pattern_stays() {
        let features = [1.0, 2.0, 3.0, 4.0];
        // Where no other edit came before, they become those of the new latent: the mean is 20, the deviation 10, as that of 1, 2, 3, 4 is
        // the root of 1.25.
        let new = [-1.5_f32, -0.5, 0.5, 1.5].map(|x| 20.0 + 10.0 * x / 1.25_f32.sqrt());
        assert_near(&values(features, features, [10.0, 10.0, 30.0, 30.0]), new);
        // Where one did, by as much: 3 more, and half as varied.
        assert_near(&values(features, [0.0, 0.0, 4.0, 4.0], [4.0, 4.0, 6.0, 6.0]), [-0.75, -0.25, 0.25, 0.75].map(|x| 5.5 + x));
        assert_near(&values(features, [7.0, 3.0, 3.0, 7.0], [7.0, 3.0, 3.0, 7.0]), features);
    }

    #[test]
    fn a_channel_that_was_flat_does_not_explode() {
        let features = [1.0, 2.0, 3.0, 4.0];
        // Twice what it was, as the new latent makes it vary less than that.
        assert_near(&values(features, [5.0; 4], [4.5, 4.5, 5.5, 5.5]), [-0.5, 1.5, 3.5, 5.5]);
        // Twice what the new latent makes of it, as that is more.
        let most = values(features, [5.0; 4], [-5.0, -5.0, 15.0, 15.0]);
        assert!((most[3] - most[0] - 3.0 * 2.0 * 10.0 / 1.25_f32.sqrt()).abs() < 0.1, "{most:?}");
        assert_near(&values([2.0; 4], [5.0; 4], [5.0; 4]), [2.0; 4]);
    }
}
