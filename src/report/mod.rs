//! A comparison of models as one HTML file that needs nothing else: no scripts, no fonts, no pictures from elsewhere.
//!
//! Owns the page: its order, plots, tables, and the sentences that say what each figure shows and why. Plain data comes in; what is
//! computed for it is the engine's business.

mod content;
mod figures;
mod html;
mod page;
mod plot;
mod scale;
mod sentences;
mod tables;

use crate::files::{FileKind, is_sealed, sealed};

pub use content::{
    AverageContent, AxisPictures, CodeLikelihood, LikelihoodContent, ModelContent, ModelPictures, PcaErrors, RealFaces, Reconstructions,
    ReportContent, WalkFigures, Walks,
};

/// How the first line of every report begins; the digest of the rest follows.
const BEGINNING: &str =
    "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"generator\" content=\"facefield report, ";
/// How the line ends.
const END_OF_LINE: &str = "\">";
/// A report, as facefield wrote it.
pub const REPORT: FileKind = FileKind { name: "a report", is_own: |path| is_sealed(path, BEGINNING, END_OF_LINE) };

/// The whole file.
pub fn html(content: &ReportContent) -> String {
    sealed(BEGINNING, END_OF_LINE, &page::page(content))
}

#[cfg(test)]
mod tests {
    use super::content::example::model;
    use super::*;
    use crate::data::Faces;
    use crate::models::ModelKind;

    fn content() -> ReportContent {
        let mut models: Vec<ModelContent> = [ModelKind::Pca, ModelKind::Autoencoder, ModelKind::Gan].map(model).into();
        for model in &mut models {
            model.pictures.samples = vec![(0.5, Faces::new(4, vec![90; 48 * 8])), (1.0, Faces::new(4, vec![120; 48 * 8]))];
        }
        models[0].header.name = "<script>".into();
        ReportContent {
            judged_by: "50 faces".into(),
            seed: 1,
            real: RealFaces::Synthetic,
            models,
            likelihood: None,
            pca_errors: vec![PcaErrors {
                size: 32,
                points: vec![(1, 0.05), (4, 0.02), (16, 0.008)],
                psnr: Vec::new(),
                training_faces: 100,
            }],
            notes: vec!["a note".into()],
        }
    }

    #[test]
    fn the_page_needs_nothing_else_and_escapes_names() {
        let page = html(&content());
        assert!(page.starts_with(BEGINNING) && page.trim_end().ends_with("</html>"));
        for outside in ["<script", "http://", "https://", "<link", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("&lt;script&gt;") && page.contains("data:image/png;base64,") && page.contains("<svg"));
        assert!(page.contains("@media print") && page.contains("prefers-color-scheme"));
        for (open, close) in [("<section", "</section>"), ("<table", "</table>"), ("<p", "</p>"), ("<svg", "</svg>")] {
            assert_eq!(
                page.matches(&format!("{open} ")).count() + page.matches(&format!("{open}>")).count(),
                page.matches(close).count(),
                "{open}"
            );
        }
    }

    #[test]
    fn the_page_follows_its_numbers() {
        let (first, mut other) = (content(), content());
        other.models[1].evaluation.reconstruction.mse = Some(0.03);
        assert_eq!(html(&first), html(&content()), "the same content, the same bytes");
        let (a, b) = (html(&first), html(&other));
        assert!(a.contains("50 % less than PCA") && !b.contains("50 % less than PCA") && b.contains("50 % more than PCA"));
    }

    #[test]
    fn a_report_is_known_until_it_is_changed() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("report.html");
        let page = html(&content());
        for (text, known) in [
            (page.as_str(), true),
            ("<!DOCTYPE html><html><body>a thesis</body></html>", false),
            (&page.replace("50 faces", "my faces"), false),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!((REPORT.is_own)(&path), known);
        }
    }

    #[test]
    fn licences_stand_beside_pictures_of_real_faces() {
        let mut content = content();
        assert!(html(&content).contains("nobody"));
        content.real = RealFaces::OfData { licence: "for research only".into() };
        assert!(html(&content).contains("for research only"));
    }
}
