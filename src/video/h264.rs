//! H.264 from RGB: BT.709 limited range at a fixed quality, on one thread, so that the same frames give the same bytes.

use dcv_color_primitives::{ColorSpace, ImageFormat, PixelFormat, convert_image};
use openh264::OpenH264API;
use openh264::encoder::{
    Complexity, Encoder, EncoderConfig, FrameRate as Rate, FrameType, IntraFramePeriod, QpRange, RateControlMode, UsageType, VuiConfig,
};
use openh264::formats::YUVSlices;

use super::level::ensure_some_level;
use super::{FrameRate, FrameSize, VideoError};

/// The quantiser: 18 is nearly without visible loss.
const QUALITY: u8 = 18;
/// Players can seek to every second.
const SECONDS_BETWEEN_KEYFRAMES: u32 = 1;

/// NAL unit types of the parameter sets.
const SPS: u8 = 7;
const PPS: u8 = 8;

/// An encoder of frames of one size.
pub struct H264Encoder {
    encoder: Encoder,
    size: FrameSize,
    /// Blue, green, red: what the colour conversion reads.
    bgr: Vec<u8>,
    /// Y, then U and V at half the size.
    planes: Vec<u8>,
}

/// One encoded frame.
pub struct Packet {
    /// NAL units, each after its length in four bytes, without parameter sets.
    pub data: Vec<u8>,
    /// Whether players can start here.
    pub keyframe: bool,
    /// Sequence and picture parameter sets, where the frame brings them.
    pub parameters: Option<(Vec<u8>, Vec<u8>)>,
}

fn failed(error: impl std::fmt::Display) -> VideoError {
    VideoError::Encoder { format: "MP4", reason: error.to_string() }
}

impl H264Encoder {
    /// An encoder for frames of an even size.
    ///
    /// # Errors
    /// [`VideoError`] where the size cannot be encoded, or not at this rate.
    pub fn new(size: FrameSize, rate: FrameRate) -> Result<Self, VideoError> {
        size.check_for_mp4()?;
        ensure_some_level(size, rate)?;
        let config = EncoderConfig::new()
            .skip_frames(false)
            .max_frame_rate(Rate::from_hz(rate.per_second() as f32))
            .usage_type(UsageType::CameraVideoRealTime)
            .rate_control_mode(RateControlMode::Off)
            .qp(QpRange::new(QUALITY, QUALITY))
            .complexity(Complexity::High)
            .scene_change_detect(false)
            .adaptive_quantization(false)
            .background_detection(false)
            .intra_frame_period(IntraFramePeriod::from_num_frames(rate.nearest_whole() * SECONDS_BETWEEN_KEYFRAMES))
            .num_threads(1)
            .vui(VuiConfig::bt709());
        let encoder = Encoder::with_api_config(OpenH264API::from_source(), config).map_err(failed)?;
        Ok(Self { encoder, size, bgr: vec![0; size.bytes()], planes: vec![0; size.bytes() / 2] })
    }

    /// Encodes the next frame, RGB8 rows.
    ///
    /// # Errors
    /// [`VideoError::Encoder`].
    pub fn encode(&mut self, rgb: &[u8]) -> Result<Packet, VideoError> {
        self.fill_planes(rgb)?;
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let (y, uv) = self.planes.split_at(width * height);
        let (u, v) = uv.split_at(uv.len() / 2);
        let source = YUVSlices::new((y, u, v), (width, height), (width, width / 2, width / 2));
        let stream = self.encoder.encode(&source).map_err(failed)?;
        let keyframe = matches!(stream.frame_type(), FrameType::IDR | FrameType::I);
        let (mut data, mut sps, mut pps) = (Vec::new(), None, None);
        for layer in (0..stream.num_layers()).filter_map(|index| stream.layer(index)) {
            for unit in (0..layer.nal_count()).filter_map(|index| layer.nal_unit(index)).map(without_start_code) {
                match unit.first().map(|byte| byte & 0x1F) {
                    None => {}
                    Some(SPS) => sps = Some(unit.to_vec()),
                    Some(PPS) => pps = Some(unit.to_vec()),
                    Some(_) => {
                        data.extend((unit.len() as u32).to_be_bytes());
                        data.extend_from_slice(unit);
                    }
                }
            }
        }
        Ok(Packet { data, keyframe, parameters: sps.zip(pps) })
    }

    fn fill_planes(&mut self, rgb: &[u8]) -> Result<(), VideoError> {
        for (bgr, rgb) in self.bgr.chunks_exact_mut(3).zip(rgb.chunks_exact(3)) {
            bgr.copy_from_slice(&[rgb[2], rgb[1], rgb[0]]);
        }
        let source = ImageFormat { pixel_format: PixelFormat::Bgr, color_space: ColorSpace::Rgb, num_planes: 1 };
        let target = ImageFormat { pixel_format: PixelFormat::I420, color_space: ColorSpace::Bt709, num_planes: 3 };
        let (y, uv) = self.planes.split_at_mut(self.size.bytes() / 3);
        let (u, v) = uv.split_at_mut(uv.len() / 2);
        convert_image(self.size.width, self.size.height, &source, None, &[&self.bgr], &target, None, &mut [y, u, v]).map_err(failed)
    }
}

fn without_start_code(unit: &[u8]) -> &[u8] {
    unit.strip_prefix(&[0, 0, 0, 1]).or_else(|| unit.strip_prefix(&[0, 0, 1])).unwrap_or(unit)
}
