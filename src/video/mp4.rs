//! H.264 in an MP4 file, index first, so that it plays while it loads.

use std::io::{Seek, SeekFrom, Write};

use shiguredo_mp4::boxes::{Avc1Box, AvccBox, SampleEntry, UnknownBox, VisualSampleEntryFields};
use shiguredo_mp4::mux::{FinalizedBoxes, Mp4FileMuxer, Mp4FileMuxerOptions, Sample, estimate_maximum_moov_box_size};
use shiguredo_mp4::{BoxSize, BoxType, TrackKind, Uint};

use super::encoder::{Encoder, Note, Step};
use super::h264::H264Encoder;
use super::level::{lowest_level, too_many_bits};
use super::tag::{add_to_index, encoder_tag, tag_bytes};
use super::target::FILM;
use super::{FrameRate, FrameSize, VideoError};
use crate::files::{AtomicFile, FileError, MARK_BYTES, OutputFile, mark_of};

/// The colours of the stream as a `colr` box says it: BT.709 primaries, transfer and matrix, limited range. Players that read the
/// container alone take them from here; the stream says the same.
const COLOURS: [u8; 11] = [b'n', b'c', b'l', b'x', 0, 1, 0, 1, 0, 1, 0];

/// Bytes of the smallest box that fills what an index leaves of its room.
const FREE_BOX: usize = 8;

/// An MP4 file under construction.
pub struct Mp4File {
    file: AtomicFile,
    encoder: H264Encoder,
    muxer: Mp4FileMuxer,
    size: FrameSize,
    rate: FrameRate,
    position: u64,
    /// What the index will say of each frame.
    frames: Vec<FrameEntry>,
    /// The parameter sets of the first frame: the encoder repeats the same at every keyframe.
    parameters: Option<(Vec<u8>, Vec<u8>)>,
}

struct FrameEntry {
    bytes: usize,
    keyframe: bool,
}

fn failed(error: impl std::fmt::Display) -> VideoError {
    VideoError::Encoder { format: "MP4", reason: error.to_string() }
}

impl Mp4File {
    /// Begins a file of about `frames` frames.
    ///
    /// # Errors
    /// [`VideoError`] where the size cannot be encoded or the file cannot be written.
    pub fn create(output: OutputFile<'_>, size: FrameSize, rate: FrameRate, frames: u64) -> Result<Self, VideoError> {
        let encoder = H264Encoder::new(size, rate)?;
        let index = estimate_maximum_moov_box_size(&[usize::try_from(frames).unwrap_or(usize::MAX)]);
        let reserved = index + tag_bytes(MARK_BYTES) + FREE_BOX;
        // Without a creation date: the same frames give the same bytes.
        let options = Mp4FileMuxerOptions { reserved_moov_box_size: reserved, ..Mp4FileMuxerOptions::default() };
        let muxer = Mp4FileMuxer::with_options(options).map_err(failed)?;
        let file = AtomicFile::create_output(output, FILM)?;
        let start = muxer.initial_boxes_bytes();
        file.file().write_all(start).map_err(FileError::io("write", output.path))?;
        let position = start.len() as u64;
        Ok(Self { file, encoder, muxer, size, rate, position, frames: Vec::new(), parameters: None })
    }

    fn sample_entry(&self) -> Option<SampleEntry> {
        let (mut sps, pps) = self.parameters.clone()?;
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
        // The profile, its constraints and the level are the three bytes after the type of the sequence parameter set. The encoder
        // takes the level from the size alone.
        *sps.get_mut(3)? = lowest_level(self.size, self.rate, self.most_bits_a_second());
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
        let box_type = BoxType::Normal(*b"colr");
        let box_size = BoxSize::with_payload_size(box_type, COLOURS.len() as u64);
        let colours = UnknownBox { box_type, box_size, payload: COLOURS.to_vec() };
        Some(SampleEntry::Avc1(Avc1Box { visual, avcc_box, unknown_boxes: vec![colours] }))
    }

    /// Bits of the second that has most of them.
    fn most_bits_a_second(&self) -> u64 {
        let frames: Vec<u64> = self.frames.iter().map(|frame| frame.bytes as u64 * 8).collect();
        let second = (self.rate.per_second().ceil() as usize).clamp(1, frames.len().max(1));
        frames.windows(second).map(|window| window.iter().sum()).max().unwrap_or(0)
    }
}

impl Encoder for Mp4File {
    fn push(&mut self, rgb: &[u8]) -> Result<(), VideoError> {
        let packet = self.encoder.encode(rgb)?;
        self.file.file().write_all(&packet.data).map_err(FileError::io("write", self.file.target()))?;
        self.frames.push(FrameEntry { bytes: packet.data.len(), keyframe: packet.keyframe });
        if self.parameters.is_none() {
            self.parameters = packet.parameters;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, step: &mut Step) -> Result<(), VideoError> {
        if let Some(warning) = too_many_bits(self.most_bits_a_second()) {
            step(Note::Warning(warning))?;
        }
        let mut sample_entry = self.sample_entry();
        for frame in &self.frames {
            let sample = Sample {
                track_kind: TrackKind::Video,
                // One description for the whole file.
                sample_entry: sample_entry.take(),
                keyframe: frame.keyframe,
                timescale: self.rate.numerator(),
                duration: self.rate.denominator().get(),
                composition_time_offset: None,
                data_offset: self.position,
                data_size: frame.bytes,
            };
            self.muxer.append_sample(&sample).map_err(failed)?;
            self.position += frame.bytes as u64;
        }
        let finalized = self.muxer.finalize().map_err(failed)?;
        let mut file = self.file.file();
        for (offset, bytes) in tagged(finalized, self.position) {
            file.seek(SeekFrom::Start(offset)).and_then(|_| file.write_all(&bytes)).map_err(FileError::io("write", self.file.target()))?;
        }
        Ok(self.file.commit()?)
    }
}

/// The boxes of a finished file with the tag in its index: offsets and bytes. `end`: where the pictures end.
fn tagged(finalized: &FinalizedBoxes, end: u64) -> Vec<(u64, Vec<u8>)> {
    let mut boxes: Vec<(u64, Vec<u8>)> = finalized.offset_and_bytes_pairs().map(|(offset, bytes)| (offset, bytes.to_vec())).collect();
    let length = |boxes: &[(u64, Vec<u8>)]| boxes.iter().map(|(offset, bytes)| offset + bytes.len() as u64).fold(end, u64::max);
    let is_index = |bytes: &[u8]| bytes.get(4..8) == Some(b"moov");
    if let Some(index) = boxes.iter().position(|(_, bytes)| is_index(bytes)) {
        // Behind the pictures the index has all the room that it needs.
        let tag = encoder_tag(&mark_of(length(&boxes) + tag_bytes(MARK_BYTES) as u64));
        let bytes = &mut boxes[index].1;
        let longer = bytes.len() + tag.len();
        bytes[..4].copy_from_slice(&(longer as u32).to_be_bytes());
        bytes.extend(tag);
    } else if let Some((_, head)) = boxes.iter_mut().find(|(offset, _)| *offset == 0) {
        let tag = encoder_tag(&mark_of(end));
        let index = head.windows(4).position(|window| window == b"moov").map_or(0, |at| at - 4);
        add_to_index(head, index, &tag);
    }
    boxes
}
