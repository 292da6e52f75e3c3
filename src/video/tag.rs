//! The encoder tag of an MP4: a `udta` box in its index that says who wrote the file, as iTunes and most players read it.
//!
//! The muxer writes no such box, so it is put into the space that was reserved for the index.

/// Bytes of the tag, for a value of `value` bytes.
pub const fn tag_bytes(value: usize) -> usize {
    // udta, meta (a full box), hdlr, ilst, the tag, and its data with type and locale.
    8 + 12 + 33 + 8 + 8 + 16 + value
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes(), kind.as_slice(), content].concat()
}

/// The box.
pub fn encoder_tag(value: &str) -> Vec<u8> {
    let data = boxed(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0], value.as_bytes()].concat());
    let list = boxed(b"ilst", &boxed(b"\xA9too", &data));
    let handler = boxed(b"hdlr", b"\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0");
    boxed(b"udta", &boxed(b"meta", &[&[0; 4], handler.as_slice(), &list].concat()))
}

/// Puts a box at the end of the index, which begins at `index` in `head`, and takes its room from the free box behind it. False, and
/// nothing changed, where there is no such room.
pub fn add_to_index(head: &mut Vec<u8>, index: usize, added: &[u8]) -> bool {
    let length_at = |bytes: &[u8], at: usize| bytes.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let Some(length) = length_at(head, index).filter(|_| head.get(index + 4..index + 8) == Some(b"moov")) else { return false };
    let end = index + length;
    let Some(free) = length_at(head, end).filter(|_| head.get(end + 4..end + 8) == Some(b"free")) else { return false };
    if free < added.len() + 8 || end + free > head.len() {
        return false;
    }
    let rest = head.split_off(end);
    head[index..index + 4].copy_from_slice(&((length + added.len()) as u32).to_be_bytes());
    head.extend_from_slice(added);
    head.extend_from_slice(&((free - added.len()) as u32).to_be_bytes());
    head.extend_from_slice(b"free");
    head.extend_from_slice(&rest[8 + added.len()..]);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_takes_its_room_from_the_free_box() {
        let tag = encoder_tag("facefield");
        assert_eq!(tag.len(), tag_bytes(9));
        let head = [boxed(b"ftyp", b"isom"), boxed(b"moov", b"index"), boxed(b"free", &[0; 200]), boxed(b"mdat", b"")].concat();
        let mut tagged = head.clone();
        assert!(add_to_index(&mut tagged, 12, &tag));
        assert_eq!(tagged.len(), head.len(), "what comes behind stays where it is");
        let mut kinds = Vec::new();
        let mut at = 0;
        while at < tagged.len() {
            kinds.push(tagged[at + 4..at + 8].to_vec());
            at += u32::from_be_bytes(tagged[at..at + 4].try_into().unwrap()) as usize;
        }
        assert_eq!(kinds, [b"ftyp", b"moov", b"free", b"mdat"]);
        assert!(tagged.windows(tag.len()).any(|window| window == tag));
        let narrow = [boxed(b"ftyp", b"isom"), boxed(b"moov", b"index"), boxed(b"free", &[0; 20])].concat();
        let mut same = narrow.clone();
        assert!(!add_to_index(&mut same, 12, &tag) && !add_to_index(&mut same, 0, &tag));
        assert_eq!(same, narrow);
    }
}
