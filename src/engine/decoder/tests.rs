//! What the decoder answers, also where drivers fail and models are refused.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::*;
use crate::backend::DeviceInfo;
use crate::data::Faces;
use crate::engine::EngineError;
use crate::engine::open::open_model;
use crate::latent::{CellCoord, Latent, LatentFrame, Lattice, Zone, Zones};
use crate::models::{FaceModel, ModelHeader};

/// The embedded model on a device that may fail, as drivers do.
struct Fragile {
    model: Box<dyn FaceModel>,
    fails: Arc<AtomicBool>,
}

impl FaceModel for Fragile {
    fn header(&self) -> &ModelHeader {
        self.model.header()
    }

    fn frame(&self) -> &LatentFrame {
        self.model.frame()
    }

    fn decode(&self, codes: &[f32]) -> Faces {
        assert!(!self.fails.load(Ordering::Relaxed), "the device is lost");
        self.model.decode(codes)
    }

    fn encode(&self, faces: &Faces) -> Option<Vec<f32>> {
        self.model.encode(faces)
    }
}

/// A decoder over one card and the processor, both of which fail from a moment on.
struct Machine {
    decoder: Decoder,
    card_fails: Arc<AtomicBool>,
    processor_fails: Arc<AtomicBool>,
}

impl Machine {
    fn new() -> Self {
        let [card_fails, processor_fails] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let (card, processor) = (card_fails.clone(), processor_fails.clone());
        let open: Box<Open> = Box::new(move |stored, _, lost| {
            if stored.header.name == "refused" {
                return Err(EngineError::Fault("it cannot be opened".into()));
            }
            let (model, info) = open_model(stored, BackendChoice::Cpu)?;
            let (fails, info) = match lost.iter().any(|device| device.backend == "cuda") {
                true => (processor.clone(), info),
                false => (card.clone(), DeviceInfo { backend: "cuda", device: "A card".into(), ..info }),
            };
            Ok((Box::new(Fragile { model, fails }) as Box<dyn FaceModel>, info))
        });
        Self { decoder: Decoder::spawn_with(1, Waker::default(), open), card_fails, processor_fails }
    }

    fn open(&self, generation: u64, name: &str) {
        let mut stored = StoredModel::embedded().unwrap();
        stored.header.name = name.into();
        self.decoder.open(generation, stored, BackendChoice::Auto);
    }

    fn ask_for_tiles(&self, generation: u64, version: u64, count: i32) {
        let dim = StoredModel::embedded().unwrap().header.latent_dim;
        let lattice = Lattice { base: Latent::zeros(dim), axes: [0, 1, 2], step: 0.6, zones: Zones::default() };
        let cells = (0..count).map(|n| CellCoord::new(n, 0, 0)).collect();
        self.decoder.request_tiles(generation, TileRequest { version, lattice, cells });
    }

    fn next(&self) -> DecoderEvent {
        self.decoder.events().recv_timeout(Duration::from_secs(60)).expect("the decoder answers")
    }

    /// How many tiles come until that many are there, and of which opening and version.
    fn tiles(&self, wanted: usize) -> (u64, u64) {
        let (mut count, mut of) = (0, (0, 0));
        while count < wanted {
            match self.next() {
                DecoderEvent::TilesDecoded { generation, version, tiles } => {
                    count += tiles.len();
                    of = (generation, version);
                }
                other => panic!("tiles were wanted, not {other:?}"),
            }
        }
        of
    }
}

#[test]
fn a_refused_model_leaves_the_one_before_alive() {
    let machine = Machine::new();
    machine.open(1, "first");
    assert!(matches!(machine.next(), DecoderEvent::ModelOpened { generation: 1, .. }));
    // What was asked before the opening, and not answered yet, is answered after it.
    machine.ask_for_tiles(1, 5, 200);
    machine.open(2, "refused");
    let mut count = 0;
    let mut is_refused = false;
    while count < 200 || !is_refused {
        match machine.next() {
            DecoderEvent::TilesDecoded { generation: 1, version: 5, tiles } => count += tiles.len(),
            DecoderEvent::ModelRefused { generation: 2, reason } => is_refused = reason.contains("cannot be opened"),
            other => panic!("{other:?}"),
        }
    }
    machine.ask_for_tiles(1, 6, 3);
    assert_eq!(machine.tiles(3), (1, 6));
    machine.decoder.decode(1, FaceRequest { token: 9, latents: vec![Latent::zeros(4)], zones: Zones::default(), largest_side: 16 });
    assert!(matches!(machine.next(), DecoderEvent::FacesDecoded { token: 9, faces, .. } if faces.size() == 16 && faces.count() == 1));
}

#[test]
fn what_was_meant_for_another_model_is_never_decoded_by_this_one() {
    let machine = Machine::new();
    machine.open(1, "first");
    assert!(matches!(machine.next(), DecoderEvent::ModelOpened { generation: 1, .. }));
    machine.open(2, "second");
    machine.ask_for_tiles(1, 5, 3);
    machine.decoder.decode(1, FaceRequest { token: 1, latents: vec![Latent::zeros(2)], zones: Zones::default(), largest_side: 16 });
    loop {
        match machine.next() {
            DecoderEvent::ModelOpened { generation, .. } => break assert_eq!(generation, 2),
            DecoderEvent::TilesDecoded { generation, .. } | DecoderEvent::FacesDecoded { generation, .. } => assert_eq!(generation, 1),
            other => panic!("{other:?}"),
        }
    }
    machine.ask_for_tiles(1, 7, 3);
    machine.ask_for_tiles(2, 8, 3);
    assert_eq!(machine.tiles(3), (2, 8));
}

#[test]
fn a_driver_that_panics_hands_over_to_the_next_device_and_no_face_is_missing() {
    let machine = Machine::new();
    machine.open(1, "first");
    assert!(matches!(machine.next(), DecoderEvent::ModelOpened { device, .. } if device.backend == "cuda"));
    machine.card_fails.store(true, Ordering::Relaxed);
    machine.ask_for_tiles(1, 1, 100);
    let DecoderEvent::DeviceLost { generation: 1, reason, device } = machine.next() else { panic!("the card fails first") };
    assert!(reason.contains("CUDA failed") && reason.contains("the device is lost") && reason.contains("processor"), "{reason}");
    assert_eq!(device.backend, "cpu");
    assert_eq!(machine.tiles(100), (1, 1));
    // It is not asked again.
    machine.open(2, "second");
    assert!(matches!(machine.next(), DecoderEvent::ModelOpened { device, .. } if device.backend == "cpu"));
}

#[test]
fn where_the_processor_fails_too_it_is_told_and_another_model_opens() {
    let machine = Machine::new();
    machine.open(1, "first");
    assert!(matches!(machine.next(), DecoderEvent::ModelOpened { .. }));
    machine.card_fails.store(true, Ordering::Relaxed);
    machine.processor_fails.store(true, Ordering::Relaxed);
    machine.ask_for_tiles(1, 1, 10);
    assert!(matches!(machine.next(), DecoderEvent::DeviceLost { .. }));
    let DecoderEvent::Failed { generation: Some(1), reason } = machine.next() else { panic!("no device is left") };
    assert!(reason.contains("Open this model again"), "{reason}");
    machine.processor_fails.store(false, Ordering::Relaxed);
    machine.open(2, "second");
    assert!(matches!(machine.next(), DecoderEvent::ModelOpened { generation: 2, .. }));
    machine.ask_for_tiles(2, 1, 10);
    assert_eq!(machine.tiles(10), (2, 1));
}

#[test]
fn axes_act_in_their_zones_on_the_lattice_where_the_model_has_zones() {
    let cells: Vec<CellCoord> = (-2..=2).map(|i| CellCoord::new(i, 0, 1)).collect();
    for (name, has_zones) in [("gan-celeba32", true), ("pca-celeba64", false)] {
        let (model, _) = open_model(&crate::models::catalog::resolve(name).unwrap(), BackendChoice::Cpu).unwrap();
        let base = crate::latent::LatentSampler::new(5, 0.7).sample(model.frame().dim());
        let lattice = Lattice { base, axes: [0, 1, 2], step: 0.8, zones: Zones::default() };
        let mut zoned = lattice.clone();
        zoned.zones.set(0, Zone::Fine);
        zoned.base.0[0] = 0.0;
        let plain = Lattice { base: zoned.base.clone(), ..lattice };
        let [plain_tiles, zoned_tiles] = [&plain, &zoned].map(|lattice| decode_tiles(model.as_ref(), lattice, &cells));
        for ((cell, plain), (_, zoned)) in plain_tiles.iter().zip(&zoned_tiles) {
            // Those that stay as they are go through in a smaller batch, which may round otherwise.
            let differ = plain.level(0).1.iter().zip(zoned.level(0).1).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert_eq!(differ > 1, has_zones && cell.i != 0, "{name}: {cell:?} differs by {differ}");
        }
    }
}
