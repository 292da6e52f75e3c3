//! The link to the decoder thread.
//!
//! Owns the handle and turns its events into messages; what is asked for is decided by the explorer and the panels.

use std::sync::Arc;

use bevy::prelude::*;

use super::activity::{Activity, Cause};
use super::alarm::Alarm;
use super::decoder_link::{DecoderLink, decoder_threads};
use super::model::{CurrentModel, ModelOpened, ModelRefreshed, OpenState};
use super::notice::Complaint;
use super::sampler::LatentMixture;
use super::{Notice, SessionSystems, Steering, SteeringState};
use crate::data::Faces;
use crate::engine::{Decoder, DecoderEvent, FaceRequest, TilePixels};
use crate::latent::{CellCoord, Latent, Zones};

pub(super) fn plugin(app: &mut App) {
    let waker = app.world_mut().get_resource_or_init::<Alarm>().waker();
    app.init_resource::<Activity>()
        .add_message::<TilesDecoded>()
        .add_message::<FacesDecoded>()
        .add_message::<DecodeFaces>()
        .insert_resource(DecoderLink(Decoder::spawn(decoder_threads(), waker)))
        .add_systems(Update, receive_events.in_set(SessionSystems::Receive))
        .add_systems(PostUpdate, pass_on_requests);
}

/// Some tiles of the lattice have pixels.
#[derive(Debug, Message)]
pub struct TilesDecoded {
    /// The version of the lattice they belong to.
    pub version: u64,
    /// Cells and their pixels.
    pub tiles: Vec<(CellCoord, Arc<TilePixels>)>,
}

/// Asks for single faces, apart from the lattice.
#[derive(Clone, Debug, Message)]
pub struct DecodeFaces {
    /// Comes back with the faces; a request that still waits under the same token is replaced.
    pub token: u64,
    /// What to decode.
    pub latents: Vec<Latent>,
    /// Where their axes act, in a model that has zones.
    pub zones: Zones,
    /// Larger faces come at this many pixels along each side.
    pub largest_side: usize,
}

/// Single faces that were asked for have been decoded.
#[derive(Debug, Message)]
pub struct FacesDecoded {
    /// The token they were asked with.
    pub token: u64,
    /// The faces, in the order asked.
    pub faces: Faces,
}

fn pass_on_requests(link: Res<DecoderLink>, model: Res<CurrentModel>, mut requests: MessageReader<DecodeFaces>) {
    for DecodeFaces { token, latents, zones, largest_side } in requests.read() {
        let request = FaceRequest { token: *token, latents: latents.clone(), zones: zones.clone(), largest_side: *largest_side };
        link.0.decode(model.generation(), request);
    }
}

fn receive_events(
    link: Res<DecoderLink>,
    mut model: ResMut<CurrentModel>,
    mut steering: ResMut<Steering>,
    mut notice: ResMut<Notice>,
    mut activity: ResMut<Activity>,
    mut opened: MessageWriter<ModelOpened>,
    mut refreshed: MessageWriter<ModelRefreshed>,
    mut tiles_decoded: MessageWriter<TilesDecoded>,
    mut faces_decoded: MessageWriter<FacesDecoded>,
    mut failed: Local<Complaint>,
) {
    for event in link.0.events().try_iter() {
        activity.because(Cause::Arrives);
        match event {
            DecoderEvent::ModelOpened { generation, device } => {
                let code = model.stored.as_ref().map(|shown| shown.frame.to_code(&steering.lattice.base));
                if let Some(opening) = model.finish_opening(generation, device) {
                    let mixture = LatentMixture::of(&opening.stored);
                    if opening.is_refresh {
                        steering.renew(mixture);
                        refreshed.write(ModelRefreshed);
                        continue;
                    }
                    let dim = opening.stored.header.latent_dim;
                    let turned = code.zip(model.stored.as_ref()).filter(|_| opening.keeps_face);
                    let turned = turned.map(|(code, shown)| shown.frame.to_latent(&code).0);
                    let turned = turned.map(|base| SteeringState { base, axes: [0, 1, 2], zones: Zones::default(), ..steering.state() });
                    steering.adopt(dim, mixture);
                    if let Some(state) = turned.or(opening.steering).filter(|state| state.base.len() == dim) {
                        steering.set_state(&state);
                    }
                    opened.write(ModelOpened);
                }
            }
            DecoderEvent::ModelRefused { generation, reason } => model.refuse_opening(generation, reason),
            DecoderEvent::DeviceLost { generation, reason, device } => {
                notice.0 = Some(reason);
                if generation == model.generation() {
                    model.device = Some(device);
                }
            }
            DecoderEvent::Failed { generation, reason } => {
                failed.make(&mut notice, reason.clone());
                // Nothing will ever answer.
                if generation.is_none() {
                    model.state = OpenState::Refused(reason);
                }
            }
            DecoderEvent::TilesDecoded { generation, version, tiles } => {
                failed.settle(&mut notice);
                if generation == model.generation() {
                    tiles_decoded.write(TilesDecoded { version, tiles });
                }
            }
            DecoderEvent::FacesDecoded { generation, token, faces } => {
                if generation == model.generation() {
                    faces_decoded.write(FacesDecoded { token, faces });
                }
            }
        }
    }
}
