//! Whose is it: what facefield wrote itself is replaced, anything else is left alone and named, and what the killed leave goes.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Place, WRITERS, assert_unchanged, snapshot, text};

/// Something of the user's under any name that an output may have.
fn foreign(name: &str) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_fn(32, 24, |x, y| image::Rgb([x as u8 * 8, y as u8 * 10, 90]));
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "png" => picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap(),
        "zip" => {
            let mut zip = zip::ZipWriter::new(&mut bytes);
            zip.start_file("thesis.tex", zip::write::SimpleFileOptions::default()).unwrap();
            zip.finish().unwrap();
        }
        "mp4" => bytes.get_mut().extend_from_slice(b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x08moov\0\0\0\x0cmdat----"),
        "gif" => bytes.get_mut().extend_from_slice(b"GIF89a\x01\0\x01\0\0\0\0;"),
        "safetensors" => {
            let face = safetensors::tensor::TensorView::new(safetensors::Dtype::U8, vec![1, 2, 2, 3], &[7; 12]).unwrap();
            bytes.get_mut().extend(safetensors::serialize([("faces", face)], None).unwrap());
        }
        _ => bytes.get_mut().extend_from_slice(b"these are my notes\n"),
    }
    bytes.into_inner()
}

fn is_file(out: &str) -> bool {
    out.contains('.')
}

#[test]
fn files_of_others_stay_unless_asked_and_what_was_changed_is_the_users() {
    let place = Place::new();
    for (line, out) in WRITERS.into_iter().filter(|(_, out)| is_file(out)) {
        let line = format!("{line} {out}");
        place.write(out, foreign(out));
        place.refused(1, &line, &[out, "that facefield wrote", "left as it is", "--overwrite"]);
        place.done(&format!("{line} --overwrite"));
        let own = place.read(out);
        assert_ne!(own, foreign(out), "{line}");
        place.done(&line);
        let mut changed = own.clone();
        changed.extend_from_slice(b"\n");
        place.write(out, changed);
        place.refused(1, &line, &[out, "changed since"]);
        place.done(&format!("{line} --overwrite"));
        assert_eq!(place.read(out), own, "{line}: the same again");
    }
}

#[test]
fn texts_that_were_changed_by_hand_are_the_users() {
    let place = Place::new();
    let encode = "encode pca-celeba64 model/preview.png --out codes.ron";
    place.done(encode);
    place.write("codes.ron", text(&place.read("codes.ron")).replace("version: 1", "version: 2"));
    place.refused(1, encode, &["codes.ron", "changed since"]);
    let fit = "fit pca --data faces.safetensors --components 4 --out model";
    place.done(fit);
    let header = text(&place.read("model/model.ron"));
    place.write("model/model.ron", header.replace("kind: \"pca\"", "kind: \"pca\" /* mine */"));
    place.refused(1, fit, &["holds model.ron", "changed since", "left as it is"]);
    // As models of older versions stand on disk: without a mark.
    place.write("model/model.ron", header.split_once('\n').unwrap().1);
    place.done(fit);
}

#[test]
fn an_archive_that_somebody_added_to_is_theirs() {
    let place = Place::new();
    let synth = "synth --count 4 --seed 1 --out synth.zip";
    place.done(synth);
    let file = fs::File::options().read(true).write(true).open(place.path("synth.zip")).unwrap();
    let mut zip = zip::ZipWriter::new_append(file).unwrap();
    zip.start_file("thesis.tex", zip::write::SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();
    place.refused(1, synth, &["synth.zip", "left as it is"]);
}

#[test]
fn folders_with_anything_of_others_are_never_replaced() {
    let place = Place::new();
    for (line, out) in WRITERS.into_iter().filter(|(_, out)| !is_file(out)) {
        let line = format!("{line} {out}");
        let overwrite = if line.starts_with("fit") { "" } else { " --overwrite" };
        place.write(&format!("{out}/000002.png"), foreign("x.png"));
        place.refused(1, &line, &[out, "holds 000002.png", "left as it is", "another folder"]);
        place.refused(1, &format!("{line}{overwrite}"), &[out, "holds 000002.png"]);
        fs::remove_file(place.path(&format!("{out}/000002.png"))).unwrap();
        for name in [".DS_Store", "Thumbs.db", "desktop.ini"] {
            place.write(&format!("{out}/{name}"), "of the system");
        }
        place.done(&line);
        place.done(&line);
        fs::create_dir(place.path(&format!("{out}/notes.png"))).unwrap();
        place.refused(1, &line, &[out, "holds notes.png"]);
        fs::remove_dir(place.path(&format!("{out}/notes.png"))).unwrap();
        place.write(&format!("{out}/thesis.tex"), "three years of work");
        place.refused(1, &line, &[out, "holds thesis.tex"]);
        fs::remove_file(place.path(&format!("{out}/thesis.tex"))).unwrap();
        place.done(&line);
        fs::remove_dir_all(place.path(out)).unwrap();
        place.write(out, "a file where a folder should go");
        place.refused(1, &line, &[out, "is a file", "left as it is"]);
        fs::remove_file(place.path(out)).unwrap();
    }
    let frames = "render journey.ron --fps 4 --size 128x96 --out frames";
    place.done(frames);
    let edited = image::open(place.path("frames/000001.png")).unwrap().fliph();
    edited.save(place.path("frames/000001.png")).unwrap();
    place.refused(1, frames, &["holds 000001.png", "changed since"]);
}

#[test]
fn nothing_but_training_replaces_a_run_or_what_belongs_to_it() {
    let place = Place::new();
    place.done("train autoencoder --data faces.safetensors --out run --preset tiny --latent 4 --batch 4 --images 40 --backend cpu");
    for line in [
        "fit pca --data faces.safetensors --components 2 --out run",
        "sample model --count 2 --out run",
        "sample model --count 2 --out run/samples",
        "sample model --count 2 --out run/preview.png --overwrite",
        "encode model pictures/img_align_celeba --out run/samples",
        "import pictures.zip --size 16 --out run/weights.safetensors --overwrite",
    ] {
        place.refused(1, line, &["run", "left as it is", "facefield train"]);
    }
    place.done("sample run --count 2 --out run/mine.png");
    place.done("sample run --count 2 --out run/mine.png");
}

#[test]
fn sources_are_never_replaced_by_what_is_made_of_them() {
    let place = Place::new();
    for line in ["import pictures.zip --out pictures.zip", "import pictures.zip --out pictures.zip --overwrite"] {
        place.refused(1, line, &["pictures.zip", "both the source and the output"]);
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("faces.safetensors", place.path("report.html")).unwrap();
        place.refused(1, "report model --data faces.safetensors --out report.html --overwrite", &["both the source and the output"]);
    }
    place.refused(1, "encode model pictures/img_align_celeba/000001.jpg --out pictures/img_align_celeba", &["holds 000001.jpg"]);
    place.done("sample model --count 3 --out own");
    place.refused(1, "encode model own --out own", &["own", "replaced by its own reconstruction"]);
}

#[cfg(unix)]
#[test]
fn links_stay_and_their_targets_are_written() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    for (line, out) in WRITERS {
        let target = format!("disk/new-{out}");
        symlink(&target, place.path(out)).unwrap();
        for _ in 0..2 {
            place.done(&format!("{line} {out}"));
            assert!(place.path(out).is_symlink() && place.path(&target).exists(), "{line}");
        }
        let left = place.names("disk");
        assert!(!left.iter().any(|name| name.ends_with(".partial")), "{line}: {left:?}");
    }
    place.write("thesis.png", foreign("x.png"));
    symlink("thesis.png", place.path("linked.png")).unwrap();
    place.refused(1, "sample model --count 2 --out linked.png", &["linked.png", "left as it is"]);
    place.refused(1, "sample model --count 2 --out /dev/null", &["/dev/null"]);
    symlink("circle.png", place.path("circle.png")).unwrap();
    let (code, _, message) = place.run("sample model --count 2 --out circle.png");
    assert!(code == Some(1) && message.contains("circle.png") && !message.contains("panicked"), "{message}");
}

#[cfg(unix)]
#[test]
fn the_umask_counts_and_what_is_private_stays_so() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let mode = |out: &str| fs::metadata(place.path(out)).unwrap().permissions().mode() & 0o777;
    let with_mask = |mask: &str, line: &str| {
        let mut shell = place.command("");
        let program = shell.get_program().to_owned();
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &format!("umask {mask} && exec \"$0\" {line}")]).arg(program).current_dir(place.path("."));
        command.env_clear().envs(shell.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
        shell.stdin(Stdio::null());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}: {}", text(&output.stderr));
    };
    for (line, out) in WRITERS {
        for (mask, file, folder) in [("077", 0o600, 0o700), ("002", 0o664, 0o775)] {
            with_mask(mask, &format!("{line} {out}"));
            assert_eq!(mode(out), if is_file(out) { file } else { folder }, "{line} with {mask}");
            if is_file(out) { fs::remove_file(place.path(out)).unwrap() } else { fs::remove_dir_all(place.path(out)).unwrap() }
        }
    }
    place.done("sample model --count 2 --out sheet.png");
    fs::set_permissions(place.path("sheet.png"), fs::Permissions::from_mode(0o600)).unwrap();
    place.done("sample model --count 2 --out sheet.png");
    assert_eq!(mode("sheet.png"), 0o600);
}

#[test]
fn what_a_killed_write_leaves_goes_with_the_next_and_never_that_of_the_living() {
    let place = Place::new();
    place.write("long.ron", super::JOURNEY.replace("0.5", "600"));
    fs::create_dir(place.path("out")).unwrap();
    let partials = || place.names("out").into_iter().filter(|name| name.ends_with(".partial")).count();
    let begin = |line: &str, wanted: usize| {
        let child = place.command(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let start = Instant::now();
        while partials() < wanted {
            assert!(start.elapsed() < Duration::from_secs(30), "{line}: nothing is written");
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    };
    for (name, short) in [
        ("a.mp4", "render journey.ron --size 128x96 --fps 4 --out out/a.mp4"),
        ("a.gif", "render journey.ron --size 128x96 --fps 4 --out out/a.gif"),
        ("frames", "render journey.ron --size 128x96 --fps 4 --out out/frames"),
    ] {
        let long = format!("render long.ron --size 640x480 --out out/{name}");
        let mut living = begin(&long, 1);
        place.done(short);
        assert!(partials() > 0 && living.try_wait().unwrap().is_none(), "{name}: another process still writes there");
        living.kill().unwrap();
        living.wait().unwrap();
        assert!(partials() > 0, "{name}: it was killed in the middle");
        place.done(short);
        assert_eq!(partials(), 0, "{name}");
    }
    let before = snapshot(&place.path("out"));
    assert_unchanged(&before, &snapshot(&place.path("out")), "nothing more goes on");
}
