//! Plots as inline SVG: lines and dots over two axes, bars by category.
//!
//! Owns the drawing. Colours are classes (`l0` strokes, `d0` fills, `k0` keys) of the page's style, so that plots follow light and dark.

use std::fmt::Write;

use super::html::{escape, number};
use super::scale::{Axis, Scale, tick_text};

/// How many colours the page's style knows.
pub const COLOURS: usize = 6;
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 290.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = WIDTH - 12.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = HEIGHT - 42.0;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A line.
    Line,
    /// A dashed line.
    Dashed,
    /// A dot at each point.
    Dots,
}

/// Points that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What the key says.
    pub name: String,
    /// Which of the page's colours.
    pub colour: usize,
    /// How it is drawn.
    pub style: Style,
    /// The points, in order.
    pub points: Vec<(f64, f64)>,
}

/// A vertical line with a short text.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Where, along x.
    pub at: f64,
    /// What stands beside it.
    pub label: String,
}

/// Series over two axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    /// What it shows, for readers that hear the page.
    pub title: String,
    /// To the right.
    pub x: Axis,
    /// Upward.
    pub y: Axis,
    /// What is drawn.
    pub series: Vec<Series>,
    /// Vertical lines.
    pub marks: Vec<Mark>,
}

impl Plot {
    /// The plot and its key; nothing where there is nothing to show.
    pub fn svg(&self) -> String {
        let all = self.series.iter().flat_map(|series| series.points.iter().copied());
        let points: Vec<(f64, f64)> = all.filter(|point| self.has_place(point)).collect();
        let x = Scale::new(&self.x, points.iter().map(|point| point.0), LEFT, RIGHT);
        let y = Scale::new(&self.y, points.iter().map(|point| point.1), BOTTOM, TOP);
        let Some((x, y)) = x.zip(y).filter(|_| !points.is_empty()) else { return String::new() };
        let mut svg = begin(&self.title);
        draw_grid(&mut svg, &y, &self.y.label);
        for tick in x.ticks(6) {
            let at = x.place(tick);
            let _ = writeln!(
                svg,
                "<text class=\"tick\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                BOTTOM + 15.0,
                tick_text(tick)
            );
        }
        let _ = writeln!(
            svg,
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            (LEFT + RIGHT) / 2.0,
            HEIGHT - 8.0,
            escape(&self.x.label)
        );
        self.marks.iter().filter(|mark| x.shows(mark.at)).for_each(|mark| draw_mark(&mut svg, x.place(mark.at), &mark.label));
        self.series.iter().for_each(|series| self.draw_series(&mut svg, series, &x, &y));
        svg + "</svg>\n" + &self.key()
    }

    fn has_place(&self, point: &(f64, f64)) -> bool {
        let has_place = |value: f64, axis: &Axis| value.is_finite() && (!axis.log || value > 0.0);
        has_place(point.0, &self.x) && has_place(point.1, &self.y)
    }

    fn draw_series(&self, svg: &mut String, series: &Series, x: &Scale, y: &Scale) {
        let colour = series.colour % COLOURS;
        let places: Vec<(f64, f64)> =
            series.points.iter().filter(|point| self.has_place(point)).map(|point| (x.place(point.0), y.place(point.1))).collect();
        if series.style == Style::Dots || places.len() == 1 {
            for (x, y) in places {
                let _ = writeln!(svg, "<circle class=\"d{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>");
            }
            return;
        }
        let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let dashes = if series.style == Style::Dashed { " stroke-dasharray=\"5 4\"" } else { "" };
        let _ = writeln!(svg, "<polyline class=\"line l{colour}\"{dashes} points=\"{}\"/>", path.join(" "));
    }

    fn key(&self) -> String {
        let entry = |series: &Series| {
            let style = match series.style {
                Style::Line => "",
                Style::Dashed => " dashed",
                Style::Dots => " dot",
            };
            key_entry(&series.name, series.colour, style)
        };
        format!("<p class=\"key\">{}</p>\n", self.series.iter().map(entry).collect::<String>())
    }
}

/// One set of bars, a bar in each category.
#[derive(Clone, Debug, PartialEq)]
pub struct BarSeries {
    /// What the key says.
    pub name: String,
    /// Which of the page's colours.
    pub colour: usize,
    /// Heights by category; an absent one leaves a gap.
    pub values: Vec<Option<f64>>,
}

/// Bars by category.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// What it shows, for readers that hear the page.
    pub title: String,
    /// What is measured.
    pub label: String,
    /// The categories from left to right.
    pub categories: Vec<String>,
    /// The bars.
    pub series: Vec<BarSeries>,
    /// A height that is drawn as a line.
    pub level: Option<f64>,
}

impl Bars {
    /// The plot and its key; nothing where there is nothing to show.
    pub fn svg(&self) -> String {
        let values = || self.series.iter().flat_map(|series| series.values.iter().flatten().copied());
        let axis = Axis::linear(self.label.as_str()).including(0.0);
        let Some(y) = Scale::new(&axis, values().chain(self.level), BOTTOM, TOP).filter(|_| values().next().is_some()) else {
            return String::new();
        };
        let mut svg = begin(&self.title);
        draw_grid(&mut svg, &y, &self.label);
        let room = (RIGHT - LEFT) / self.categories.len().max(1) as f64;
        let width = (room * 0.8 / self.series.len().max(1) as f64).min(48.0);
        for (at, category) in self.categories.iter().enumerate() {
            let middle = LEFT + room * (at as f64 + 0.5);
            let _ = writeln!(
                svg,
                "<text class=\"tick\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                BOTTOM + 15.0,
                escape(category)
            );
            let start = middle - width * self.series.len() as f64 / 2.0;
            for (position, series) in self.series.iter().enumerate() {
                let Some(value) = series.values.get(at).copied().flatten().filter(|value| value.is_finite()) else { continue };
                draw_bar(&mut svg, start + width * position as f64, width, value, &y, series.colour % COLOURS);
            }
        }
        if let Some(level) = self.level {
            let at = y.place(level);
            let _ = writeln!(svg, "<line class=\"level\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>");
        }
        let keys: String = self.series.iter().map(|series| key_entry(&series.name, series.colour, " dot")).collect();
        format!("{svg}</svg>\n<p class=\"key\">{keys}</p>\n")
    }
}

fn draw_bar(svg: &mut String, left: f64, width: f64, value: f64, y: &Scale, colour: usize) {
    let (zero, top) = (y.place(0.0), y.place(value));
    let _ = writeln!(
        svg,
        "<rect class=\"d{colour}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"1.5\"/>",
        left + 1.0,
        top.min(zero),
        (width - 2.0).max(1.0),
        (zero - top).abs()
    );
    if width >= 24.0 {
        let _ = writeln!(
            svg,
            "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            left + width / 2.0,
            top - 3.0,
            number(value)
        );
    }
}

fn begin(title: &str) -> String {
    let title = escape(title);
    format!("<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n")
}

fn draw_grid(svg: &mut String, y: &Scale, label: &str) {
    for tick in y.ticks(5) {
        let at = y.place(tick);
        let _ = writeln!(svg, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>");
        let _ = writeln!(
            svg,
            "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 5.0,
            at + 3.5,
            tick_text(tick)
        );
    }
    let _ = writeln!(svg, "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{BOTTOM}\" y2=\"{BOTTOM}\"/>");
    let middle = (TOP + BOTTOM) / 2.0;
    let _ = writeln!(
        svg,
        "<text class=\"label\" x=\"11\" y=\"{middle:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 11 {middle:.1})\">{}</text>",
        escape(label)
    );
}

fn draw_mark(svg: &mut String, at: f64, label: &str) {
    let _ = writeln!(svg, "<line class=\"mark\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{BOTTOM}\"/>");
    // Beside the line, on the side that has room.
    let (x, anchor) = if at > RIGHT - 60.0 { (at - 3.0, "end") } else { (at + 3.0, "start") };
    let _ = writeln!(svg, "<text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>", TOP + 8.0, escape(label));
}

fn key_entry(name: &str, colour: usize, style: &str) -> String {
    format!("<span><i class=\"k{}{style}\"></i>{}</span> ", colour % COLOURS, escape(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(points: Vec<(f64, f64)>) -> Plot {
        Plot {
            title: "a < b".into(),
            x: Axis::log("axes"),
            y: Axis::linear("error"),
            series: vec![Series { name: "PCA".into(), colour: 7, style: Style::Dashed, points }],
            marks: vec![Mark { at: 2.0, label: "best".into() }, Mark { at: 99.0, label: "outside".into() }],
        }
    }

    #[test]
    fn a_plot_has_lines_marks_and_a_key() {
        let svg = plot(vec![(1.0, 4.0), (2.0, 3.0), (0.0, 9.0), (4.0, f64::NAN), (8.0, 1.0)]).svg();
        assert_eq!(svg.matches("<polyline").count(), 1);
        let path = svg.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(path.split(' ').count(), 3, "points without a place are left out: {path}");
        assert!(svg.contains("line l1") && svg.contains("stroke-dasharray") && svg.contains("k1 dashed"));
        assert!(svg.contains(">best<") && !svg.contains("outside") && svg.contains("a &lt; b") && !svg.contains("NaN"));
    }

    #[test]
    fn nothing_to_show_is_nothing() {
        assert_eq!(plot(vec![(0.0, 1.0), (1.0, f64::INFINITY)]).svg(), "");
        assert_eq!(Bars { categories: vec!["a".into()], level: Some(1.0), ..Bars::default() }.svg(), "");
    }

    #[test]
    fn bars_stand_in_their_categories_and_absent_ones_leave_a_gap() {
        let series = |values: &[Option<f64>]| BarSeries { name: "model".into(), colour: 0, values: values.to_vec() };
        let bars = Bars {
            categories: vec!["64".into(), "32".into()],
            series: vec![series(&[Some(0.5), None]), series(&[Some(1.5), Some(f64::NAN)])],
            level: Some(1.0),
            ..Bars::default()
        };
        let svg = bars.svg();
        assert_eq!((svg.matches("<rect").count(), svg.matches("class=\"level\"").count()), (2, 1));
        assert!(!svg.contains("NaN"), "{svg}");
    }
}
