//! Scales of plots: values to places, with round ticks.
//!
//! Owns the arithmetic; drawing is the plots' business.

/// One direction of a plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What is measured, and in which unit.
    pub label: String,
    /// Whether equal ratios take equal room.
    pub log: bool,
    /// A value that is shown whatever the data.
    pub includes: Option<f64>,
}

impl Axis {
    /// Equal differences take equal room.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// Equal ratios take equal room.
    pub fn log(label: impl Into<String>) -> Self {
        Self { label: label.into(), log: true, includes: None }
    }

    /// The same, with a value that is shown whatever the data.
    #[must_use]
    pub fn including(mut self, value: f64) -> Self {
        self.includes = Some(value);
        self
    }
}

/// Values to places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    log: bool,
    start: f64,
    end: f64,
}

impl Scale {
    /// A scale that shows all `values` between the places `start` and `end`; `None` where there is nothing to show.
    pub fn new(axis: &Axis, values: impl Iterator<Item = f64>, start: f64, end: f64) -> Option<Self> {
        let shown = values.chain(axis.includes).filter(|value| value.is_finite() && (!axis.log || *value > 0.0));
        let (low, high) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return None;
        }
        let (low, high) = match axis.log {
            true if low == high => (low / 2.0, high * 2.0),
            true => (low / 1.03, high * 1.03),
            false => {
                let air = if low == high { low.abs().max(1.0) * 0.1 } else { (high - low) * 0.04 };
                // A bound that was asked for is the edge itself.
                let edge = |bound: f64, moved: f64| if axis.includes == Some(bound) { bound } else { moved };
                (edge(low, low - air), edge(high, high + air))
            }
        };
        let (low, high) = if low == high { (low, high + 1.0) } else { (low, high) };
        Some(Self { low, high, log: axis.log, start, end })
    }

    /// Whether a value has a place.
    pub fn shows(&self, value: f64) -> bool {
        value.is_finite() && value >= self.low && value <= self.high
    }

    /// The place of a value.
    pub fn place(&self, value: f64) -> f64 {
        let of = |value: f64| if self.log { value.ln() } else { value };
        self.start + (self.end - self.start) * (of(value) - of(self.low)) / (of(self.high) - of(self.low))
    }

    /// Round values to label, about `wanted` of them.
    pub fn ticks(&self, wanted: usize) -> Vec<f64> {
        let ticks = if self.log { self.log_ticks(wanted) } else { round_ticks(self.low, self.high, wanted) };
        if ticks.len() < 2 { round_ticks(self.low, self.high, wanted) } else { ticks }
    }

    fn log_ticks(&self, wanted: usize) -> Vec<f64> {
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let of = |steps: &[f64]| -> Vec<f64> {
            let all = decades.clone().flat_map(|decade| steps.iter().map(move |step| step * 10_f64.powi(decade)));
            all.filter(|tick| self.shows(*tick)).collect()
        };
        let tens = of(&[1.0]);
        if tens.len() * 2 >= wanted { tens } else { of(&[1.0, 2.0, 5.0]) }
    }
}

/// Multiples of 1, 2 or 5 times a power of ten between two values.
fn round_ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let rough = (high - low) / wanted.max(1) as f64;
    if !rough.is_finite() || rough <= 0.0 {
        return Vec::new();
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= rough).unwrap_or(10.0 * power);
    let (first, last) = ((low / step).ceil() as i64, (high / step + 1e-9).floor() as i64);
    (first..=last).map(|at| at as f64 * step).collect()
}

/// A tick's text: as few digits as tell it apart.
pub fn tick_text(value: f64) -> String {
    let (scaled, unit) = match value.abs() {
        size if size >= 1e6 => (value / 1e6, "M"),
        size if size >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let text = format!("{scaled:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let text = if text == "-0" { "0" } else { text };
    format!("{}{unit}", text.replace('-', "\u{2212}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let scale = Scale::new(&Axis::linear(""), [0.013, 0.094].into_iter(), 0.0, 100.0).unwrap();
        assert_eq!(scale.ticks(5).into_iter().map(tick_text).collect::<Vec<_>>(), ["0.02", "0.04", "0.06", "0.08"]);
        let scale = Scale::new(&Axis::log(""), [1.0, 1000.0].into_iter(), 0.0, 100.0).unwrap();
        assert_eq!(scale.ticks(5).into_iter().map(tick_text).collect::<Vec<_>>(), ["1", "10", "100", "1000"]);
        assert_eq!([tick_text(-0.5), tick_text(400_000.0), tick_text(2.5e6), tick_text(0.0)], ["\u{2212}0.5", "400k", "2.5M", "0"]);
    }

    #[test]
    fn places_keep_differences_or_ratios() {
        let scale = Scale::new(&Axis::linear("").including(0.0), [10.0].into_iter(), 0.0, 100.0).unwrap();
        assert_eq!(scale.place(0.0), 0.0);
        let scale = Scale::new(&Axis::log(""), [1.0, 100.0].into_iter(), 0.0, 100.0).unwrap();
        assert!((scale.place(10.0) - 50.0).abs() < 1e-9);
        assert_eq!(Scale::new(&Axis::log(""), [0.0, -1.0].into_iter(), 0.0, 1.0), None, "nothing has a logarithm");
        assert!(Scale::new(&Axis::linear(""), [3.0].into_iter(), 0.0, 1.0).unwrap().shows(3.0));
    }
}
