//! How an autoencoder learns: mean squared error, a penalty on codes, optionally the mean absolute error; AdamW; averaged weights.
//!
//! Losses are in [0, 1] pixel units, so that they read like the errors in reports.

use burn::backend::Autodiff;
use burn::module::AutodiffModule;
use burn::tensor::{Tensor, TensorData};

use super::figures::AUTOENCODER_FIGURES;
use super::settings::AutoencoderSettings;
use crate::backend::FaceBackend;
use crate::data::{Faces, to_network};
use crate::latent::LatentFrame;
use crate::models::autoencoder::{Autoencoder, AutoencoderConfig, AutoencoderModel};
use crate::models::gan::FrameCare;
use crate::models::layers::{load_parameters, store_parameters};
use crate::models::{FaceModel, ModelHeader, Precision, WeightError, Weights};
use crate::training::adam::{Adam, AdamConfig};
use crate::training::ema::averaged;
use crate::training::figure::Figure;
use crate::training::knob::{Edit, Knobs};
use crate::training::learner::{Learner, LearnerState};
use crate::training::moment::StepMoment;
use crate::training::power_average::{KeptAverages, PowerAverages};
use crate::training::watch::{LossWatch, Watch};

/// Decay of the second moment: recent gradients count, as the learning rate falls all the time.
const BETA2: f32 = 0.99;

/// Faces that are encoded at once for the frame.
const FRAME_BATCH: usize = 32;

/// So many codes for each of their numbers are there at least for a frame.
const LEAST_CODES: usize = 4;

/// An autoencoder that learns on a device.
pub struct AutoencoderLearner<B: FaceBackend> {
    /// Handed over whole at every step, so that weights change in place; there again after it.
    network: Option<Autoencoder<Autodiff<B>>>,
    average: Option<Autoencoder<B>>,
    /// Of which an average of any length comes later.
    powers: PowerAverages<Autoencoder<B>>,
    adam: Adam<B>,
    settings: AutoencoderSettings,
    size: usize,
    device: B::Device,
}

impl<B: FaceBackend> AutoencoderLearner<B> {
    /// A network that has not learned yet, for faces of `size` pixels.
    pub fn new(settings: &AutoencoderSettings, size: usize, device: B::Device) -> Self {
        let config: AutoencoderConfig = settings.network(size);
        let network = Autoencoder::<Autodiff<B>>::new(&config, settings.seed, &device);
        let adam = Adam::new(AdamConfig { beta2: BETA2, weight_decay: settings.weight_decay, ..AdamConfig::default() });
        let (average, powers) = (Some(network.valid()), PowerAverages::new(network.valid()));
        Self { average, powers, network: Some(network), adam, settings: settings.clone(), size, device }
    }

    /// A network's weights, as a model folder holds them.
    fn weights_of(network: &Autoencoder<B>) -> Weights {
        let mut weights = Weights::default();
        store_parameters(network, Precision::Single, &mut weights);
        weights
    }

    fn average(&self) -> &Autoencoder<B> {
        self.average.as_ref().expect("every step gives the averaged network back")
    }
}

impl<B: FaceBackend> Learner for AutoencoderLearner<B> {
    fn figures(&self) -> &'static [Figure] {
        AUTOENCODER_FIGURES
    }

    fn watch(&self) -> Box<dyn Watch> {
        Box::new(LossWatch::default())
    }

    fn step(&mut self, pictures: Vec<f32>, batch: usize, moment: &StepMoment) -> Vec<Option<f32>> {
        let network = self.network.take().expect("every step gives the network back");
        let shape = [batch, 3, self.size, self.size];
        let pictures = Tensor::<Autodiff<B>, 4>::from_data(TensorData::new(pictures, shape), &self.device); // [N, 3, S, S]
        let codes = network.encoder.forward(pictures.clone()); // [N, k]
        let difference = network.decoder.forward(codes.clone()) - pictures; // [N, 3, S, S]
        // [-1, 1] is twice as wide as [0, 1].
        let mse = difference.clone().powi_scalar(2).mean() * 0.25; // [1]
        let penalty = codes.powi_scalar(2).mean(); // [1]
        let absolute = if self.settings.absolute_error > 0.0 {
            difference.abs().mean() * 0.5 // [1]
        } else {
            difference.detach().abs().mean() * 0.5 // [1]
        };
        let mut loss = mse.clone() + penalty.clone() * self.settings.latent_penalty;
        if self.settings.absolute_error > 0.0 {
            loss = loss + absolute.clone() * self.settings.absolute_error;
        }
        let gradients = loss.backward();
        let figures = Tensor::cat(vec![loss.inner(), mse.inner(), penalty.inner(), absolute.inner()], 0); // [4]
        let network = self.adam.step(network, gradients, moment.learning_rate);
        let average = self.average.take().expect("every step gives the averaged network back");
        let current = network.valid();
        self.average = Some(averaged(average, &current, moment.ema_decay));
        self.powers.follow::<B>(&current, batch);
        self.network = Some(network);
        figures.into_data().into_vec().expect("the backend computes in f32").into_iter().map(Some).collect()
    }

    fn adopt(&mut self, stands: &[Edit]) {
        self.settings.take(stands);
        self.adam.set_weight_decay(self.settings.weight_decay);
    }

    fn state(&self) -> LearnerState {
        let mut weights = Weights::default();
        store_parameters(self.network.as_ref().expect("every step gives the network back"), Precision::Single, &mut weights);
        let optimizer_steps = vec![self.adam.steps()];
        LearnerState { weights, ema: self.ema_weights(), optimizer: self.adam.state(), optimizer_steps, averages: self.averages() }
    }

    fn restore(&mut self, state: &LearnerState, size: usize) -> Result<(), WeightError> {
        self.size = size;
        let config = self.settings.network(size);
        let network = Autoencoder::<Autodiff<B>>::new(&config, self.settings.seed, &self.device);
        let average = load_parameters(network.valid(), &state.ema)?;
        let network = load_parameters(network, &state.weights)?;
        self.adam.restore(&state.optimizer, state.optimizer_steps.first().copied().unwrap_or_default(), &self.device)?;
        let load = |weights: &Weights| load_parameters(average.clone(), weights);
        self.powers = PowerAverages::restored(state.averages.as_ref(), network.valid(), load)?;
        (self.network, self.average) = (Some(network), Some(average));
        Ok(())
    }

    fn ema_weights(&self) -> Weights {
        Self::weights_of(self.average())
    }

    fn averages(&self) -> Option<KeptAverages> {
        Some(self.powers.kept(Self::weights_of))
    }

    fn averaged_faces(&self) -> u64 {
        self.powers.faces()
    }

    fn frame(&self, faces: &Faces, _care: FrameCare, is_wanted: &dyn Fn() -> bool) -> LatentFrame {
        let dim = self.settings.latent;
        // Fewer codes tell nothing of so many directions.
        let least = LEAST_CODES * dim;
        let parts = faces.pixels().chunks(FRAME_BATCH * faces.face_len()).enumerate();
        let codes = parts.take_while(|(part, _)| part * FRAME_BATCH < least || is_wanted()).flat_map(|(_, bytes)| {
            let shape = [bytes.len() / faces.face_len(), 3, self.size, self.size];
            let pictures = Tensor::from_data(TensorData::new(to_network(self.size, bytes), shape), &self.device); // [N, 3, S, S]
            self.average().encoder.forward(pictures).into_data().into_vec::<f32>().expect("the backend computes in f32") // [N, k]
        });
        let any = || LatentFrame::diagonal(vec![1.0; dim], vec![0.0; dim]).expect("sigmas of 1 are positive");
        LatentFrame::of_codes(&codes.collect::<Vec<f32>>(), dim).unwrap_or_else(any)
    }

    fn model(&self, header: ModelHeader, frame: LatentFrame) -> Box<dyn FaceModel> {
        Box::new(AutoencoderModel::from_network(header, frame, self.average().clone(), self.device.clone()))
    }
}
