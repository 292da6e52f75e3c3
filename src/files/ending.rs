//! What the ending of a name announces. A name such as `frames_0.5` ends in nothing that is known: the dot is part of it.

use std::path::Path;

/// Endings of files that people have: a folder is not meant by them.
const KNOWN: &[&str] = &[
    "7z",
    "apng",
    "arw",
    "avi",
    "avif",
    "bin",
    "bmp",
    "bz2",
    "cr2",
    "csv",
    "dng",
    "doc",
    "docx",
    "exe",
    "gif",
    "gz",
    "heic",
    "heif",
    "htm",
    "html",
    "ico",
    "j2k",
    "jfif",
    "jp2",
    "jpe",
    "jpeg",
    "jpg",
    "json",
    "jxl",
    "m4v",
    "md",
    "mkv",
    "mov",
    "mp3",
    "mp4",
    "mpeg",
    "mpg",
    "nef",
    "npy",
    "npz",
    "onnx",
    "parquet",
    "pbm",
    "pdf",
    "pgm",
    "pkl",
    "png",
    "pnm",
    "ppm",
    "pptx",
    "psd",
    "pt",
    "pth",
    "py",
    "qoi",
    "rar",
    "ron",
    "rs",
    "safetensors",
    "svg",
    "tar",
    "tga",
    "tgz",
    "tif",
    "tiff",
    "toml",
    "tsv",
    "txt",
    "wav",
    "webm",
    "webp",
    "wmv",
    "xlsx",
    "xml",
    "xz",
    "yaml",
    "yml",
    "zip",
    "zst",
];

/// The known ending of a name in lower case; `None` where it has none, or one that names no format.
pub fn known_ending(path: &Path) -> Option<String> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    KNOWN.contains(&ending.as_str()).then_some(ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_alone_is_part_of_a_name() {
        assert!(KNOWN.is_sorted());
        let of = |name: &str| known_ending(Path::new(name));
        assert_eq!([of("a.PNG"), of("x/b.tar")], [Some("png".to_owned()), Some("tar".to_owned())]);
        for name in ["frames_0.5", "v1.2", "my.faces", "a.b/frames", ".hidden", "plain"] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
