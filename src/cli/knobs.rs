//! Knobs as options of the command line.
//!
//! Owns how they are described and read; which there are is the business of each kind of network.

use clap::builder::{BoolValueParser, PossibleValue, PossibleValuesParser, TypedValueParser, ValueParser};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

use crate::training::{Edit, Knob, Knobs, Range, Value};

/// Settings whose knobs are options.
#[derive(Clone, Debug)]
pub struct Options<S>(pub S);

impl<S: Knobs> Args for Options<S> {
    fn augment_args(command: Command) -> Command {
        let default = S::default();
        command.args(S::KNOBS.iter().map(|knob| option(knob, &default)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: Knobs> FromArgMatches for Options<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut options = Self(S::default());
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for knob in S::KNOBS {
            // What stands there by default stands in the settings already, unless a knob before has led it elsewhere.
            if matches.value_source(knob.name) != Some(ValueSource::CommandLine) {
                continue;
            }
            let value = if is_switch(knob, &S::default()) {
                Some(Value::Flag(matches.get_flag(knob.name)))
            } else {
                matches.try_get_one::<Value>(knob.name).map_err(|error| Error::raw(ErrorKind::InvalidValue, error))?.cloned()
            };
            if let Some(value) = value {
                self.0.turn(&Edit::new(knob.name, value));
            }
        }
        Ok(())
    }
}

/// True for an option that says yes by standing there.
fn is_switch<S>(knob: &Knob<S>, default: &S) -> bool {
    (knob.access.get)(default) == Value::Flag(false)
}

fn option<S>(knob: &'static Knob<S>, default: &S) -> Arg {
    let option = Arg::new(knob.name).long(knob.name.replace('_', "-")).help(knob.help).required(false);
    if is_switch(knob, default) {
        return option.action(ArgAction::SetTrue);
    }
    let option = option.action(ArgAction::Set).value_name(knob.value_name).value_parser(parser(knob.range));
    match (knob.access.get)(default) {
        Value::Auto => option,
        value => option.default_value(value.to_string()),
    }
}

fn parser(range: Range) -> ValueParser {
    match range {
        Range::Words(choices) => {
            let words = choices.iter().map(|choice| PossibleValue::new(choice.word).help(choice.help));
            ValueParser::new(PossibleValuesParser::new(words).map(Value::Word))
        }
        Range::Flag => ValueParser::new(BoolValueParser::new().map(Value::Flag)),
        Range::Number(..) | Range::Count(..) | Range::Numbers(..) => ValueParser::new(move |text: &str| range.read(text)),
    }
}
