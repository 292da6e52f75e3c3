//! Frames a second as an exact fraction, as users write it.
//!
//! Owns reading rates and counting frames. Which rates a format can hold is its encoder's business.

use std::fmt;
use std::num::NonZero;
use std::str::FromStr;

/// The fewest and the most frames a second.
const RANGE: (f64, f64) = (1.0, 120.0);
/// Digits after the point that are taken as they stand: a rate stays exact, and MP4 counts time in 32 bits.
const DIGITS: usize = 6;

/// Frames a second, `numerator / denominator` in lowest terms; from 1 to 120.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRate {
    numerator: NonZero<u32>,
    denominator: NonZero<u32>,
}

impl FrameRate {
    /// A whole number of frames a second; `None` outside 1 to 120.
    pub const fn whole(rate: u32) -> Option<Self> {
        match NonZero::new(rate) {
            Some(numerator) if rate as f64 <= RANGE.1 => Some(Self { numerator, denominator: NonZero::<u32>::MIN }),
            _ => None,
        }
    }

    fn of(numerator: u64, denominator: u64) -> Option<Self> {
        let divisor = greatest_common_divisor(numerator, denominator);
        let part = |value: u64| u32::try_from(value.checked_div(divisor)?).ok().and_then(NonZero::new);
        let rate = Self { numerator: part(numerator)?, denominator: part(denominator)? };
        (RANGE.0..=RANGE.1).contains(&rate.per_second()).then_some(rate)
    }

    /// Units of time a second, so that a frame lasts [`denominator`](Self::denominator) of them.
    pub fn numerator(self) -> NonZero<u32> {
        self.numerator
    }

    /// Units of time that a frame lasts.
    pub fn denominator(self) -> NonZero<u32> {
        self.denominator
    }

    /// Rounded to a number.
    pub fn per_second(self) -> f64 {
        f64::from(self.numerator.get()) / f64::from(self.denominator.get())
    }

    /// The whole number of frames next to this rate.
    pub fn nearest_whole(self) -> u32 {
        self.per_second().round() as u32
    }

    /// How many frames take this many seconds: the nearest count, one at least.
    pub fn frames_in(self, seconds: f64) -> u64 {
        (seconds * f64::from(self.numerator.get()) / f64::from(self.denominator.get())).round().max(1.0) as u64
    }

    /// When frame `index` begins, in units of 1 / `unit` of a second, rounded to the nearest: rounding never adds up.
    pub fn start_of(self, index: u64, unit: u32) -> u64 {
        let (numerator, denominator) = (u128::from(self.numerator.get()), u128::from(self.denominator.get()));
        ((u128::from(index) * denominator * u128::from(unit) + numerator / 2) / numerator) as u64
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match (self.numerator.get(), self.denominator.get()) {
            (numerator, 1) => write!(f, "{numerator}"),
            (numerator, denominator) => write!(f, "{numerator}/{denominator}"),
        }
    }
}

impl FromStr for FrameRate {
    type Err = String;

    /// A whole number, a fraction such as `30000/1001`, or a decimal. The decimals by which the rates of NTSC television go (23.976, 29.97,
    /// 59.94 and so on) mean n x 1000/1001.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let rate = match text.split_once('/') {
            Some((numerator, denominator)) => fraction(numerator, denominator),
            None => decimal(text),
        };
        rate.ok_or_else(|| {
            "a rate is a number of frames a second from 1 to 120, written as 30, 29.97 or 30000/1001 (a point, no comma, and no unit)"
                .into()
        })
    }
}

fn fraction(numerator: &str, denominator: &str) -> Option<FrameRate> {
    let whole = |text: &str| digits(text.trim()).filter(|value| *value > 0);
    FrameRate::of(whole(numerator)?, whole(denominator)?)
}

fn decimal(text: &str) -> Option<FrameRate> {
    let (whole, after) = text.split_once('.').unwrap_or((text, ""));
    let after = after.trim_end_matches('0');
    // "30." and ".5" are read as people mean them, "." is not.
    let whole = if whole.is_empty() && !after.is_empty() { 0 } else { digits(whole)? };
    if after.is_empty() {
        return FrameRate::of(whole, 1);
    }
    digits(after.get(..after.len().min(18))?)?;
    if after.len() > 1
        && let Some(rate) = television_rate(text.parse().ok()?, after.len())
    {
        return Some(rate);
    }
    if after.len() > DIGITS || !after.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let scale = 10_u64.pow(after.len() as u32);
    FrameRate::of(whole.checked_mul(scale)?.checked_add(digits(after)?)?, scale)
}

/// n x 1000/1001 where the decimal is that, rounded or cut at its last digit.
fn television_rate(value: f64, digits: usize) -> Option<FrameRate> {
    let nominal = (value * 1.001).round();
    let exact = nominal * 1000.0 / 1001.0;
    let step = 0.1_f64.powi(digits.min(12) as i32);
    // 23.976 goes by 23.98 and 23.97, the others by two or three digits.
    let same = (value - exact).abs() <= step * 0.5000001 || (nominal % 6.0 == 0.0 && exact - value < step && value < exact);
    if same && nominal >= 10.0 { FrameRate::of((nominal as u64).checked_mul(1000)?, 1001) } else { None }
}

fn digits(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (u32, u32) {
        let rate: FrameRate = text.parse().unwrap_or_else(|reason| panic!("{text}: {reason}"));
        (rate.numerator().get(), rate.denominator().get())
    }

    #[test]
    fn rates_are_exact_fractions() {
        for (text, wanted) in [
            ("30", (30, 1)),
            ("30.0", (30, 1)),
            ("24000/1001", (24000, 1001)),
            ("60/2", (30, 1)),
            ("23.976", (24000, 1001)),
            ("23.98", (24000, 1001)),
            ("23.97", (24000, 1001)),
            ("23.976024", (24000, 1001)),
            ("29.97", (30000, 1001)),
            ("29.970", (30000, 1001)),
            ("29.97002997002997", (30000, 1001)),
            ("47.952", (48000, 1001)),
            ("59.94", (60000, 1001)),
            ("59.9401", (60000, 1001)),
            ("119.88", (120_000, 1001)),
            ("14.985", (15000, 1001)),
            ("12.5", (25, 2)),
            ("29.9", (299, 10)),
            ("29.96", (749, 25)),
            ("24.975", (25000, 1001)),
            ("7.5", (15, 2)),
            ("16.666667", (16_666_667, 1_000_000)),
            ("50/3", (50, 3)),
        ] {
            assert_eq!(parts(text), wanted, "{text}");
        }
        assert_eq!(["30", "23.976"].map(|text| text.parse::<FrameRate>().unwrap().to_string()), ["30", "24000/1001"]);
    }

    #[test]
    fn what_is_no_rate_is_refused_with_an_example() {
        for text in [
            "",
            ".",
            "0",
            "0.5",
            "121",
            "120.1",
            "-30",
            "29,97",
            "30fps",
            "1e1",
            "nan",
            "inf",
            "30/0",
            "0/1",
            "1/2",
            "30/",
            "/1",
            "30/1/1",
            "9".repeat(40).as_str(),
        ] {
            let reason = text.parse::<FrameRate>().expect_err(text);
            assert!(reason.contains("29.97") && reason.contains("from 1 to 120"), "{text}: {reason}");
        }
        assert_eq!((FrameRate::whole(0), FrameRate::whole(121)), (None, None));
    }

    #[test]
    fn frames_are_counted_to_the_nearest_and_their_times_never_drift() {
        let rate: FrameRate = "29.97".parse().unwrap();
        assert_eq!((rate.frames_in(10.0), rate.frames_in(3600.0), rate.frames_in(0.001)), (300, 107_892, 1));
        assert_eq!(rate.start_of(107_892, 100), 360_000, "an hour of frames takes an hour to a hundredth");
        let delays: Vec<u64> = (0..30)
            .map(|index| FrameRate::whole(30).unwrap().start_of(index + 1, 100) - FrameRate::whole(30).unwrap().start_of(index, 100))
            .collect();
        assert_eq!(delays.iter().sum::<u64>(), 100);
        assert!(delays.iter().all(|delay| (3..=4).contains(delay)));
    }
}
