//! What names of files say: pictures, annotation texts, archives, and what systems leave behind.

use std::path::Path;

/// How pictures that are read end.
const PICTURES: [&str; 18] =
    ["jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "bmp", "dib", "tif", "tiff", "gif", "pnm", "ppm", "pgm", "pbm", "pam", "pjpeg"];
/// How archives end that may hold pictures.
const ARCHIVES: [&str; 14] = ["zip", "tar", "tgz", "gz", "parquet", "7z", "rar", "bz2", "xz", "zst", "tbz", "txz", "001", "z01"];
/// How files end that never are pictures, so that nobody has to look into them.
const OTHERS: [&str; 34] = [
    "txt",
    "csv",
    "tsv",
    "json",
    "jsonl",
    "ndjson",
    "xml",
    "yaml",
    "yml",
    "toml",
    "md",
    "rst",
    "html",
    "htm",
    "py",
    "ipynb",
    "mat",
    "npy",
    "npz",
    "pt",
    "pth",
    "pkl",
    "h5",
    "hdf5",
    "pts",
    "lua",
    "sh",
    "log",
    "safetensors",
    "ron",
    "js",
    "css",
    "ini",
    "db",
];

/// What a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// A picture.
    Picture,
    /// A text of attributes.
    Attributes,
    /// A text of parts.
    Partition,
    /// An archive.
    Archive,
    /// Something that is no picture.
    Other,
    /// Nothing; only its content tells.
    Unknown,
    /// What a system leaves behind, which is nobody's picture.
    System,
    /// A file that its owner hid.
    Hidden,
}

/// What the location of a file, with `/` between its parts, promises.
pub fn promise(location: &str) -> Promise {
    let mut parts = location.split('/').rev();
    let name = parts.next().unwrap_or_default();
    let is_system = |part: &str| part == "__MACOSX" || part == "@eaDir" || part == "$RECYCLE.BIN";
    let lower = name.to_lowercase();
    if parts.clone().any(is_system) || name.starts_with("._") || matches!(lower.as_str(), ".ds_store" | "thumbs.db" | "desktop.ini") {
        return Promise::System;
    }
    let hidden = |part: &str| part.starts_with('.') && part.chars().any(|character| character != '.');
    let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
    if hidden(name) || parts.any(hidden) {
        return if PICTURES.contains(&extension) { Promise::Hidden } else { Promise::System };
    }
    match text_stem(&lower) {
        Some("list_attr_celeba") => return Promise::Attributes,
        Some("list_eval_partition") => return Promise::Partition,
        _ => {}
    }
    match extension {
        _ if PICTURES.contains(&extension) => Promise::Picture,
        _ if ARCHIVES.contains(&extension) => Promise::Archive,
        _ if OTHERS.contains(&extension) => Promise::Other,
        _ => Promise::Unknown,
    }
}

/// The stem of a text without what browsers and file managers add to a second copy: ` (1)`, ` - Copy`.
fn text_stem(lower: &str) -> Option<&str> {
    let mut stem = lower;
    while let Some(shorter) = [".txt", ".csv", ".tsv"].iter().find_map(|ending| stem.strip_suffix(ending)) {
        stem = shorter;
    }
    loop {
        let shorter = stem.trim_end();
        let shorter = [" - copy", " copy", "-copy"].iter().find_map(|copy| shorter.strip_suffix(copy)).unwrap_or(shorter);
        let shorter = shorter
            .strip_suffix(')')
            .and_then(|open| open.rsplit_once('('))
            .filter(|(_, number)| !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit()))
            .map_or(shorter, |(before, _)| before);
        if shorter == stem {
            return Some(stem).filter(|stem| !stem.is_empty());
        }
        stem = shorter;
    }
}

/// True for names that end like a picture's.
pub fn is_picture_name(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    PICTURES.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// What a file with this ending is, in the singular, where it is a picture that is not read.
pub fn unread_picture(location: &str) -> Option<&'static str> {
    let extension = location.rsplit_once('.')?.1.to_lowercase();
    Some(match extension.as_str() {
        "avif" => "AVIF picture",
        "heic" | "heif" | "hif" => "HEIC picture",
        "jxl" => "JPEG XL picture",
        "jp2" | "j2k" | "jpx" | "jpf" => "JPEG 2000 picture",
        "cr2" | "cr3" | "nef" | "arw" | "dng" | "orf" | "rw2" | "raf" | "pef" | "srw" => "raw picture of a camera",
        "psd" | "xcf" | "kra" => "layered picture (Photoshop, GIMP, Krita)",
        "svg" | "eps" | "ai" => "drawing (SVG, EPS)",
        "ico" | "icns" => "icon",
        "tga" | "exr" | "hdr" | "qoi" | "dds" | "pcx" | "ras" | "xbm" | "xpm" => "picture in another format",
        "mp4" | "mov" | "avi" | "mkv" | "webm" | "m4v" => "film",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_promise_what_people_mean() {
        use Promise::{Archive, Attributes, Hidden, Other, Partition, Picture, System, Unknown};
        for (name, expected) in [
            ("a/1.JPG", Picture),
            ("1.jfif", Picture),
            ("Anno/LIST_ATTR_CELEBA.TXT", Attributes),
            ("list_attr_celeba (1).txt", Attributes),
            ("list_attr_celeba.txt.txt", Attributes),
            ("list_attr_celeba - Copy (2).csv", Attributes),
            ("list_eval_partition.csv", Partition),
            ("list_eval_partition_in_the_wild.txt", Other),
            ("notes.md", Other),
            ("1", Unknown),
            ("1.avif", Unknown),
            ("faces.zip", Archive),
            (".hidden.jpg", Hidden),
            (".hidden/1.jpg", Hidden),
            ("../1.jpg", Picture),
            ("x/._1.jpg", System),
            ("__MACOSX/1.jpg", System),
            (".DS_Store", System),
        ] {
            assert_eq!(promise(name), expected, "{name}");
        }
    }
}
