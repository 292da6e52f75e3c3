//! What the field of a setting holds, as the value of a knob, and back.

use super::knob::Value;

/// What a field holds that a knob turns.
pub trait Held: Sized {
    /// As a value.
    fn to_value(&self) -> Value;

    /// From a value of the same sort.
    fn of(value: &Value) -> Option<Self>;
}

impl Held for f32 {
    fn to_value(&self) -> Value {
        Value::Number(*self)
    }

    fn of(value: &Value) -> Option<Self> {
        if let Value::Number(number) = value { Some(*number) } else { None }
    }
}

impl Held for bool {
    fn to_value(&self) -> Value {
        Value::Flag(*self)
    }

    fn of(value: &Value) -> Option<Self> {
        if let Value::Flag(flag) = value { Some(*flag) } else { None }
    }
}

macro_rules! held_as_count {
    ($($count:ty),*) => {$(
        impl Held for $count {
            fn to_value(&self) -> Value {
                Value::Count(*self as u64)
            }

            fn of(value: &Value) -> Option<Self> {
                if let Value::Count(count) = value { (*count).try_into().ok() } else { None }
            }
        }
    )*};
}

held_as_count!(u32, u64, usize);

impl Held for Vec<f32> {
    fn to_value(&self) -> Value {
        Value::Numbers(self.clone())
    }

    fn of(value: &Value) -> Option<Self> {
        if let Value::Numbers(numbers) = value { Some(numbers.clone()) } else { None }
    }
}

/// Whole numbers, as long as they are few enough to be the same as floating-point ones.
impl Held for Vec<usize> {
    fn to_value(&self) -> Value {
        Value::Numbers(self.iter().map(|number| *number as f32).collect())
    }

    fn of(value: &Value) -> Option<Self> {
        let Value::Numbers(numbers) = value else { return None };
        Some(numbers.iter().map(|number| number.round().max(0.0) as usize).collect())
    }
}

impl<T: Held> Held for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Auto, T::to_value)
    }

    fn of(value: &Value) -> Option<Self> {
        if *value == Value::Auto { Some(None) } else { T::of(value).map(Some) }
    }
}

/// How a knob reads and writes the field of a name.
macro_rules! field {
    ($settings:ty, $name:ident) => {
        $crate::training::knob::Access::<$settings> {
            get: |settings| $crate::training::held::Held::to_value(&settings.$name),
            set: |settings, value| {
                if let Some(value) = $crate::training::held::Held::of(value) {
                    settings.$name = value;
                }
            },
        }
    };
}

/// Lets a knob turn an enum that has all its variants in `ALL` and a word for each.
macro_rules! held_as_word {
    ($name:ty) => {
        impl $crate::training::held::Held for $name {
            fn to_value(&self) -> $crate::training::knob::Value {
                $crate::training::knob::Value::Word(self.word().to_owned())
            }

            fn of(value: &$crate::training::knob::Value) -> Option<Self> {
                let $crate::training::knob::Value::Word(word) = value else { return None };
                Self::ALL.into_iter().find(|one| one.word() == word)
            }
        }
    };
}

pub(super) use {field, held_as_word};
