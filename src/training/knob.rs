//! Knobs: everything that a kind of network can be told, as data.
//!
//! A kind lists its knobs once; options of the command line, rows of forms, live controls, what may change while a network learns, and
//! the words of an event all come from that list. Files hold the fields themselves. Knows no kind.

use serde::{Deserialize, Serialize};

/// What stands for no numbers at all.
const NO_NUMBERS: &str = "none";

/// What a knob stands at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A number with a fraction.
    Number(f32),
    /// A whole number.
    Count(u64),
    /// Yes or no.
    Flag(bool),
    /// One of the words of the knob.
    Word(String),
    /// Several numbers in a row; there may be none.
    Numbers(Vec<f32>),
    /// What suits the other settings.
    Auto,
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Word(word) => word.fmt(f),
            Self::Numbers(numbers) if numbers.is_empty() => f.write_str(NO_NUMBERS),
            Self::Numbers(numbers) => f.write_str(&numbers.iter().map(f32::to_string).collect::<Vec<_>>().join(",")),
            Self::Auto => f.write_str("automatic"),
        }
    }
}

/// One of the words that a knob can stand at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// As users write it and files keep it.
    pub word: &'static str,
    /// As panels name it.
    pub label: &'static str,
    /// What it means, as a sentence without its full stop.
    pub help: &'static str,
}

/// What a knob can stand at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// Numbers from one to another, both included.
    Number(f32, f32),
    /// Whole numbers from one to another, both included.
    Count(u64, u64),
    /// Yes or no.
    Flag,
    /// One of several words.
    Words(&'static [Choice]),
    /// Numbers in a row, each from one to another, both included.
    Numbers(f32, f32),
}

impl Range {
    /// The value brought into the range; `None` where it is of another sort.
    fn admit(self, value: &Value) -> Option<Value> {
        Some(match (self, value) {
            (Self::Number(least, most), Value::Number(number)) => {
                Value::Number(if number.is_finite() { number.clamp(least, most) } else { least })
            }
            (Self::Count(least, most), Value::Count(count)) => Value::Count((*count).clamp(least, most)),
            (Self::Flag, Value::Flag(flag)) => Value::Flag(*flag),
            (Self::Words(choices), Value::Word(word)) if choices.iter().any(|choice| choice.word == word) => value.clone(),
            (Self::Numbers(least, most), Value::Numbers(numbers)) => {
                let bring = |number: &f32| if number.is_finite() { number.clamp(least, most) } else { least };
                Value::Numbers(numbers.iter().map(bring).collect())
            }
            _ => return None,
        })
    }

    /// Reads what somebody has typed.
    ///
    /// # Errors
    /// What is wanted instead.
    pub fn read(self, text: &str) -> Result<Value, String> {
        let read = match self {
            Self::Number(least, most) => text.parse().ok().filter(|number| (least..=most).contains(number)).map(Value::Number),
            Self::Count(least, most) => text.parse().ok().filter(|count| (least..=most).contains(count)).map(Value::Count),
            Self::Flag => text.parse().ok().map(Value::Flag),
            Self::Words(choices) => choices.iter().find(|choice| choice.word == text).map(|choice| Value::Word(choice.word.into())),
            Self::Numbers(..) if text.trim().is_empty() || text.trim() == NO_NUMBERS => Some(Value::Numbers(Vec::new())),
            Self::Numbers(least, most) => {
                let read = |part: &str| part.trim().parse().ok().filter(|number| (least..=most).contains(number));
                text.split(',').map(read).collect::<Option<_>>().map(Value::Numbers)
            }
        };
        read.ok_or_else(|| self.wanted())
    }

    fn wanted(self) -> String {
        match self {
            Self::Number(least, most) => format!("a number from {least} to {most} is wanted"),
            Self::Count(least, u64::MAX) => format!("a whole number from {least} on is wanted"),
            Self::Count(least, most) => format!("a number from {least} to {most} is wanted"),
            Self::Flag => "true or false is wanted".into(),
            Self::Words(choices) => {
                let words: Vec<&str> = choices.iter().map(|choice| choice.word).collect();
                format!("one of these is wanted: {}", words.join(", "))
            }
            Self::Numbers(least, most) => format!("{NO_NUMBERS}, or numbers from {least} to {most} with commas between them, are wanted"),
        }
    }
}

/// Until when a knob can be turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// As long as it trains.
    Live,
    /// Until it begins.
    Begin,
    /// Until it begins, and it makes the shape of the network, which is compared as a whole.
    Shape,
}

/// Where a form shows a knob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In sight.
    Main,
    /// Among the further options.
    More,
    /// In sight while it trains, and in no form.
    Training,
}

/// How a knob reads and writes its field.
pub struct Access<S> {
    /// What the field holds.
    pub get: fn(&S) -> Value,
    /// Takes up a value; one of another sort changes nothing.
    pub set: fn(&mut S, &Value),
}

/// What stands for [`Value::Auto`], where a knob has that.
pub struct Automatic<S> {
    /// What it is called, as in "by size".
    pub label: &'static str,
    /// What it comes to for faces of so many pixels.
    pub value: fn(&S, usize) -> Value,
}

/// Something that a kind of network can be told.
pub struct Knob<S: 'static> {
    /// The name of the field: in files, and with hyphens as an option.
    pub name: &'static str,
    /// What forms call it; in lower case what events call it.
    pub label: &'static str,
    /// What it does, as a sentence without its full stop.
    pub help: &'static str,
    /// What stands for the value where an option is described.
    pub value_name: &'static str,
    /// Its unit; empty where there is none.
    pub unit: &'static str,
    /// What it can stand at.
    pub range: Range,
    /// Until when it can be turned.
    pub when: When,
    /// Where it is shown.
    pub place: Place,
    /// Its field.
    pub access: Access<S>,
    /// What it is unless the user says otherwise, where that follows other settings.
    pub automatic: Option<Automatic<S>>,
    /// Whether it makes a difference beside the other settings.
    pub counts: fn(&S) -> bool,
    /// The names of the knobs that are turned with it.
    pub leads: &'static [&'static str],
}

impl<S> Knob<S> {
    /// A knob that counts whatever the others say, among the further options, to be set before it begins.
    pub const fn new(name: &'static str, label: &'static str, access: Access<S>, range: Range, help: &'static str) -> Self {
        Self {
            name,
            label,
            help,
            value_name: "NUMBER",
            unit: "",
            range,
            when: When::Begin,
            place: Place::More,
            access,
            automatic: None,
            counts: |_| true,
            leads: &[],
        }
    }

    /// That turns others with it, which come after it.
    pub const fn leading(self, leads: &'static [&'static str]) -> Self {
        Self { leads, ..self }
    }

    /// With the name of its value, and its unit.
    pub const fn measured(self, value_name: &'static str, unit: &'static str) -> Self {
        Self { value_name, unit, ..self }
    }

    /// To be turned as long as it trains.
    pub const fn live(self) -> Self {
        Self { when: When::Live, ..self }
    }

    /// Part of the shape of the network.
    pub const fn shape(self) -> Self {
        Self { when: When::Shape, ..self }
    }

    /// At its place in forms.
    pub const fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// With what stands for [`Value::Auto`].
    pub const fn or(self, label: &'static str, value: fn(&S, usize) -> Value) -> Self {
        Self { automatic: Some(Automatic { label, value }), ..self }
    }

    /// That counts only beside some settings.
    pub const fn only(self, counts: fn(&S) -> bool) -> Self {
        Self { counts, ..self }
    }

    /// The value in words, as events and forms name it.
    fn words(&self, value: &Value) -> String {
        match (value, &self.automatic) {
            (Value::Auto, Some(automatic)) => automatic.label.to_owned(),
            (value, _) => value.to_string(),
        }
    }

    fn admit(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Auto => self.automatic.as_ref().map(|_| Value::Auto),
            value => self.range.admit(value),
        }
    }
}

/// A turn of a knob.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// The name of the knob.
    pub knob: String,
    /// What it is turned to.
    pub value: Value,
}

impl Edit {
    /// A turn of the knob of this name.
    pub fn new(knob: &str, value: Value) -> Self {
        Self { knob: knob.to_owned(), value }
    }
}

/// A knob that cannot be turned any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Fixed {
    /// Its name.
    pub knob: &'static str,
    /// What it was to be turned to.
    pub asked: String,
    /// Where it stands.
    pub kept: String,
}

/// A knob as it stands, whatever kind it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Dial {
    /// The name of the field.
    pub name: &'static str,
    /// What forms call it.
    pub label: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Its unit; empty where there is none.
    pub unit: &'static str,
    /// What it can stand at.
    pub range: Range,
    /// Until when it can be turned.
    pub when: When,
    /// Where it is shown.
    pub place: Place,
    /// What it stands at.
    pub value: Value,
    /// What it stands at unless the user says otherwise.
    pub default: Value,
    /// What [`Value::Auto`] is called and comes to, where the knob has that.
    pub automatic: Option<(&'static str, Value)>,
}

/// Settings that cannot be trained with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsound {
    /// The name of the knob that has to be turned.
    pub knob: &'static str,
    /// What is wrong, as a sentence without its full stop.
    pub reason: String,
}

/// Settings whose fields are knobs.
pub trait Knobs: Clone + Default + PartialEq + 'static {
    /// What is trained with them, as a sentence without its full stop.
    const ABOUT: &'static str;
    /// All of them, in the order in which they are described.
    const KNOBS: &'static [Knob<Self>];

    /// Whether they can be trained with on faces of `size` pixels: what no range of a single knob can say.
    ///
    /// # Errors
    /// [`Unsound`] where they cannot.
    fn check(&self, _size: usize) -> Result<(), Unsound> {
        Ok(())
    }

    /// The knob of a name.
    fn knob(name: &str) -> Option<&'static Knob<Self>> {
        Self::KNOBS.iter().find(|knob| knob.name == name)
    }

    /// Turns a knob, brought into its range; what changed, as the curves name it, or `None` where nothing did.
    fn turn(&mut self, edit: &Edit) -> Option<String> {
        let knob = Self::knob(&edit.knob)?;
        let (before, value) = ((knob.access.get)(self), knob.admit(&edit.value)?);
        if before == value {
            return None;
        }
        (knob.access.set)(self, &value);
        // "critic steps 1 -> 2" has its unit already.
        let is_said = knob.unit.is_empty() || knob.label.ends_with(knob.unit);
        let unit = if is_said { String::new() } else { format!(" {}", knob.unit) };
        Some(format!("{} {} -> {}{unit}", knob.label.to_lowercase(), knob.words(&before), knob.words(&value)))
    }

    /// [`turn`](Self::turn) while it trains: what cannot change any more stays.
    fn turn_live(&mut self, edit: &Edit) -> Option<String> {
        Self::knob(&edit.knob).filter(|knob| knob.when == When::Live)?;
        self.turn(edit)
    }

    /// What a run that was begun with these settings does with those that were `given` by name among `asked`: what makes the shape of
    /// its network stands in the settings, to be compared as a whole; what can change while it learns is turned.
    ///
    /// # Errors
    /// [`Fixed`] where one of them cannot change any more.
    fn obeying(&self, asked: &Self, given: &dyn Fn(&str) -> bool) -> Result<(Self, Vec<Edit>), Fixed> {
        let (mut settings, mut edits) = (self.clone(), Vec::new());
        for knob in Self::KNOBS.iter().filter(|knob| given(knob.name)) {
            let (kept, asked) = ((knob.access.get)(self), (knob.access.get)(asked));
            match knob.when {
                When::Live => edits.push(Edit::new(knob.name, asked)),
                When::Shape => (knob.access.set)(&mut settings, &asked),
                When::Begin if kept == asked => {}
                When::Begin => return Err(Fixed { knob: knob.name, asked: knob.words(&asked), kept: knob.words(&kept) }),
            }
        }
        Ok((settings, edits))
    }

    /// Where every knob stands, as turns that lead there.
    fn stands(&self) -> Vec<Edit> {
        Self::KNOBS.iter().map(|knob| Edit::new(knob.name, (knob.access.get)(self))).collect()
    }

    /// Takes up where knobs stand, as it is: an older file may hold what no turn leads to. What it has no knob for changes nothing.
    fn take(&mut self, stands: &[Edit]) {
        for edit in stands {
            if let Some(knob) = Self::knob(&edit.knob) {
                (knob.access.set)(self, &edit.value);
            }
        }
    }

    /// The knobs as they stand for faces of `size` pixels, those that count.
    fn dials(&self, size: usize) -> Vec<Dial> {
        let default = Self::default();
        let dial = |knob: &Knob<Self>| Dial {
            name: knob.name,
            label: knob.label,
            help: knob.help,
            unit: knob.unit,
            range: knob.range,
            when: knob.when,
            place: knob.place,
            value: (knob.access.get)(self),
            default: (knob.access.get)(&default),
            automatic: knob.automatic.as_ref().map(|automatic| (automatic.label, (automatic.value)(self, size))),
        };
        Self::KNOBS.iter().filter(|knob| (knob.counts)(self)).map(dial).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::held::field;

    #[derive(Clone, Debug, Default, PartialEq)]
    struct Toy {
        rate: f32,
        steps: u32,
        weight: Option<f32>,
        is_fast: bool,
    }

    impl Knobs for Toy {
        const ABOUT: &'static str = "A toy";
        const KNOBS: &'static [Knob<Self>] = &[
            Knob::new("rate", "Rate", field!(Toy, rate), Range::Number(0.0, 1.0), "How fast it learns").live(),
            Knob::new("steps", "Steps", field!(Toy, steps), Range::Count(1, 64), "How often it learns").live(),
            Knob::new("weight", "Weight", field!(Toy, weight), Range::Number(0.0, 9.0), "How much it weighs")
                .or("by size", |_, size| Value::Number(size as f32))
                .only(|toy| toy.steps > 1),
            Knob::new("is_fast", "Fast", field!(Toy, is_fast), Range::Flag, "Whether it hurries"),
        ];
    }

    #[test]
    fn a_turn_is_brought_into_its_range_and_named() {
        let mut toy = Toy::default();
        assert_eq!(toy.turn(&Edit::new("rate", Value::Number(0.1))).unwrap(), "rate 0 -> 0.1");
        assert_eq!(toy.turn(&Edit::new("rate", Value::Number(0.1))), None, "nothing changed");
        assert_eq!(toy.turn(&Edit::new("rate", Value::Number(f32::NAN))).unwrap(), "rate 0.1 -> 0");
        assert_eq!(toy.turn(&Edit::new("steps", Value::Count(1 << 40))).unwrap(), "steps 0 -> 64");
        assert_eq!(toy.turn(&Edit::new("weight", Value::Number(3.0))).unwrap(), "weight by size -> 3");
        assert_eq!(toy.turn(&Edit::new("weight", Value::Auto)).unwrap(), "weight 3 -> by size");
        assert_eq!(toy.turn_live(&Edit::new("is_fast", Value::Flag(true))), None, "it trains already");
        assert_eq!(toy, Toy { steps: 64, ..Toy::default() });
    }

    #[test]
    fn what_is_no_knob_or_no_value_of_it_changes_nothing() {
        let mut toy = Toy::default();
        for edit in [
            Edit::new("rat", Value::Number(0.1)),
            Edit::new("rate", Value::Count(1)),
            Edit::new("rate", Value::Auto),
            Edit::new("is_fast", Value::Word("yes".into())),
        ] {
            assert_eq!(toy.turn(&edit), None, "{edit:?}");
        }
        assert_eq!(toy, Toy::default());
    }

    #[test]
    fn where_knobs_stand_is_taken_up_as_it_is() {
        let toy = Toy { rate: 7.0, steps: 3, weight: Some(2.0), is_fast: true };
        let mut other = Toy { weight: Some(5.0), ..Toy::default() };
        other.take(&toy.stands());
        assert_eq!(other, toy, "the rate is outside its range and stays there");
        other.take(&[Edit::new("rat", Value::Number(0.1)), Edit::new("steps", Value::Flag(true)), Edit::new("weight", Value::Auto)]);
        assert_eq!(other, Toy { weight: None, ..toy });
    }

    #[test]
    fn only_what_counts_is_shown_with_what_it_comes_to() {
        let shown = |toy: Toy| toy.dials(32).into_iter().map(|dial| dial.name).collect::<Vec<_>>();
        assert_eq!(shown(Toy::default()), ["rate", "steps", "is_fast"]);
        let toy = Toy { steps: 2, ..Toy::default() };
        assert_eq!(shown(toy.clone()), ["rate", "steps", "weight", "is_fast"]);
        assert_eq!(toy.dials(32)[2].automatic, Some(("by size", Value::Number(32.0))));
    }

    #[test]
    fn typed_text_is_read_or_refused_with_what_is_wanted() {
        let range = Range::Number(0.0, 1.0);
        assert_eq!(range.read("2e-3"), Ok(Value::Number(0.002)));
        for text in ["2", "-1", "NaN", "", "a"] {
            assert_eq!(range.read(text).unwrap_err(), "a number from 0 to 1 is wanted", "{text}");
        }
        assert_eq!(Range::Count(0, u64::MAX).read("-1").unwrap_err(), "a whole number from 0 on is wanted");
        let numbers = Range::Numbers(4.0, 64.0);
        assert_eq!(numbers.read("8, 16,32"), Ok(Value::Numbers(vec![8.0, 16.0, 32.0])));
        for value in [Value::Numbers(vec![8.0, 0.5]), Value::Numbers(Vec::new())] {
            assert_eq!(Range::Numbers(0.0, 8.0).read(&value.to_string()), Ok(value), "what is written is read");
        }
        assert_eq!(numbers.read("8,,16").unwrap_err(), "none, or numbers from 4 to 64 with commas between them, are wanted");
        assert!(numbers.read("8,128").is_err());
    }
}
