//! The two transforms of the weight gradient with channels as lanes: for the tensor whose channels become columns of the sums.
//! The pixels of a vector of channels are transposed once; then every tile is a few vector operations, and its results lie
//! where the products read them: `[frequency, tile, channel]`.

use super::shape::Activation;
use super::simd::Kernel;
use super::simd_interface::{Simd, column};
use super::tiles::{Block, FREQUENCIES, TILE, TileGrid};
use super::winograd_arithmetic::{gradient_transform, input_transform};

/// Which transform.
#[derive(Clone, Copy)]
pub enum Side {
    /// `B^T d B` of the activated input.
    Input(Activation),
    /// `A dy A^T`, and the sums of the gradient.
    Gradient,
}

/// Transforms `LANES` channels of one block, or as many as there are.
pub struct ChannelTransform<'a> {
    /// Which transform.
    pub side: Side,
    /// The images' tiles.
    pub grid: &'a TileGrid,
    /// Which of them.
    pub block: Block,
    /// `[images, channels, height, width]`.
    pub tensor: &'a [f32],
    /// Channels of the tensor.
    pub channels: usize,
    /// The first channel to transform.
    pub first: usize,
    /// Working memory: [`ChannelTransform::pixels_len`] numbers.
    pub pixels: &'a mut [f32],
    /// The result: frequency `f` of channel `first + i` and tile `t` lies at `f * frequency_stride + t * tile_stride + first + i`.
    pub target: &'a mut [f32],
    /// See `target`.
    pub frequency_stride: usize,
    /// See `target`: channels in whole vectors.
    pub tile_stride: usize,
    /// [`Side::Gradient`]: the sum over the block's pixels is added to the number of each channel of the tensor.
    pub sums: &'a mut [f64],
}

/// Tile rows of one image.
#[derive(Clone, Copy)]
struct Span {
    image: usize,
    /// The first tile row's first row of pixels.
    top: usize,
    rows: usize,
    /// The number of the first tile in the block.
    tile: usize,
}

impl ChannelTransform<'_> {
    /// Numbers of working memory for blocks of `rows` tile rows.
    pub fn pixels_len(grid: &TileGrid, rows: usize, lanes: usize) -> usize {
        (((TILE * rows + 2) * grid.width).next_multiple_of(lanes)) * lanes
    }

    /// The next span, from the block's tile row `row` on.
    #[inline(always)]
    fn span(&self, row: usize) -> Span {
        let index = self.block.first + row;
        let place = self.grid.row(index);
        let rows = (self.grid.tile_rows - index % self.grid.tile_rows).min(self.block.rows - row);
        Span { image: place.image, top: place.top, rows, tile: row * self.grid.tile_columns }
    }

    /// Transposes rows `start..end` of the span's image, all columns: a vector for each pixel, activated. Missing channels are zero.
    #[inline(always)]
    unsafe fn transpose<S: Simd>(&mut self, simd: S, span: Span, start: usize, end: usize) {
        let plane = self.grid.height * self.grid.width;
        let lanes = S::LANES.min(self.channels - self.first);
        let count = (end - start) * self.grid.width;
        let target = self.pixels.as_mut_ptr();
        // SAFETY: the channels' rows lie inside the tensor; the working memory holds a vector for each of the pixels, in whole squares.
        unsafe {
            let source = self.tensor.as_ptr().add((span.image * self.channels + self.first) * plane + start * self.grid.width);
            for pixel in (0..count).step_by(S::LANES) {
                let target = target.add(pixel * S::LANES);
                if lanes == S::LANES && pixel + S::LANES <= count {
                    simd.transpose(source.add(pixel), plane, target, S::LANES);
                } else {
                    let mut square = [0.0f32; 256];
                    for lane in 0..lanes {
                        let value = simd.load_partial(source.add(lane * plane + pixel), S::LANES.min(count - pixel));
                        simd.store(square.as_mut_ptr().add(lane * S::LANES), value);
                    }
                    simd.transpose(square.as_ptr(), S::LANES, target, S::LANES);
                }
            }
            if let Side::Input(Activation::LeakyRelu(slope)) = self.side {
                let slope = simd.splat(slope);
                for pixel in 0..count {
                    let place = target.add(pixel * S::LANES);
                    simd.store(place, simd.leaky(simd.load(place), slope));
                }
            }
        }
    }

    /// All tiles of a span of the input.
    #[inline(always)]
    unsafe fn input_tiles<S: Simd>(&mut self, simd: S, span: Span) {
        let (height, width) = (self.grid.height, self.grid.width);
        let start = span.top.saturating_sub(1);
        let end = (span.top + TILE * span.rows + 1).min(height);
        let zeros = [0.0f32; 16];
        // SAFETY: rows start..end of the image are in the working memory; only those and columns 0..width are read.
        unsafe {
            self.transpose(simd, span, start, end);
            for row in 0..span.rows {
                let mut rows = [(zeros.as_ptr(), 0); 6];
                for (i, source) in rows.iter_mut().enumerate() {
                    let y = span.top + TILE * row + i;
                    if (start + 1..=end).contains(&y) {
                        *source = (self.pixels.as_ptr().add((y - 1 - start) * width * S::LANES), S::LANES);
                    }
                }
                for tile in 0..self.grid.tile_columns {
                    let mut halves = [[simd.zero(); 6]; 6];
                    for (j, half) in halves.iter_mut().enumerate() {
                        let x = (TILE * tile + j).wrapping_sub(1);
                        if x < width {
                            let mut values = [simd.zero(); 6];
                            for (value, (source, step)) in values.iter_mut().zip(rows) {
                                *value = simd.load(source.add(x * step));
                            }
                            *half = input_transform(simd, values);
                        }
                    }
                    let target = self.tile_target(span.tile + row * self.grid.tile_columns + tile);
                    for i in 0..6 {
                        let place = target.add(6 * i * self.frequency_stride);
                        simd.store_rows(place, self.frequency_stride, input_transform(simd, column(&halves, i)));
                    }
                }
            }
        }
    }

    /// All tiles of a span of the gradient; returns the sums of its pixels.
    #[inline(always)]
    unsafe fn gradient_tiles<S: Simd>(&mut self, simd: S, span: Span) -> S::Vector {
        let width = self.grid.width;
        let end = (span.top + TILE * span.rows).min(self.grid.height);
        let zeros = [0.0f32; 16];
        let mut sum = simd.zero();
        // SAFETY: rows span.top..end of the image are in the working memory; only those and columns 0..width are read.
        unsafe {
            self.transpose(simd, span, span.top, end);
            for row in 0..span.rows {
                let mut rows = [(zeros.as_ptr(), 0); 4];
                for (i, source) in rows.iter_mut().enumerate() {
                    if span.top + TILE * row + i < end {
                        *source = (self.pixels.as_ptr().add((TILE * row + i) * width * S::LANES), S::LANES);
                    }
                }
                for tile in 0..self.grid.tile_columns {
                    let mut halves = [[simd.zero(); 6]; 4];
                    for (j, half) in halves.iter_mut().enumerate() {
                        let x = TILE * tile + j;
                        if x < width {
                            let mut values = [simd.zero(); 4];
                            for (value, (source, step)) in values.iter_mut().zip(rows) {
                                *value = simd.load(source.add(x * step));
                            }
                            sum = simd.add(sum, simd.add(simd.add(values[0], values[1]), simd.add(values[2], values[3])));
                            *half = gradient_transform(simd, values);
                        }
                    }
                    let target = self.tile_target(span.tile + row * self.grid.tile_columns + tile);
                    for i in 0..6 {
                        let place = target.add(6 * i * self.frequency_stride);
                        simd.store_rows(place, self.frequency_stride, gradient_transform(simd, column(&halves, i)));
                    }
                }
            }
        }
        sum
    }

    /// Where a tile's first frequency goes.
    #[inline(always)]
    unsafe fn tile_target(&mut self, tile: usize) -> *mut f32 {
        // SAFETY: the caller's tile lies inside the block.
        unsafe { self.target.as_mut_ptr().add(tile * self.tile_stride + self.first) }
    }
}

impl Kernel for ChannelTransform<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let Self { grid, block, .. } = self;
        let images = grid.total_rows / grid.tile_rows;
        assert!(self.tensor.len() >= images * self.channels * grid.height * grid.width && self.first < self.channels);
        assert!(block.first + block.rows <= grid.total_rows && self.first + S::LANES <= self.tile_stride);
        assert!(self.pixels.len() >= Self::pixels_len(grid, block.rows, S::LANES));
        let tiles = block.rows * grid.tile_columns;
        assert!(self.target.len() >= (FREQUENCIES - 1) * self.frequency_stride + tiles * self.tile_stride);
        let mut sum = simd.zero();
        let mut row = 0;
        while row < block.rows {
            let span = self.span(row);
            // SAFETY: the sizes were checked above.
            unsafe {
                match self.side {
                    Side::Input(_) => self.input_tiles(simd, span),
                    Side::Gradient => sum = simd.add(sum, self.gradient_tiles(simd, span)),
                }
            }
            row += span.rows;
        }
        if let Side::Gradient = self.side {
            let mut lanes = [0.0f32; 16];
            // SAFETY: 16 numbers are enough for a vector.
            unsafe { simd.store(lanes.as_mut_ptr(), sum) };
            for (total, lane) in self.sums[self.first..].iter_mut().zip(lanes).take(S::LANES) {
                *total += f64::from(lane);
            }
        }
    }
}
