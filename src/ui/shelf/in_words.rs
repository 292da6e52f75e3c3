//! What is told of a model or run on the shelf, in words.

use crate::engine::{RunLine, ShelfFault, ShelfItem};
use crate::ui::theme;
use crate::ui::widgets::significant;
use crate::words::duration;

/// What it is: "Autoencoder · 32 px · k 64".
pub fn facts(item: &ShelfItem) -> String {
    let kind = item.kind().map(|kind| kind.label().to_owned());
    let (size, axes) = (item.size().map(|size| format!("{size} px")), item.latent_dim().map(|dim| format!("k {dim}")));
    [kind, size, axes].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What sets it apart: of a run how far it has come, of a model where it stands; else what is wrong with it.
pub fn about(item: &ShelfItem) -> String {
    // Where a part of it cannot be read, the other still opens.
    let fault = item.fault.as_ref().filter(|_| item.model.is_none() && item.run.is_none());
    match (fault, &item.run, &item.folder) {
        (Some(ShelfFault::Gone), _, _) => "not there any more".into(),
        (Some(ShelfFault::Unreadable(_)), _, _) => "cannot be read".into(),
        (None, Some(run), _) => run_in_words(run),
        (None, None, None) => "part of the program".into(),
        (None, None, Some(folder)) => folder.parent().map(|parent| parent.display().to_string()).unwrap_or_default(),
    }
}

/// "small · 12 min 03 s · error 0.0123", with the share of its length that is done where that is not all.
fn run_in_words(run: &RunLine) -> String {
    let mut parts = vec![run.preset.to_owned(), duration(run.seconds)];
    parts.extend(run.error.map(|error| format!("error {}", significant(error))));
    if run.is_live {
        parts.push("training".into());
    } else if run.progress < 1.0 {
        parts.push(format!("{:.0} %", run.progress * 100.0));
    }
    parts.join(" · ")
}

/// All that is known of it, for a tooltip.
pub fn tooltip(item: &ShelfItem) -> String {
    let mut lines = vec![item.name.clone(), facts(item)];
    if let Some(run) = &item.run {
        lines.push(format!("{} · {}", run.settings, theme::counted(run.images, "image")));
        lines.push(run_in_words(run));
    } else {
        lines.extend(item.model.as_ref().and_then(|model| model.training.clone()));
    }
    lines.extend(item.run.as_ref().and_then(|run| run.error).map(|_| "Error: mean squared, on held-out faces; less is better".into()));
    lines.push(match (&item.fault, &item.folder) {
        (Some(ShelfFault::Gone), _) => format!("{} is not there any more. × takes it off the list", item.request),
        (Some(ShelfFault::Unreadable(reason)), _) => reason.clone(),
        (None, Some(_)) => item.request.clone(),
        (None, None) => "Part of the program".into(),
    });
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::models::catalog::EMBEDDED;
    use crate::models::{ModelKind, StoredModel};

    fn run() -> ShelfItem {
        let line = RunLine {
            kind: ModelKind::Autoencoder,
            preset: "small",
            settings: "preset small, k 64".into(),
            size: 32,
            latent_dim: 64,
            images: 500_000,
            seconds: 723.0,
            error: Some(0.012_34),
            progress: 0.4,
            is_live: false,
        };
        ShelfItem { run: Some(line), fault: None, ..ShelfItem::gone(Path::new("/runs/mine")) }
    }

    #[test]
    fn a_run_tells_settings_time_and_error() {
        let mut item = run();
        assert_eq!(
            (facts(&item).as_str(), about(&item).as_str()),
            ("Autoencoder · 32 px · k 64", "small · 12 min 03 s · error 0.0123 · 40 %")
        );
        let text = tooltip(&item);
        assert!(text.contains("/runs/mine") && text.contains("preset small, k 64 · 500,000 images"), "{text}");
        item.run.as_mut().unwrap().is_live = true;
        assert!(about(&item).ends_with("training"));
    }

    #[test]
    fn a_model_tells_where_it_stands_and_what_is_gone_that_it_is() {
        let shipped = ShelfItem::shipped(EMBEDDED).unwrap();
        let dim = StoredModel::embedded().unwrap().header.latent_dim;
        assert_eq!((facts(&shipped), about(&shipped).as_str()), (format!("PCA · 64 px · k {dim}"), "part of the program"));
        let gone = ShelfItem::gone(Path::new("/models/mine"));
        assert_eq!((facts(&gone).as_str(), about(&gone).as_str()), ("", "not there any more"));
        assert!(tooltip(&gone).contains("/models/mine is not there any more"));
        let broken = ShelfItem { fault: Some(ShelfFault::Unreadable("line 3 is wrong".into())), ..gone };
        assert!(tooltip(&broken).ends_with("line 3 is wrong"));
    }
}
