//! Numbers as people read them, thousands apart, and a noun that agrees with its count; advice, in the words of whoever gives it.
//!
//! Owns these rules of English only; the sentences around them belong to the layers that say them.

mod advice;

pub use advice::{Advice, Setting, Voice, plainly, setting_plainly, speak_as};

/// A number with its thousands apart: "1,940".
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A clause as the beginning of a sentence.
pub fn capital(clause: &impl ToString) -> String {
    let clause = clause.to_string();
    let mut letters = clause.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A count with its `noun`, which is given in the singular: "1 step", "12,400 faces", "3 axes".
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{} {}", grouped(count), plural(noun)) }
}

/// A time in words: "42 s", "3 min 20 s", "2 h 05 min", "12 days"; what nobody waits for is "more than a year", what is no number
/// "an unknown time".
pub fn duration(seconds: f64) -> String {
    const DAY: u64 = 24 * 3600;
    if seconds.is_nan() {
        return "an unknown time".into();
    }
    let seconds = seconds.max(0.0).round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        _ if seconds >= 366 * DAY => "more than a year".into(),
        _ if seconds >= 3 * DAY => counted(seconds / DAY, "day"),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

/// How long something still takes, in words: "42 s left"; `None`: nobody knows.
pub fn time_left(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "time left unknown".into(), |seconds| format!("{} left", duration(seconds)))
}

/// The text with every time, and what is left of it, on the line of its unit.
pub fn unbroken(text: &str) -> String {
    [" s,", " s.", " s left", " min", " h ", " left"]
        .into_iter()
        .fold(text.to_owned(), |text, unit| text.replace(unit, &unit.replacen(' ', "\u{a0}", 1)))
}

/// The plural of a noun that takes an s, or is an axis.
fn plural(noun: &str) -> String {
    match noun.strip_suffix("axis") {
        Some(before) => format!("{before}axes"),
        None => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([7, 1940, 1_234_567].map(grouped), ["7", "1,940", "1,234,567"]);
    }

    #[test]
    fn times_stay_on_the_line_of_their_unit() {
        let texts =
            [("in 3 min 02 s, in 1 h 05 min. So", "in 3~min 02~s, in 1~h 05~min. So"), ("4/s · 1 min 12 s left", "4/s · 1~min 12~s~left")];
        texts.into_iter().for_each(|(text, whole)| assert_eq!(unbroken(text), whole.replace('~', "\u{a0}")));
    }

    #[test]
    fn a_sentence_begins_with_a_capital() {
        assert_eq!(["name it", "", "Name", "2 faces"].map(|clause| capital(&clause)), ["Name it", "", "Name", "2 faces"]);
    }

    #[test]
    fn times_are_told_in_what_they_are_counted_in() {
        assert_eq!([41.6, 200.0, 7500.0].map(duration), ["42 s", "3 min 20 s", "2 h 05 min"]);
        assert_eq!([3.0 * 86_400.0, 31_956e9, f64::INFINITY].map(duration), ["3 days", "more than a year", "more than a year"]);
        assert_eq!((duration(f64::NAN), duration(-1.0)), ("an unknown time".into(), "0 s".into()));
        assert_eq!([Some(61.2), None].map(time_left), ["1 min 01 s left", "time left unknown"]);
    }

    #[test]
    fn one_is_singular_and_everything_else_plural() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "step")), ["0 steps", "1 step", "2 steps"]);
        assert_eq!(counted(12_400, "face"), "12,400 faces");
        assert_eq!([1, 3].map(|count| counted(count, "held-out face")), ["1 held-out face", "3 held-out faces"]);
        assert_eq!([1, 128].map(|count| counted(count, "axis")), ["1 axis", "128 axes"]);
    }
}
