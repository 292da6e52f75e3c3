//! What the figures of a report show, and why: one sentence under each, chosen and filled by the numbers.
//!
//! Owns thresholds and words. A sentence names what is most striking first, then its cause: linear superposition, the averaging of
//! squared errors, holes between codes, a critic that is too strong or too weak, few faces, overfitting.

mod averages;
mod causes;
mod curves;
mod learning;
mod samples;
mod unsaid;
mod walks;

pub use averages::averages;
pub use causes::causes_of;
pub use curves::{code_likelihood, density, errors_over_axes, explained_variance, likelihood};
pub use learning::training;
pub use samples::{Target, best_by, blur, copies, reconstruction, samples, table};
pub use unsaid::unsaid;
pub use walks::{axes, walk};

use super::html::number;

/// "1.23 times", or "just" where the two hardly differ.
fn times(ratio: f64) -> String {
    if (0.97..=1.03).contains(&ratio) { "just".into() } else { format!("{} times", number(ratio)) }
}

/// The quotient of two figures, where there is one.
fn ratio(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.zip(b).filter(|(_, b)| *b > 0.0).map(|(a, b)| a / b).filter(|ratio| ratio.is_finite())
}

/// "a", "a and b", "a, b and c".
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_listed_and_ratios_told() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            (listed(&words("a")), listed(&words("a b")), listed(&words("a b c"))),
            ("a".into(), "a and b".into(), "a, b and c".into())
        );
        assert_eq!((times(1.01), times(2.5)), ("just".into(), "2.50 times".into()));
        assert_eq!((ratio(Some(3.0), Some(2.0)), ratio(Some(1.0), Some(0.0)), ratio(None, Some(1.0))), (Some(1.5), None, None));
    }
}
