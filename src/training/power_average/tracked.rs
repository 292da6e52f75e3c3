//! The two averages that follow a network while it learns.
//!
//! Owns when they take a step and how far. They do so together with the network at first, and more rarely later, so that what one step adds
//! stays far below their lengths and costs next to nothing. Which tensors there are is the network's business.

use burn::module::Module;

use super::kept::KeptAverages;
use super::profile::{Profile, TRACKED};
use crate::backend::FaceBackend;
use crate::models::{WeightError, Weights};
use crate::training::ema::averaged;

/// Averages wait at most for this share of all faces seen, well below the shorter length.
const WAITS: u64 = 256;
/// And for at most so many steps of the network.
const MOST_STEPS: u64 = 8;

/// Two averages of a network, of the lengths that are tracked.
#[derive(Debug)]
pub struct PowerAverages<M> {
    /// Handed over whole at every step, so that weights change in place; there again after it.
    networks: Option<[M; 2]>,
    /// Faces that they have taken in.
    faces: u64,
    /// Faces since then.
    pending: u64,
}

impl<M: Clone> PowerAverages<M> {
    /// Averages that begin with this network, before its first face.
    pub fn new(network: M) -> Self {
        Self { networks: Some([network.clone(), network]), faces: 0, pending: 0 }
    }

    /// Begins anew with this network: with another one than before, as after it has grown.
    pub fn restart(&mut self, network: M) {
        *self = Self::new(network);
    }

    /// Changes both alike where the network changes without another face, as when new layers of it get a larger share.
    pub fn change(&mut self, change: impl FnMut(&mut M)) {
        self.networks.iter_mut().flatten().for_each(change);
    }

    /// Faces seen since they began.
    pub fn faces(&self) -> u64 {
        self.faces + self.pending
    }

    /// Takes in what a step on `batch` faces has made of the network, or leaves that to a later step.
    pub fn follow<B: FaceBackend>(&mut self, current: &M, batch: usize)
    where
        M: Module<B>,
    {
        let batch = batch as u64;
        self.pending += batch;
        if self.pending < (self.faces / WAITS).min(MOST_STEPS * batch) {
            return;
        }
        let (faces, time) = (self.pending as f64, self.faces() as f64);
        let [short, long] = self.networks.take().expect("every step gives the averages back");
        let moved = |average, length| averaged::<B, M>(average, current, Profile::decay(length, faces, time) as f32);
        self.networks = Some([moved(short, TRACKED[0]), moved(long, TRACKED[1])]);
        (self.faces, self.pending) = (self.faces(), 0);
    }

    /// As a checkpoint or a snapshot keeps them; `store` gives the weights of a network.
    pub fn kept(&self, store: impl Fn(&M) -> Weights) -> KeptAverages {
        let [short, long] = self.networks.as_ref().expect("every step gives the averages back");
        KeptAverages { faces: self.faces, pending: self.pending, weights: [store(short), store(long)] }
    }

    /// Takes them up where they were left; where nothing was kept, as earlier versions kept nothing, they begin with `network`.
    ///
    /// # Errors
    /// [`WeightError`] where `load` finds that they belong to another network.
    pub fn restored(
        kept: Option<&KeptAverages>,
        network: M,
        load: impl Fn(&Weights) -> Result<M, WeightError>,
    ) -> Result<Self, WeightError> {
        let Some(KeptAverages { faces, pending, weights: [short, long] }) = kept else { return Ok(Self::new(network)) };
        Ok(Self { networks: Some([load(short)?, load(long)?]), faces: *faces, pending: *pending })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Cpu;
    use crate::models::Precision;
    use crate::models::autoencoder::{Autoencoder, AutoencoderConfig};
    use crate::models::layers::{load_parameters, store_parameters};

    const CONFIG: AutoencoderConfig = AutoencoderConfig { size: 8, channels: 2, widest: 4, latent_dim: 3 };
    const NAME: &str = "decoder.to_picture.weight";

    fn network(seed: u64) -> Autoencoder<Cpu> {
        Autoencoder::new(&CONFIG, seed, &Default::default())
    }

    fn stored(network: &Autoencoder<Cpu>) -> Weights {
        let mut weights = Weights::default();
        store_parameters(network, Precision::Single, &mut weights);
        weights
    }

    fn load(weights: &Weights) -> Result<Autoencoder<Cpu>, WeightError> {
        load_parameters(network(0), weights)
    }

    #[test]
    fn the_first_network_counts_whole_and_the_longer_average_lags_behind() {
        let [first, second] = [1, 2].map(network);
        let mut averages = PowerAverages::new(network(3));
        averages.follow::<Cpu>(&first, 10);
        let kept = averages.kept(stored);
        assert_eq!((kept.faces, kept.pending), (10, 0));
        assert!(kept.weights.iter().all(|weights| *weights == stored(&first)), "what was before the first face is forgotten");
        for _ in 0..9 {
            averages.follow::<Cpu>(&first, 10);
        }
        averages.follow::<Cpu>(&second, 10);
        let kept = averages.kept(stored);
        let ([a, b], at) = ([stored(&first), stored(&second)], 5);
        for (weights, length) in kept.weights.iter().zip(TRACKED) {
            let decay = Profile::decay(length, 10.0, 110.0) as f32;
            let wanted = decay * a.values(NAME)[at] + (1.0 - decay) * b.values(NAME)[at];
            assert!((weights.values(NAME)[at] - wanted).abs() < 1e-6);
        }
        assert!(Profile::decay(TRACKED[0], 10.0, 110.0) < Profile::decay(TRACKED[1], 10.0, 110.0));
    }

    #[test]
    fn they_go_on_bit_for_bit_where_they_were_left() {
        let networks: Vec<_> = (0..60).map(network).collect();
        let mut whole = PowerAverages::new(network(99));
        let mut parted = PowerAverages::new(network(99));
        let mut waited = false;
        for (step, current) in networks.iter().enumerate() {
            // Many faces first, so that later steps wait.
            let batch = if step < 3 { 2000 } else { 2 };
            whole.follow::<Cpu>(current, batch);
            parted.follow::<Cpu>(current, batch);
            let kept = parted.kept(stored);
            waited |= kept.pending > 0;
            parted = PowerAverages::restored(Some(&kept), network(50), load).unwrap();
            assert_eq!(parted.kept(stored), whole.kept(stored), "step {step}");
        }
        assert!(waited && whole.faces() == 6000 + 57 * 2, "some steps were left to later ones: {}", whole.faces());
    }

    #[test]
    fn they_begin_anew_where_nothing_was_kept_and_where_they_are_told_to() {
        let mut averages = PowerAverages::restored(None, network(1), load).unwrap();
        assert_eq!(averages.kept(stored).weights, [stored(&network(1)), stored(&network(1))]);
        averages.follow::<Cpu>(&network(2), 10);
        averages.change(|average| *average = network(4));
        assert_eq!((averages.faces(), averages.kept(stored).weights), (10, [stored(&network(4)), stored(&network(4))]));
        averages.restart(network(3));
        assert_eq!((averages.faces(), averages.kept(stored).weights), (0, [stored(&network(3)), stored(&network(3))]));
        let other = KeptAverages { faces: 1, ..KeptAverages::default() };
        assert!(PowerAverages::restored(Some(&other), network(1), load).is_err(), "weights of nothing are of another network");
    }
}
