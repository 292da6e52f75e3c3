//! Small pieces of HTML: text, numbers, pictures as data URIs.
//!
//! Owns how text is escaped and numbers are written in a report.

use crate::data::{Faces, contact_sheet};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Text as HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Bytes in base64 (RFC 4648).
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group.iter().enumerate().fold(0_u32, |word, (at, byte)| word | (u32::from(*byte) << (16 - 8 * at)));
        for at in 0..4 {
            let letter = BASE64[((word >> (18 - 6 * at)) & 63) as usize];
            text.push(if at <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

/// A figure with about three digits, and a proper minus.
pub fn number(figure: f64) -> String {
    let text = match figure.abs() {
        0.0 => "0".to_owned(),
        size if size >= 1000.0 => grouped(&format!("{figure:.0}")),
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        size if size >= 1.0 => format!("{figure:.2}"),
        size if size >= 0.1 => format!("{figure:.3}"),
        size if size >= 0.001 => format!("{figure:.4}"),
        _ => format!("{figure:.1e}"),
    };
    text.replace('-', "\u{2212}")
}

/// A whole number with its thousands apart.
pub fn count(figure: usize) -> String {
    grouped(&figure.to_string())
}

/// A share as a percentage.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let text = if percent.abs() < 9.95 { format!("{percent:.1}") } else { format!("{percent:.0}") };
    format!("{} %", text.replace('-', "\u{2212}"))
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    format!("{sign}{}", groups.join(","))
}

/// A sheet of faces in rows of `columns`; nothing for no faces.
pub fn sheet(faces: &Faces, columns: usize, description: &str) -> String {
    if faces.count() == 0 || columns == 0 {
        return String::new();
    }
    let sheet = contact_sheet(faces, columns);
    let (width, height) = (sheet.0.width(), sheet.0.height());
    format!(
        "<img class=\"sheet\" width=\"{width}\" height=\"{height}\" alt=\"{}\" src=\"data:image/png;base64,{}\">\n",
        escape(description),
        base64(&sheet.to_png())
    )
}

/// A paragraph that says what a figure shows.
pub fn says(sentence: &str) -> String {
    format!("<p class=\"says\">{}</p>\n", escape(sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_agrees_with_the_standard() {
        let of = |text: &str| base64(text.as_bytes());
        assert_eq!([of(""), of("f"), of("fo"), of("foo"), of("foobar")], ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYmFy"]);
        assert_eq!(base64(&[0xFB, 0xFF, 0xFE]), "+//+");
    }

    #[test]
    fn numbers_are_short_and_have_proper_signs() {
        let found = [0.0, 12_345.6, -123.4, 22.34, 3.456, 0.98765, 0.006_123_4, 0.000_012].map(number);
        assert_eq!(found, ["0", "12,346", "\u{2212}123", "22.3", "3.46", "0.988", "0.0061", "1.2e\u{2212}5"]);
        assert_eq!(
            (percent(0.268), percent(0.0123), count(1_234_567), count(7)),
            ("27 %".into(), "1.2 %".into(), "1,234,567".into(), "7".into())
        );
    }

    #[test]
    fn markup_in_names_is_text() {
        assert_eq!(escape("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
        assert_eq!(sheet(&Faces::default(), 3, ""), "");
        assert!(sheet(&Faces::new(4, vec![9; 96]), 2, "two").starts_with("<img class=\"sheet\" width=\"14\" height=\"8\" alt=\"two\""));
    }
}
