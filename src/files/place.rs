//! Where a path really leads: links are followed, also to what is not there yet.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::parent_folder;

/// As many links as operating systems follow.
const MOST_LINKS: usize = 40;

/// The place that a path names, behind all links of its last part: a link stays, and its target is written. A link that leads in a
/// circle is left as it is, and the operating system says what is wrong with it.
pub fn follow(path: &Path) -> PathBuf {
    let mut place = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        // A path that ends in `..` or a root has no last part that could be a link.
        if !matches!(place.components().next_back(), Some(Component::Normal(_))) {
            return place;
        }
        // A slash at the end would have the operating system follow the link itself.
        let link: PathBuf = place.components().collect();
        let Ok(target) = fs::read_link(&link) else { return place };
        place = parent_folder(&link).join(target);
    }
    path.to_path_buf()
}

/// Whether two paths name one thing that is there.
pub fn same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_to_their_end() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        fs::create_dir(path("disk")).unwrap();
        symlink("disk/new.mp4", path("one")).unwrap();
        symlink(path("one"), path("two")).unwrap();
        symlink("three", path("three")).unwrap();
        assert_eq!(follow(&path("two")), path("disk/new.mp4"), "also to what is not there yet");
        assert_eq!(follow(&path("disk")), path("disk"));
        assert_eq!(follow(&path("three")), path("three"), "a circle ends");
        symlink("disk", path("frames")).unwrap();
        assert_eq!(follow(&path("frames/")), path("disk"));
        assert_eq!(follow(Path::new("nothing")), Path::new("nothing"));
        assert!(same_file(&path("frames"), &path("disk")) && !same_file(&path("one"), &path("disk")));
    }
}
