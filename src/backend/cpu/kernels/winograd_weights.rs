//! `U = G g G^T`: 3x3 weights into the Winograd domain, packed in the order in which [`super::multiply`] reads them.

use super::multiply::Left;
use super::scratch::padded;
use super::shared::SharedOutput;
use super::simd::{Kernel, SimdLevel};
use super::simd_interface::{Simd, column};
use super::tiles::FREQUENCIES;
use super::winograd_arithmetic::weight_transform;
use rayon::prelude::*;

/// Weights `[out_channels, in_channels, 3, 3]`, as they are or as their transpose sees them.
#[derive(Clone, Copy)]
pub struct WeightSource<'a> {
    /// The weights in memory.
    pub weight: &'a [f32],
    /// Channels that the convolution reads.
    pub in_channels: usize,
    /// Channels that it writes.
    pub out_channels: usize,
    /// The convolution is the transpose of the one that the weights belong to: memory holds `[in_channels, out_channels, 3, 3]`,
    /// taps reversed.
    pub transposed: bool,
}

/// The layout of packed weights: blocks of output channels; in a block, frequencies; in a frequency, panels of `panel` output channels.
#[derive(Clone, Copy, Debug)]
pub struct PackedLayout {
    /// Channels that the convolution reads.
    pub in_channels: usize,
    /// Channels that it writes.
    pub out_channels: usize,
    /// Output channels of a block: a multiple of `panel`.
    pub block: usize,
    /// Output channels of a panel.
    pub panel: usize,
}

impl PackedLayout {
    /// How [`super::multiply`] is to read a frequency of a block.
    pub const LEFT: Left = Left::Packed;

    /// Numbers in the packed weights.
    pub fn len(&self) -> usize {
        padded(FREQUENCIES * self.in_channels * self.out_channels)
    }
    /// Output channels in the block that begins with `channel`.
    pub fn block_len(&self, channel: usize) -> usize {
        self.block.min(self.out_channels - channel)
    }
    /// Where frequency `frequency` of the block that begins with `channel` lies.
    pub fn offset(&self, channel: usize, frequency: usize) -> usize {
        (channel * FREQUENCIES + self.block_len(channel) * frequency) * self.in_channels
    }
}

/// Fills `packed` (of [`PackedLayout::len`]) from `source`.
pub fn pack_weights(level: SimdLevel, source: WeightSource<'_>, layout: PackedLayout, packed: &mut [f32]) {
    assert!(packed.len() >= layout.len() && source.weight.len() >= source.in_channels * source.out_channels * 9);
    let output = SharedOutput::new(packed);
    let panels = layout.out_channels.div_ceil(layout.panel);
    let work = |index: usize| level.run(PackPanel { source, layout, first: index * layout.panel, output });
    if layout.in_channels * layout.out_channels < 1024 {
        (0..panels).for_each(work);
    } else {
        (0..panels).into_par_iter().for_each(work);
    }
}

/// One panel of output channels.
struct PackPanel<'a> {
    source: WeightSource<'a>,
    layout: PackedLayout,
    first: usize,
    output: SharedOutput<'a>,
}

impl Kernel for PackPanel<'_> {
    type Output = ();

    /// Lanes are (input channel, output channel of the panel) pairs in memory order.
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { source, layout, first, output } = self;
        let rows = layout.panel.min(layout.out_channels - first);
        let block_start = first / layout.block * layout.block;
        let base = layout.offset(block_start, 0) + (first - block_start) * layout.in_channels;
        let frequency_stride = layout.block_len(block_start) * layout.in_channels;
        let pairs = layout.in_channels * rows;
        let mut taps = [[0.0f32; 16]; 9];
        let mut start = 0;
        while start < pairs {
            let count = S::LANES.min(pairs - start);
            for lane in 0..count {
                let (input, row) = ((start + lane) / rows, (start + lane) % rows);
                read_taps(&source, first + row, input, lane, &mut taps);
            }
            // SAFETY: 16 numbers are enough for a vector. The pairs of this panel lie inside each frequency of the packed weights,
            // and no other panel writes them.
            unsafe {
                let mut halves = [[simd.zero(); 6]; 3];
                for (j, half) in halves.iter_mut().enumerate() {
                    *half = weight_transform(simd, simd.load_rows(taps.as_ptr().cast::<f32>().add(16 * j), 3 * 16));
                }
                for i in 0..6 {
                    let values = weight_transform(simd, column(&halves, i));
                    for (j, value) in values.into_iter().enumerate() {
                        let place = output.at(base + (6 * i + j) * frequency_stride + start);
                        if count == S::LANES {
                            simd.store(place, value);
                        } else {
                            simd.store_partial(place, value, count);
                        }
                    }
                }
            }
            start += count;
        }
    }
}

/// The nine weights between two channels into lane `lane`.
#[inline(always)]
fn read_taps(source: &WeightSource<'_>, output: usize, input: usize, lane: usize, taps: &mut [[f32; 16]; 9]) {
    let place = if source.transposed { input * source.out_channels + output } else { output * source.in_channels + input };
    let weights = &source.weight[9 * place..9 * place + 9];
    for (tap, lanes) in taps.iter_mut().enumerate() {
        lanes[lane] = if source.transposed { weights[8 - tap] } else { weights[tap] };
    }
}
