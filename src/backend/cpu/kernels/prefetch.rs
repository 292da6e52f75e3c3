//! Asks for memory that a block will need soon, a few cache lines at a time while the core multiplies: products leave the memory bus idle,
//! transforms wait for it.

use super::simd_interface::Simd;
use super::tiles::{Block, TILE, TileGrid};
use std::ops::Range;

/// Numbers in a cache line.
const LINE: usize = 16;
/// The most tensors in one list.
const MOST: usize = 4;

/// Some channels of a tensor's pixels under a block.
#[derive(Clone, Copy)]
struct Region<'a> {
    /// `[images, channels, height, width]`; null: nothing.
    tensor: *const f32,
    channels: usize,
    last_channel: usize,
    grid: Option<&'a TileGrid>,
    block: Block,
    channel: usize,
    /// The tile row in the block that comes next.
    row: usize,
}

/// A list of regions, walked line by line.
pub struct Prefetch<'a> {
    regions: [Region<'a>; MOST],
    count: usize,
    index: usize,
    next: *const f32,
    end: *const f32,
    /// Lines to ask for at each [`Prefetch::advance`].
    pace: usize,
    lines: usize,
}

impl<'a> Prefetch<'a> {
    /// An empty list.
    pub fn new() -> Self {
        let block = Block { first: 0, rows: 0 };
        let empty = Region { tensor: std::ptr::null(), channels: 0, last_channel: 0, grid: None, block, channel: 0, row: 0 };
        Self { regions: [empty; MOST], count: 0, index: 0, next: std::ptr::null(), end: std::ptr::null(), pace: 0, lines: 0 }
    }

    /// Appends `range` of the channels of `tensor` under `block`.
    pub fn push(&mut self, grid: &'a TileGrid, block: Block, tensor: *const f32, channels: usize, range: Range<usize>) {
        debug_assert!(self.count < MOST);
        self.lines += range.len() * (block.rows * TILE * grid.width).div_ceil(LINE);
        let region = Region { tensor, channels, last_channel: range.end, grid: Some(grid), block, channel: range.start, row: 0 };
        self.regions[self.count] = region;
        self.count += 1;
    }

    /// Spreads the list over `steps` calls of [`Prefetch::advance`].
    pub fn spread(mut self, steps: usize) -> Self {
        self.pace = self.lines.div_ceil(steps.max(1));
        self
    }

    /// Asks for the next few lines.
    #[inline(always)]
    pub fn advance<S: Simd>(&mut self, simd: S) {
        for _ in 0..self.pace {
            if self.next >= self.end && !self.next_span() {
                return;
            }
            simd.prefetch_far(self.next);
            self.next = self.next.wrapping_add(LINE);
        }
    }

    /// Goes to the next run of memory: one channel of one image.
    #[inline(never)]
    fn next_span(&mut self) -> bool {
        while self.index < self.count {
            let region = &mut self.regions[self.index];
            if let Some(grid) = region.grid
                && region.channel < region.last_channel
                && region.row < region.block.rows
            {
                let row = region.block.first + region.row;
                let place = grid.row(row);
                let rows = (grid.tile_rows - row % grid.tile_rows).min(region.block.rows - region.row);
                let start = ((place.image * region.channels + region.channel) * grid.height + place.top) * grid.width;
                self.next = region.tensor.wrapping_add(start);
                self.end = self.next.wrapping_add((TILE * rows).min(grid.height - place.top) * grid.width);
                region.row += rows;
                if region.row == region.block.rows {
                    region.row = 0;
                    region.channel += 1;
                }
                return true;
            }
            self.index += 1;
        }
        self.pace = 0;
        false
    }
}
