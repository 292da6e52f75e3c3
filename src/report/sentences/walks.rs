//! Sentences about ways: between two faces, and along the first axes.

use super::causes::causes_of;
use crate::data::Faces;
use crate::report::content::{AxisPictures, ModelContent, WalkFigures};
use crate::report::html::{number, percent};

/// A way that bends less is a cross-fade; beyond the second value features move.
const BEND: (f64, f64) = (0.15, 0.6);
/// Detail half way below this share of that at the ends is blur, above the second value noise.
const DETAIL: (f64, f64) = (0.9, 1.1);
/// Root mean square of pixels between -3 and +3 sigma below which an axis shows little.
const FAINT: f64 = 0.06;

/// What lies between two faces.
pub fn walk(model: &ModelContent) -> Option<String> {
    let WalkFigures { bend, detail } = model.walks;
    let bend = bend?;
    let (name, bent) = (&model.header.name, percent(bend));
    let way = match bend {
        bend if bend < BEND.0 => format!(
            "half way stands the mean of both pictures, but for {bent}: a cross-fade, as linear superposition lays one face over the other"
        ),
        bend if bend < BEND.1 => {
            format!("half way the picture is {bent} off the mean of both: partly a cross-fade, partly features that move")
        }
        _ => format!("half way the picture is {bent} off the mean of both: features move and change instead of fading"),
    };
    let kept = match detail {
        None => String::new(),
        Some(detail) if detail < DETAIL.0 => {
            format!(" Fine detail falls to {} there{}", percent(detail), causes_of(model.header.kind).half_way)
        }
        Some(detail) if detail > DETAIL.1 => {
            format!(" Fine detail grows to {} there, which is noise: the decoder extrapolates into holes between codes", percent(detail))
        }
        Some(detail) => {
            format!(" Fine detail stays at {} of that at the ends, so the way leads through faces and not past them", percent(detail))
        }
    };
    Some(format!("{name}: {way}.{kept}{}", if kept.is_empty() { "" } else { "." }))
}

/// What the first axes change.
pub fn axes(model: &ModelContent) -> Option<String> {
    let pictures = model.pictures.axes.as_ref()?;
    let changes: Vec<f64> = (0..pictures.axes).map(|axis| change(pictures, axis)).collect();
    let (strongest, most) = changes.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let mean_bend = (0..pictures.axes).map(|axis| bend(pictures, axis)).sum::<f64>() / pictures.axes.max(1) as f64;
    let (name, most_text, bent) = (&model.header.name, number(most), percent(mean_bend));
    let strongest = strongest + 1;
    let shown = if most < FAINT {
        format!(
            "no axis changes pixels by more than {most_text} (root mean square) from \u{2212}3 to +3 sigma: its directions share the \
             variance so evenly that none shows alone"
        )
    } else {
        let last = changes.last().map_or(1.0, |last| last / most);
        format!(
            "from \u{2212}3 to +3 sigma axis {strongest} changes pixels most, by {most_text} (root mean square), and the last one shown \
             {} as much",
            percent(last)
        )
    };
    let cause = match model.header.kind.facts().is_linear {
        _ if mean_bend < BEND.0 => format!(
            "both ends lie opposite around the middle, but for {bent}: an axis adds or subtracts one fixed picture, which is linear \
             superposition, and far out it leaves a ghost"
        ),
        // Axes of sums are straight; what bends is clipped.
        true => format!(
            "an axis adds or subtracts one fixed picture, which is linear superposition; that both ends are {bent} off being opposite \
             comes from pixels that would be darker than black or brighter than white"
        ),
        false => format!(
            "both ends are {bent} off being opposite: along a curved surface an axis changes shape, not only brightness, and its far \
             ends need not be mirror images"
        ),
    };
    Some(format!("{name}: {shown}; {cause}."))
}

fn change(pictures: &AxisPictures, axis: usize) -> f64 {
    let [low, _, high] = column(pictures, axis);
    root_mean_square(low.iter().zip(high).map(|(low, high)| f64::from(*high) - f64::from(*low))) / 255.0
}

/// How far the mean of both ends is from the middle, over half of their distance.
fn bend(pictures: &AxisPictures, axis: usize) -> f64 {
    let [low, middle, high] = column(pictures, axis);
    let off = low.iter().zip(high).zip(middle).map(|((low, high), middle)| (f64::from(*low) + f64::from(*high)) / 2.0 - f64::from(*middle));
    let half = low.iter().zip(high).map(|(low, high)| (f64::from(*high) - f64::from(*low)) / 2.0);
    root_mean_square(off) / root_mean_square(half).max(0.5)
}

fn column(pictures: &AxisPictures, axis: usize) -> [&[u8]; 3] {
    let faces: &Faces = &pictures.faces;
    [0, 1, 2].map(|row| faces.face(row * pictures.axes + axis))
}

fn root_mean_square(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    (values.map(|value| value * value).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::ModelKind;
    use crate::report::content::example::model;

    #[test]
    fn cross_fades_blur_and_noise_are_told_apart() {
        let told = |kind, bend, detail| {
            let mut model = model(kind);
            model.walks = WalkFigures { bend: Some(bend), detail };
            walk(&model).unwrap()
        };
        assert!(told(ModelKind::Pca, 0.02, Some(0.7)).contains("linear superposition"), "{}", told(ModelKind::Pca, 0.02, None));
        assert!(told(ModelKind::Autoencoder, 0.3, Some(0.7)).contains("holes between codes"));
        assert!(told(ModelKind::Gan, 0.8, Some(0.7)).contains("jumps"));
        assert!(told(ModelKind::Gan, 0.8, Some(1.3)).contains("noise"));
        assert!(told(ModelKind::Gan, 0.8, Some(1.0)).contains("not past them"));
        assert!(told(ModelKind::Gan, 0.8, None).ends_with("fading."));
        let mut without = model(ModelKind::Pca);
        without.walks = WalkFigures::default();
        assert_eq!(walk(&without), None);
    }

    #[test]
    fn straight_and_curved_axes_are_told_apart() {
        let told = |kind: ModelKind, bytes: [u8; 6]| {
            let mut model = model(kind);
            let faces = Faces::new(1, bytes.iter().flat_map(|byte| [*byte; 3]).collect());
            model.pictures.axes = Some(AxisPictures { faces, axes: 2 });
            axes(&model).unwrap()
        };
        // Row by row: -3, 0, +3 sigma of two axes.
        let straight = told(ModelKind::Pca, [50, 90, 100, 100, 150, 110]);
        assert!(straight.contains("axis 1") && straight.contains("linear superposition") && straight.contains("20 %"), "{straight}");
        assert!(told(ModelKind::Pca, [90, 50, 180, 100, 110, 150]).contains("axis 2"));
        assert!(told(ModelKind::Gan, [50, 90, 190, 140, 150, 110]).contains("curved"));
        assert!(told(ModelKind::Pca, [50, 90, 190, 140, 150, 110]).contains("brighter than white"));
        assert!(told(ModelKind::Pca, [99, 99, 100, 100, 101, 101]).contains("no axis changes"));
    }
}
