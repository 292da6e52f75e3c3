//! How images are cut into 4x4 tiles, and tiles into blocks that one thread works on in its cache.

use super::shape::ConvShape;

/// Rows and columns of an output tile.
pub const TILE: usize = 4;
/// Positions in the Winograd domain: 6x6 for F(4x4, 3x3).
pub const FREQUENCIES: usize = 36;
/// Numbers before the first tile in a buffer of transformed rows.
pub const ROW_PAD: usize = 16;

/// The tiles of a batch. Tiles are numbered image by image, row by row; a *tile row* is all tiles side by side in one image.
#[derive(Clone, Copy, Debug)]
pub struct TileGrid {
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Tile rows of an image.
    pub tile_rows: usize,
    /// Tiles in a tile row.
    pub tile_columns: usize,
    /// Tile rows of the whole batch.
    pub total_rows: usize,
}

/// Consecutive tile rows.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// The first tile row, counted over the whole batch.
    pub first: usize,
    /// How many.
    pub rows: usize,
}

/// Where a tile row lies.
#[derive(Clone, Copy, Debug)]
pub struct TileRow {
    /// The image.
    pub image: usize,
    /// Its first row of pixels.
    pub top: usize,
}

impl TileGrid {
    /// The tiles of `shape`'s images.
    pub fn new(shape: &ConvShape) -> Self {
        let tile_rows = shape.height.div_ceil(TILE);
        Self {
            height: shape.height,
            width: shape.width,
            tile_rows,
            tile_columns: shape.width.div_ceil(TILE),
            total_rows: shape.batch * tile_rows,
        }
    }

    /// Where tile row `index` lies.
    #[inline(always)]
    pub fn row(&self, index: usize) -> TileRow {
        TileRow { image: index / self.tile_rows, top: index % self.tile_rows * TILE }
    }

    /// A plan with about `tiles` tiles a block, whole vectors of tiles where tile rows allow it, and a number of blocks
    /// that `threads` threads can share evenly.
    pub fn plan(&self, tiles: usize, lanes: usize, threads: usize) -> BlockPlan {
        let unit = lanes / greatest_common_divisor(lanes, self.tile_columns);
        let wanted = (tiles / self.tile_columns).max(1);
        let share = self.total_rows.div_ceil(threads);
        let even = share.div_ceil(share.div_ceil(wanted));
        let rows = if unit * self.tile_columns <= 2 * tiles { even.next_multiple_of(unit) } else { even };
        let rows = rows.min(share);
        BlockPlan {
            rows,
            count: self.total_rows.div_ceil(rows),
            total_rows: self.total_rows,
            stride: (rows * self.tile_columns).next_multiple_of(lanes),
        }
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// All tile rows, in blocks.
#[derive(Clone, Copy, Debug)]
pub struct BlockPlan {
    /// Tile rows of the largest block.
    pub rows: usize,
    total_rows: usize,
    /// Blocks.
    pub count: usize,
    /// Tiles of the largest block, rounded up to whole vectors.
    pub stride: usize,
}

impl BlockPlan {
    /// Block `index`.
    pub fn block(&self, index: usize) -> Block {
        let first = index * self.rows;
        Block { first, rows: self.rows.min(self.total_rows - first) }
    }

    /// Numbers in one row of a buffer that holds a block's transformed rows side by side, with room for vectors that reach over the end.
    pub fn row_len(&self) -> usize {
        ROW_PAD + TILE * self.stride + 2 * ROW_PAD
    }

    /// Masks for the tiles of a block: all bits set, but none for tiles in the first (second half: the last) column.
    /// `masks` holds `2 * stride` numbers.
    pub fn edge_masks(&self, grid: &TileGrid, masks: &mut [f32]) {
        let ones = f32::from_bits(u32::MAX);
        let (left, right) = masks.split_at_mut(self.stride);
        for (tile, (left, right)) in left.iter_mut().zip(right).enumerate() {
            let column = tile % grid.tile_columns;
            *left = if column == 0 { 0.0 } else { ones };
            *right = if column + 1 == grid.tile_columns { 0.0 } else { ones };
        }
    }
}
