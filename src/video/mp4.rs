//! H.264 in an MP4 file, index first, so that it plays while it loads.

use std::io::{Seek, SeekFrom, Write};
use std::num::NonZero;
use std::path::Path;

use shiguredo_mp4::boxes::{Avc1Box, AvccBox, SampleEntry, VisualSampleEntryFields};
use shiguredo_mp4::mux::{Mp4FileMuxer, Mp4FileMuxerOptions, Sample, estimate_maximum_moov_box_size};
use shiguredo_mp4::{TrackKind, Uint};

use super::h264::{H264Encoder, Packet};
use super::writer::Encoder;
use super::{FrameSize, VideoError};
use crate::files::{AtomicFile, FileError};

/// An MP4 file under construction.
pub struct Mp4File {
    file: AtomicFile,
    encoder: H264Encoder,
    muxer: Mp4FileMuxer,
    size: FrameSize,
    fps: NonZero<u32>,
    position: u64,
}

fn failed(error: impl std::fmt::Display) -> VideoError {
    VideoError::Encoder { format: "MP4", reason: error.to_string() }
}

impl Mp4File {
    /// Begins a file of about `frames` frames.
    ///
    /// # Errors
    /// [`VideoError`] where the size cannot be encoded or the file cannot be written.
    pub fn create(path: &Path, size: FrameSize, fps: u32, frames: u64) -> Result<Self, VideoError> {
        let encoder = H264Encoder::new(size, fps)?;
        let fps = NonZero::new(fps).ok_or_else(|| failed("a video needs at least one frame a second"))?;
        let reserved = estimate_maximum_moov_box_size(&[usize::try_from(frames).unwrap_or(usize::MAX)]);
        let options = Mp4FileMuxerOptions { reserved_moov_box_size: reserved, ..Mp4FileMuxerOptions::default() };
        let muxer = Mp4FileMuxer::with_options(options).map_err(failed)?;
        let file = AtomicFile::create(path)?;
        let start = muxer.initial_boxes_bytes();
        file.file().write_all(start).map_err(FileError::io("write", path))?;
        let position = start.len() as u64;
        Ok(Self { file, encoder, muxer, size, fps, position })
    }

    fn sample_entry(&self, packet: &Packet) -> Option<SampleEntry> {
        let (sps, pps) = packet.parameters.clone()?;
        let visual = VisualSampleEntryFields {
            data_reference_index: VisualSampleEntryFields::DEFAULT_DATA_REFERENCE_INDEX,
            width: self.size.width as u16,
            height: self.size.height as u16,
            horizresolution: VisualSampleEntryFields::DEFAULT_HORIZRESOLUTION,
            vertresolution: VisualSampleEntryFields::DEFAULT_VERTRESOLUTION,
            frame_count: VisualSampleEntryFields::DEFAULT_FRAME_COUNT,
            compressorname: VisualSampleEntryFields::NULL_COMPRESSORNAME,
            depth: VisualSampleEntryFields::DEFAULT_DEPTH,
        };
        // The profile, its constraints and the level are the three bytes after the type of the sequence parameter set.
        let avcc_box = AvccBox {
            avc_profile_indication: *sps.get(1)?,
            profile_compatibility: *sps.get(2)?,
            avc_level_indication: *sps.get(3)?,
            length_size_minus_one: Uint::new(3),
            sps_list: vec![sps],
            pps_list: vec![pps],
            chroma_format: None,
            bit_depth_luma_minus8: None,
            bit_depth_chroma_minus8: None,
            sps_ext_list: Vec::new(),
        };
        Some(SampleEntry::Avc1(Avc1Box { visual, avcc_box, unknown_boxes: Vec::new() }))
    }
}

impl Encoder for Mp4File {
    fn push(&mut self, rgb: &[u8]) -> Result<(), VideoError> {
        let packet = self.encoder.encode(rgb)?;
        // One description for the whole file: the encoder repeats the same parameters at every keyframe.
        let sample_entry = if self.muxer_is_empty() { self.sample_entry(&packet) } else { None };
        self.file.file().write_all(&packet.data).map_err(FileError::io("write", self.file.target()))?;
        let sample = Sample {
            track_kind: TrackKind::Video,
            sample_entry,
            keyframe: packet.keyframe,
            timescale: self.fps,
            duration: 1,
            composition_time_offset: None,
            data_offset: self.position,
            data_size: packet.data.len(),
        };
        self.muxer.append_sample(&sample).map_err(failed)?;
        self.position += packet.data.len() as u64;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), VideoError> {
        let finalized = self.muxer.finalize().map_err(failed)?;
        let mut file = self.file.file();
        for (offset, bytes) in finalized.offset_and_bytes_pairs() {
            file.seek(SeekFrom::Start(offset)).and_then(|_| file.write_all(bytes)).map_err(FileError::io("write", self.file.target()))?;
        }
        Ok(self.file.commit()?)
    }
}

impl Mp4File {
    fn muxer_is_empty(&self) -> bool {
        self.position == self.muxer.initial_boxes_bytes().len() as u64
    }
}
