//! Identifiers and code lists: customs, transport, tax and territory.
//!
//! Invariant: a value of a type in here is well formed by the rule its documentation names, and
//! kept in one normal form, so that equal things compare equal. Whether the thing exists is
//! answered only where a complete list is at hand. It must never know of transports or databases.

pub mod container;
pub mod country;
pub mod hs;
pub mod incoterm;
pub mod nib;
mod nik;
pub mod nitku;
pub mod npwp;
pub mod origin;
pub mod package_code;
pub mod peb;
pub mod plate;
pub mod port;
pub mod region;
pub mod seal;
pub mod text;
pub mod unit_code;
pub mod village_code;

use crate::refusal::RuleBroken;

/// The traits every identifier has: it is read by its own `parse` and by nothing else, and
/// travels as the plain string that its `as_str` gives.
macro_rules! text_traits {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::refusal::RuleBroken;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::refusal::RuleBroken;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }
    };
}
pub(crate) use text_traits;

/// [`text_traits`] and `as_str` for an identifier that is kept as its text.
macro_rules! as_text {
    ($name:ident) => {
        impl $name {
            /// The identifier in its normal form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        $crate::identifier::text_traits!($name);
    };
}
pub(crate) use as_text;

/// Whether `text` is exactly `len` ASCII digits.
fn is_digits(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| b.is_ascii_digit())
}

/// A required value: the text, unless it is empty, which is how an absent one arrives.
fn required(text: &str) -> Result<&str, RuleBroken> {
    if text.is_empty() { Err(RuleBroken::missing()) } else { Ok(text) }
}

/// A broken rule about a text, which is quoted as it was found, cut where it is long.
fn refused(rule: &str, expected: &str, found: &str) -> RuleBroken {
    /// No identifier is longer; a longer text is somebody's mistake and is not echoed whole.
    const SHOWN: usize = 40;
    match found.char_indices().nth(SHOWN) {
        None => RuleBroken::expected(rule, expected, format_args!("{found:?}")),
        Some((end, _)) => {
            RuleBroken::expected(rule, expected, format_args!("{:?}…", &found[..end]))
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! What the tests of all identifiers share.
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::fmt::{Debug, Display};

    use serde::{Serialize, de::DeserializeOwned};

    use crate::refusal::RuleBroken;

    /// Asserts that each text is read into its normal form, and that this form is read as itself.
    pub(crate) fn accepts<T>(parse: fn(&str) -> Result<T, RuleBroken>, cases: &[(&str, &str)])
    where
        T: Debug + Display + PartialEq + Serialize + DeserializeOwned,
    {
        for (text, normal) in cases {
            let value = parse(text).unwrap_or_else(|broken| panic!("{text}: {broken}"));
            assert_eq!(value.to_string(), *normal, "{text}");
            assert_eq!(parse(normal).as_ref(), Ok(&value), "{normal}");
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(json, format!("{normal:?}"));
            assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
        }
    }

    /// Asserts which rule each text breaks.
    pub(crate) fn refuses<T>(parse: fn(&str) -> Result<T, RuleBroken>, cases: &[(&str, &str)])
    where
        T: Debug + DeserializeOwned,
    {
        for (text, rule) in cases {
            match parse(text) {
                Ok(value) => panic!("{text:?} was accepted as {value:?}"),
                Err(broken) => assert_eq!(broken.rule(), *rule, "{text:?}: {broken}"),
            }
            assert!(serde_json::from_str::<T>(&serde_json::to_string(text).unwrap()).is_err());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Slices are cut from checked text only: nothing that is sent makes a parser panic.
        #[test]
        fn every_parser_answers_any_text(text in ".{0,30}|[A-Z0-9.é -]{0,30}") {
            let _ = container::ContainerNumber::parse(&text);
            let _ = country::RegionCode::parse(&text);
            let _ = hs::HsCode::parse(&text);
            let _ = incoterm::Incoterm::parse(&text, &text);
            let _ = nib::Nib::parse(&text);
            let _ = nitku::Nitku::parse(&text);
            let _ = npwp::Npwp::parse(&text);
            let _ = origin::OriginForm::parse(&text);
            let _ = package_code::PackageCode::parse(&text);
            let _ = peb::AjuNumber::parse(&text);
            let _ = peb::PebNumber::parse(&text);
            let _ = plate::Plate::parse(&text);
            let _ = port::PortCode::parse(&text);
            let _ = region::RegionPrefix::parse(&text);
            let _ = unit_code::UnitCode::parse(&text);
            let _ = village_code::VillageCode::parse(&text);
            let _ = crate::village::after(None, Some(&text)).next();
        }
    }
}
