//! Huffman codes and the bits of a scan, read only to be counted.
//!
//! Owns tables that say how many bits a symbol takes and how far it leads through a block; values are the decoder's business.

/// Bits that a table resolves at once.
const LOOKED_AT: u32 = 11;
/// How far the end of a block leads: beyond any place in it, so that it cannot be taken for another step.
pub const END_OF_BLOCK: u32 = 128;

/// One of the tables that a JPEG brings.
pub struct Table {
    /// Its definition, as it stands in the file.
    definition: Vec<u8>,
    /// By the next bits: length of the code, symbol; 0 where the code is longer.
    symbols: Vec<(u8, u8)>,
    /// By the next bits, for coefficients of a whole block: bits and steps of one or two symbols; 0 where the code is longer.
    steps: Vec<(u8, u8)>,
    /// The same for one symbol only.
    single: Vec<(u8, u8)>,
    /// By length: the first code that is longer, moved to the top of 16 bits.
    ends: [u32; 18],
    /// By length: what leads from a code to its place among the symbols.
    offsets: [i32; 17],
}

impl Table {
    /// From the 16 counts of a definition and the symbols that follow; `None` where they make no sense.
    pub fn new(definition: &[u8]) -> Option<Self> {
        let (counts, values) = definition.split_at_checked(16)?;
        let mut table = Self {
            definition: definition.to_vec(),
            symbols: vec![(0, 0); 1 << LOOKED_AT],
            steps: Vec::new(),
            single: vec![(0, 0); 1 << LOOKED_AT],
            ends: [0; 18],
            offsets: [0; 17],
        };
        let (mut code, mut place) = (0_u32, 0_usize);
        for length in 1..=16_u32 {
            let count = usize::from(counts[length as usize - 1]);
            table.offsets[length as usize] = place as i32 - code as i32;
            for value in values.get(place..place + count)? {
                if code >> length != 0 {
                    return None;
                }
                table.enter(code, length, *value);
                code += 1;
            }
            place += count;
            table.ends[length as usize] = code << (16 - length);
            code <<= 1;
        }
        table.ends[17] = u32::MAX;
        table.steps = (0..1_usize << LOOKED_AT).map(|bits| table.two_steps(bits)).collect();
        Some(table)
    }

    /// Whether it was made from this definition.
    pub fn is(&self, definition: &[u8]) -> bool {
        self.definition == definition
    }

    fn enter(&mut self, code: u32, length: u32, symbol: u8) {
        let Some(free) = LOOKED_AT.checked_sub(length) else { return };
        let first = (code << free) as usize;
        self.symbols[first..first + (1 << free)].fill((length as u8, symbol));
        let (bits, step) = step_of(symbol);
        self.single[first..first + (1 << free)].fill((length as u8 + bits as u8, step as u8));
    }

    /// Two symbols at once, where the bits that are looked at hold both with their values.
    fn two_steps(&self, bits: usize) -> (u8, u8) {
        let (taken, step) = self.single[bits];
        if taken == 0 || u32::from(taken) >= LOOKED_AT || u32::from(step) == END_OF_BLOCK {
            return (taken, step);
        }
        let (more, further) = self.single[(bits << taken) & ((1 << LOOKED_AT) - 1)];
        if more == 0 || u32::from(taken + more) > LOOKED_AT { (taken, step) } else { (taken + more, step + further) }
    }
}

/// Bits of the value behind a symbol of a whole block, and how far both lead.
fn step_of(symbol: u8) -> (u32, u32) {
    match (u32::from(symbol >> 4), u32::from(symbol & 15)) {
        (15, 0) => (0, 16),
        (_, 0) => (0, END_OF_BLOCK),
        (run, size) => (size, run + 1),
    }
}

/// The bits of one scan up to the next marker.
pub struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte that is not in `buffer`.
    place: usize,
    /// The next bits at its top.
    buffer: u64,
    /// How many there are; negative where more were taken than the scan has.
    count: i32,
}

impl<'a> Bits<'a> {
    /// The bits that begin at `place`.
    pub fn new(bytes: &'a [u8], place: usize) -> Self {
        Self { bytes, place, buffer: 0, count: 0 }
    }

    /// True once more was taken than there is.
    pub fn ran_out(&self) -> bool {
        self.count < 0
    }

    /// True where the file ends before any marker.
    pub fn are_cut(&self) -> bool {
        self.place + 1 >= self.bytes.len()
    }

    /// Goes to the next marker. Returns its place and the bytes that were left before it.
    pub fn end(mut self) -> (usize, Vec<u8>) {
        let mut left = Vec::new();
        self.take((self.count.max(0) % 8) as u32);
        loop {
            while self.count >= 8 {
                left.push((self.buffer >> 56) as u8);
                self.take(8);
            }
            self.fill();
            if self.count < 8 {
                return (self.place, left);
            }
        }
    }

    #[inline(always)]
    fn take(&mut self, bits: u32) {
        self.buffer <<= bits;
        self.count -= bits as i32;
    }

    /// Takes the bits of a value, of which there are at most 16.
    pub fn skip(&mut self, bits: u32) {
        self.need();
        self.take(bits);
    }

    /// Takes a value of at most 16 bits.
    pub fn value(&mut self, bits: u32) -> u32 {
        self.need();
        let value = if bits == 0 { 0 } else { (self.buffer >> (64 - bits)) as u32 };
        self.take(bits);
        value
    }

    #[inline(always)]
    fn need(&mut self) {
        if self.count < 32 {
            self.fill();
        }
    }

    fn fill(&mut self) {
        if self.count < 0 {
            return;
        }
        if let Some(next) = self.bytes.get(self.place..self.place + 8) {
            let next = u64::from_be_bytes(next.try_into().expect("eight bytes were taken"));
            // True where no byte is FF: none of the inverted bytes is 0.
            let inverted = !next;
            if inverted.wrapping_sub(0x0101_0101_0101_0101) & !inverted & 0x8080_8080_8080_8080 == 0 {
                let whole = (64 - self.count as u32) / 8;
                let kept = if whole == 8 { next } else { next >> (64 - 8 * whole) << (64 - 8 * whole) };
                self.buffer |= kept >> self.count;
                self.count += 8 * whole as i32;
                self.place += whole as usize;
                return;
            }
        }
        while self.count <= 56 {
            let Some((byte, taken)) = self.next_byte() else { return };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
            self.place += taken;
        }
    }

    /// The next byte and how many it takes in the file; `None` at a marker or at the end.
    fn next_byte(&self) -> Option<(u8, usize)> {
        let byte = *self.bytes.get(self.place)?;
        if byte != 0xFF {
            return Some((byte, 1));
        }
        // Any number of FF may stand before what they announce.
        let more = self.bytes[self.place + 1..].iter().position(|byte| *byte != 0xFF)?;
        (self.bytes[self.place + 1 + more] == 0).then_some((0xFF, 2 + more))
    }

    /// The next symbol; `None` where the bits are no code of the table.
    pub fn symbol(&mut self, table: &Table) -> Option<u8> {
        self.need();
        let (length, symbol) = table.symbols[(self.buffer >> (64 - LOOKED_AT)) as usize];
        if length > 0 {
            self.take(u32::from(length));
            return Some(symbol);
        }
        let next = (self.buffer >> 48) as u32;
        let length = (LOOKED_AT + 1..=17).find(|length| next < table.ends[*length as usize])?;
        let place = (next >> 16_u32.checked_sub(length)?) as i32 + table.offsets[length as usize];
        self.take(length);
        table.definition.get(16 + usize::try_from(place).ok()?).copied()
    }

    /// Takes the coefficients of a whole block after its first; false where they are damaged.
    #[inline(always)]
    pub fn block(&mut self, table: &Table) -> bool {
        let mut place = 1_u32;
        loop {
            self.need();
            let next = (self.buffer >> (64 - LOOKED_AT)) as usize;
            let (bits, step) = table.steps[next];
            if bits == 0 {
                let Some(symbol) = self.symbol(table) else { return false };
                let (bits, step) = step_of(symbol);
                self.need();
                self.take(bits);
                place += step;
            } else if place + u32::from(step) < 64 {
                self.take(u32::from(bits));
                place += u32::from(step);
                continue;
            } else if (END_OF_BLOCK + 1..END_OF_BLOCK + 64).contains(&(place + u32::from(step))) {
                self.take(u32::from(bits));
                return true;
            } else {
                // Near the end of a block one symbol at a time: the second of two may belong to the next block.
                let (bits, step) = table.single[next];
                self.take(u32::from(bits));
                place += u32::from(step);
            }
            match place {
                0..64 => {}
                64 => return true,
                _ => return place > END_OF_BLOCK,
            }
        }
    }
}
