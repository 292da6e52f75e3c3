//! Sources of every kind, listed and read.

use std::io::Write;

use super::*;
use crate::progress::Silent;

fn names(source: &Source) -> Vec<&str> {
    source.pictures().iter().map(|entry| entry.name.as_str()).collect()
}

#[test]
fn a_folder_and_its_zip_list_alike() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("faces");
    let files = ["b/2.jpg", "a/10.PNG", "a/1.jpeg", "b/.hidden.jpg", "list_attr_celeba.txt", "notes.md"];
    let zip_path = place.path().join("faces.bin");
    let mut zip = ::zip::ZipWriter::new(File::create(&zip_path).unwrap());
    for file in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
        zip.start_file(file, ::zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(file.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    for path in [folder, zip_path] {
        let source = Source::open(&path, &Silent).unwrap();
        assert_eq!(names(&source), ["1.jpeg", "10.PNG", "2.jpg"]);
        let mut reader = source.reader();
        assert_eq!(reader.read(&source.pictures()[2]).unwrap(), b"b/2.jpg");
    }
}

#[test]
fn names_that_occur_twice_keep_their_folder() {
    let place = tempfile::tempdir().unwrap();
    for file in ["x/1.jpg", "y/1.jpg", "y/2.jpg"] {
        let path = place.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    assert_eq!(names(&Source::open(place.path(), &Silent).unwrap()), ["x/1.jpg", "y/1.jpg", "2.jpg"]);
}

#[test]
fn what_is_no_archive_is_named() {
    let place = tempfile::tempdir().unwrap();
    let message = |bytes: &[u8]| {
        let path = place.path().join("img_align_celeba.zip");
        fs::write(&path, bytes).unwrap();
        Source::open(&path, &Silent).err().expect("this is no archive").to_string()
    };
    assert!(message(b"<!DOCTYPE html><html>quota exceeded").contains("HTML"));
    assert!(message(b"PK\x03\x04 and then nothing").contains("cut short"));
    assert!(message(b"hello").contains("neither"));
    assert!(message(b"").contains("empty"));
    let nothing = Source::open(&place.path().join("nowhere"), &Silent).err().unwrap().to_string();
    assert!(nothing.contains("nowhere"), "{nothing}");
    fs::create_dir(place.path().join("bare")).unwrap();
    let bare = Source::open(&place.path().join("bare"), &Silent).err().unwrap().to_string();
    assert!(bare.contains("no pictures"), "{bare}");
}
