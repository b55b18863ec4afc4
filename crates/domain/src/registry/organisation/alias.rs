//! Other names of an organisation.

use serde::{Deserialize, Serialize};

use crate::{
    identifier::text::Text,
    refusal::{RuleBroken, Violation},
    time::Date,
};

/// Another name of an organisation, with the time in which it was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    name: Text<200>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
}

impl Alias {
    /// A name and the days of its use, both inclusive; none where unknown or still in use.
    ///
    /// # Errors
    /// `date.order` at `valid_to` when it is before `valid_from`.
    pub fn new(
        name: Text<200>,
        valid_from: Option<Date>,
        valid_to: Option<Date>,
    ) -> Result<Self, Violation> {
        match (valid_from, valid_to) {
            (Some(from), Some(to)) if to < from => {
                let expected = format!("{from} or later");
                Err(RuleBroken::expected("date.order", expected, to).at("valid_to"))
            }
            _ => Ok(Self { name, valid_from, valid_to }),
        }
    }

    /// The name.
    pub fn name(&self) -> &Text<200> {
        &self.name
    }

    /// The first day it was used.
    pub fn valid_from(&self) -> Option<Date> {
        self.valid_from
    }

    /// The last day it was used.
    pub fn valid_to(&self) -> Option<Date> {
        self.valid_to
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn it_does_not_end_before_it_begins() {
        let day = |day| Date::from_ymd_opt(2021, 10, day);
        let alias = |from, to| Alias::new(Text::parse("Pelindo III").unwrap(), from, to);
        assert!(alias(None, day(1)).is_ok());
        assert!(alias(day(1), day(1)).is_ok());
        assert!(alias(day(2), None).is_ok());
        let broken = alias(day(2), day(1)).unwrap_err();
        assert_eq!((broken.field.as_str(), broken.broken.rule()), ("valid_to", "date.order"));
    }
}
