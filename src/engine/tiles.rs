//! Pixels of one lattice tile as textures want them: RGBA8 with mip levels.
//!
//! Owns the layout that the decoder makes and the explorer uploads; textures themselves are the explorer's business.

use crate::data::Faces;

/// Pixels along each side of the largest tile. Larger faces are made smaller: a near tile covers little more on most screens, and
/// thousands of tiles are in memory at once.
pub const LARGEST_TILE: usize = 128;
/// The smallest mip level in pixels: tiles are never drawn much smaller before they have faded out.
const SMALLEST_LEVEL: usize = 8;

/// One face as RGBA8 mip levels, largest first, each level tightly packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TilePixels {
    size: usize,
    bytes: Vec<u8>,
}

/// How many mip levels a tile of `size` pixels has.
pub fn mip_level_count(size: usize) -> usize {
    std::iter::successors(Some(size), |level| Some(level / 2)).take_while(|level| *level >= SMALLEST_LEVEL.min(size)).take(16).count()
}

impl TilePixels {
    /// From one RGB8 face (HWC) of `size` x `size` pixels, made smaller where it is larger than [`LARGEST_TILE`]. Levels are box
    /// averages.
    ///
    /// # Panics
    /// Where the bytes are not one such face.
    pub fn from_face(size: usize, rgb: &[u8]) -> Self {
        assert_eq!(rgb.len(), size * size * 3, "a face holds size x size RGB pixels");
        if size > LARGEST_TILE {
            let smaller = Faces::new(size, rgb.to_vec()).resized(LARGEST_TILE);
            return Self::from_face(LARGEST_TILE, smaller.pixels());
        }
        let levels = mip_level_count(size);
        let mut bytes = Vec::with_capacity(size * size * 4 * 4 / 3 + 4);
        bytes.extend(rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]));
        let (mut start, mut side) = (0, size);
        for _ in 1..levels {
            let (next_start, next_side) = (bytes.len(), side / 2);
            for y in 0..next_side {
                for x in 0..next_side {
                    for channel in 0..4 {
                        let at = |dy: usize, dx: usize| u32::from(bytes[start + ((2 * y + dy) * side + 2 * x + dx) * 4 + channel]);
                        let sum = at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1);
                        bytes.push(((sum + 2) / 4) as u8);
                    }
                }
            }
            (start, side) = (next_start, next_side);
        }
        Self { size, bytes }
    }

    /// Pixels of the largest level along each side.
    pub fn size(&self) -> usize {
        self.size
    }

    /// A level: pixels along each side, and RGBA8 bytes. 0 is the largest; beyond the smallest there is the smallest.
    pub fn level(&self, level: usize) -> (usize, &[u8]) {
        let level = level.min(mip_level_count(self.size) - 1);
        let start: usize = (0..level).map(|above| (self.size >> above).pow(2) * 4).sum();
        let side = self.size >> level;
        (side, &self.bytes[start..start + side * side * 4])
    }

    /// The levels, largest first: pixels along each side, and RGBA8 bytes.
    pub fn levels(&self) -> impl Iterator<Item = (usize, &[u8])> {
        (0..mip_level_count(self.size)).map(|level| self.level(level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_halve_down_to_the_smallest() {
        for (size, sides) in [
            (1024, vec![128, 64, 32, 16, 8]),
            (200, vec![128, 64, 32, 16, 8]),
            (64, vec![64, 32, 16, 8]),
            (16, vec![16, 8]),
            (8, vec![8]),
            (4, vec![4]),
        ] {
            let tile = TilePixels::from_face(size, &vec![7; size * size * 3]);
            assert_eq!(tile.levels().map(|(side, _)| side).collect::<Vec<_>>(), sides);
            assert!(tile.levels().all(|(side, bytes)| bytes.len() == side * side * 4));
            assert!(tile.levels().all(|(_, bytes)| bytes.chunks(4).all(|pixel| pixel == [7, 7, 7, 255])));
        }
    }

    #[test]
    fn a_level_is_the_average_of_the_one_above() {
        let rgb: Vec<u8> = (0..16 * 16).flat_map(|i| [(i % 16 * 16) as u8, (i / 16 * 16) as u8, 0]).collect();
        let tile = TilePixels::from_face(16, &rgb);
        let (_, small) = tile.levels().nth(1).unwrap();
        assert_eq!(&small[..4], [8, 8, 0, 255], "the mean of 0, 16, 0, 16");
    }
}
