//! Decrees (*surat keputusan*) by which a programme designates villages.

use serde::{Deserialize, Serialize};

use super::record::Record;
use crate::{
    identifier::{region::RegionPrefix, text::Text, village_code::VillageCode},
    name::DecreeName,
    refusal::RuleBroken,
    time::Date,
};

/// A decree.
pub type Decree = Record<DecreeName, DecreeFacts>;

/// What is stated about a decree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecreeFacts {
    /// Its official number.
    pub number: Text<100>,
    /// The day it was issued, a date in Asia/Jakarta.
    pub issue_date: Date,
    /// Who issued it.
    pub issuer: Text<200>,
    /// How many villages it says it designates.
    pub declared_villages: DeclaredVillages,
    /// The region it is about; none is the whole country.
    pub region: Option<RegionPrefix>,
}

/// How many villages a decree says it designates: 1 to 100,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct DeclaredVillages(i32);

impl DeclaredVillages {
    /// Reads a count.
    ///
    /// # Errors
    /// `field.missing` for 0, which is how an absent one arrives; `declared_village_count.range`
    /// outside 1 to 100,000.
    pub fn parse(count: i32) -> Result<Self, RuleBroken> {
        match count {
            0 => Err(RuleBroken::missing()),
            1..=100_000 => Ok(Self(count)),
            _ => Err(RuleBroken::expected("declared_village_count.range", "1 to 100,000", count)),
        }
    }

    /// The count.
    pub fn get(self) -> i32 {
        self.0
    }
}

impl TryFrom<i32> for DeclaredVillages {
    type Error = RuleBroken;
    fn try_from(count: i32) -> Result<Self, RuleBroken> {
        Self::parse(count)
    }
}

impl From<DeclaredVillages> for i32 {
    fn from(count: DeclaredVillages) -> Self {
        count.0
    }
}

impl DecreeFacts {
    /// Checks that the decree can designate a village on a day: its region covers the village, and
    /// it had been issued. Each broken rule stands with the field of the request that broke it.
    pub fn check_designation(
        &self,
        village: &VillageCode,
        effective_date: Date,
    ) -> Vec<(&'static str, RuleBroken)> {
        let mut broken = Vec::new();
        if let Some(region) = self.region.as_ref().filter(|region| !region.covers(village)) {
            let expected = format!("a decree whose region covers {village}");
            broken.push(("decree", RuleBroken::expected("decree.region", expected, region)));
        }
        if effective_date < self.issue_date {
            let expected = format!("{} or later, when the decree was issued", self.issue_date);
            let rule = RuleBroken::expected("decree.issue_date", expected, effective_date);
            broken.push(("effective_date", rule));
        }
        broken
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn of_gresik() -> DecreeFacts {
        DecreeFacts {
            number: Text::parse("SK-1").unwrap(),
            issue_date: Date::from_ymd_opt(2023, 5, 30).unwrap(),
            issuer: Text::parse("LPEI").unwrap(),
            declared_villages: DeclaredVillages::parse(102).unwrap(),
            region: Some(RegionPrefix::parse("35.25").unwrap()),
        }
    }

    fn rules(village: &str, day: u32) -> Vec<(&'static str, String)> {
        let village = VillageCode::parse(village).unwrap();
        let day = Date::from_ymd_opt(2023, 5, day).unwrap();
        let broken = of_gresik().check_designation(&village, day);
        broken.into_iter().map(|(field, broken)| (field, broken.rule().to_owned())).collect()
    }

    #[test]
    fn it_designates_villages_of_its_region_from_its_day_on() {
        assert_eq!(rules("35.25.11.2009", 30), []);
        assert_eq!(rules("35.24.10.2009", 30), [("decree", "decree.region".to_owned())]);
        let late = ("effective_date", "decree.issue_date".to_owned());
        assert_eq!(rules("35.25.11.2009", 29), std::slice::from_ref(&late));
        assert_eq!(rules("35.24.10.2009", 29).len(), 2, "both rules at once");
    }

    #[test]
    fn without_a_region_it_covers_the_country() {
        let national = DecreeFacts { region: None, ..of_gresik() };
        let village = VillageCode::parse("91.03.01.3001").unwrap();
        let day = Date::from_ymd_opt(2025, 1, 1).unwrap();
        assert!(national.check_designation(&village, day).is_empty());
    }

    #[test]
    fn a_count_is_within_its_range() {
        for (count, rule) in [
            (0, "field.missing"),
            (-1, "declared_village_count.range"),
            (100_001, "declared_village_count.range"),
        ] {
            assert_eq!(DeclaredVillages::parse(count).unwrap_err().rule(), rule);
        }
        assert_eq!(DeclaredVillages::parse(100_000).unwrap().get(), 100_000);
    }
}
