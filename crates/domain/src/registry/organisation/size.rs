//! Size classes of organisations.

use serde::{Deserialize, Serialize};

use crate::{
    money::{Currency, Money},
    refusal::{Checks, RuleBroken, Violation},
    time::Date,
};

/// How size is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scheme {
    /// Annual sales, PP 7/2021 article 35 (existing firms).
    Pp7Sales,
    /// Capital without land and buildings, PP 7/2021 article 35 (new registrants).
    Pp7Capital,
    /// Workers and investment of an industry, Permenperin 64/2016.
    Permenperin,
}

/// The size classes, from small to large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Class {
    /// *Usaha mikro*.
    Mikro,
    /// *Usaha kecil*.
    Kecil,
    /// *Usaha menengah*.
    Menengah,
    /// *Usaha besar*.
    Besar,
}

impl Class {
    /// All classes, from small to large.
    pub const ALL: [Self; 4] = [Self::Mikro, Self::Kecil, Self::Menengah, Self::Besar];
    /// The law that the ceilings are from.
    pub const LAW: &str = "PP 7/2021 article 35";

    /// The class's short name, as on the wire without its prefix.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mikro => "MIKRO",
            Self::Kecil => "KECIL",
            Self::Menengah => "MENENGAH",
            Self::Besar => "BESAR",
        }
    }

    /// The most that a firm of the class sells in a year, inclusive; none for BESAR.
    ///
    /// Source: PP 7/2021 article 35: Rp2 miliar, Rp15 miliar, Rp50 miliar ("paling banyak").
    pub fn sales_ceiling(self) -> Option<Money> {
        const MILIAR_IN_SEN: i64 = 100_000_000_000;
        let miliar = match self {
            Self::Mikro => 2,
            Self::Kecil => 15,
            Self::Menengah => 50,
            Self::Besar => return None,
        };
        Some(Money::from_minor(miliar * MILIAR_IN_SEN, Currency::IDR))
    }

    /// The class that follows from a year's sales in rupiah.
    fn by_sales(sales: Money) -> Self {
        let fits = |class: &Self| {
            class.sales_ceiling().is_none_or(|ceiling| sales.minor() <= ceiling.minor())
        };
        [Self::Mikro, Self::Kecil, Self::Menengah].into_iter().find(fits).unwrap_or(Self::Besar)
    }
}

/// The size class of an organisation, by one scheme.
///
/// Invariant: the class is one that the scheme has; by PP7_SALES with sales given, it is the one
/// that follows from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    scheme: Scheme,
    class: Class,
    annual_sales: Option<Money>,
    year: Option<i32>,
}

impl Size {
    /// A size with the figures behind it; `today` bounds the year.
    ///
    /// # Errors
    /// As [`Size::check`].
    pub fn new(
        scheme: Scheme,
        class: Class,
        annual_sales: Option<Money>,
        year: Option<i32>,
        today: Date,
    ) -> Result<Self, Vec<Violation>> {
        Self::check(Some(scheme), Some(class), annual_sales, year, today)?;
        Ok(Self { scheme, class, annual_sales, year })
    }

    /// Checks the parts of a size as far as they are known, so that all is told even where one of
    /// them cannot be read; `today` bounds the year.
    ///
    /// # Errors
    /// At `annual_sales`: `money.currency` unless in rupiah, `money.negative` below zero. At
    /// `year`: `year.range` outside 1945 to the present. At `class`: `size.scheme` for a class that
    /// the scheme does not have, `size.class` when by PP7_SALES another class follows from the
    /// sales.
    pub fn check(
        scheme: Option<Scheme>,
        class: Option<Class>,
        annual_sales: Option<Money>,
        year: Option<i32>,
        today: Date,
    ) -> Result<(), Vec<Violation>> {
        let mut checks = Checks::new();
        let sales = annual_sales.and_then(|sales| checks.keep("annual_sales", rupiah(sales)));
        let present = chrono::Datelike::year(&today);
        if let Some(year) = year.filter(|year| !(1945..=present).contains(year)) {
            let expected = format!("1945 to {present}");
            checks.push(RuleBroken::expected("year.range", expected, year).at("year"));
        }
        if let (Some(scheme), Some(class)) = (scheme, class) {
            checks.keep("class", fits(scheme, class, sales));
        }
        checks.finish(())
    }

    /// The scheme by which it was classed.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The class.
    pub fn class(&self) -> Class {
        self.class
    }

    /// The annual sales behind the class, in rupiah.
    pub fn annual_sales(&self) -> Option<Money> {
        self.annual_sales
    }

    /// The year of the figures.
    pub fn year(&self) -> Option<i32> {
        self.year
    }
}

/// Whether a scheme has the class, and gives it for these sales.
fn fits(scheme: Scheme, class: Class, sales: Option<Money>) -> Result<(), RuleBroken> {
    match (scheme, sales) {
        // Permenperin 64/2016 divides industries into small, middle and large ones only.
        (Scheme::Permenperin, _) if class == Class::Mikro => {
            let expected = "KECIL, MENENGAH or BESAR (Permenperin 64/2016)";
            Err(RuleBroken::expected("size.scheme", expected, class.as_str()))
        }
        (Scheme::Pp7Sales, Some(sales)) if class != Class::by_sales(sales) => {
            let follows = Class::by_sales(sales);
            let expected = format!("{} for {sales} (PP 7/2021)", follows.as_str());
            Err(RuleBroken::expected("size.class", expected, class.as_str()))
        }
        _ => Ok(()),
    }
}

fn rupiah(sales: Money) -> Result<Money, RuleBroken> {
    if sales.currency() != Currency::IDR {
        return Err(RuleBroken::expected("money.currency", "IDR", sales.currency()));
    }
    if sales.minor() < 0 {
        return Err(RuleBroken::expected("money.negative", "zero or more", sales));
    }
    Ok(sales)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn sized(scheme: Scheme, class: Class, sen: i64, year: i32) -> Vec<(String, String)> {
        let sales = Some(Money::from_minor(sen, Currency::IDR));
        let today = Date::from_ymd_opt(2025, 11, 26).unwrap();
        let size = Size::new(scheme, class, sales, Some(year), today);
        let told = |v: Violation| (v.field.clone(), v.broken.rule().to_owned());
        size.err().unwrap_or_default().into_iter().map(told).collect()
    }

    #[test]
    fn upper_bounds_are_inclusive() {
        const RUPIAH: i64 = 100;
        for (sen, class) in [
            (0, Class::Mikro),
            (2_000_000_000 * RUPIAH, Class::Mikro),
            (2_000_000_000 * RUPIAH + 1, Class::Kecil),
            (2_000_000_001 * RUPIAH, Class::Kecil),
            (15_000_000_000 * RUPIAH, Class::Kecil),
            (15_000_000_001 * RUPIAH, Class::Menengah),
            (50_000_000_000 * RUPIAH, Class::Menengah),
            (50_000_000_001 * RUPIAH, Class::Besar),
        ] {
            for stated in [Class::Mikro, Class::Kecil, Class::Menengah, Class::Besar] {
                let broken = sized(Scheme::Pp7Sales, stated, sen, 2024);
                let expected = [("class".to_owned(), "size.class".to_owned())];
                assert_eq!(broken, if stated == class { &[] } else { &expected[..] }, "{sen}");
            }
        }
    }

    #[test]
    fn sales_bind_only_the_scheme_that_goes_by_them() {
        for scheme in [Scheme::Pp7Capital, Scheme::Permenperin] {
            assert_eq!(sized(scheme, Class::Besar, 0, 2024), []);
        }
    }

    #[test]
    fn industries_are_small_middle_or_large_but_never_micro() {
        for class in [Class::Kecil, Class::Menengah, Class::Besar] {
            assert_eq!(sized(Scheme::Permenperin, class, 0, 2024), []);
        }
        let broken = sized(Scheme::Permenperin, Class::Mikro, 0, 1900);
        let expected = [("year", "year.range"), ("class", "size.scheme")];
        assert_eq!(broken, expected.map(|(field, rule)| (field.to_owned(), rule.to_owned())));
        assert_eq!(sized(Scheme::Pp7Capital, Class::Mikro, 0, 2024), []);
    }

    #[test]
    fn what_is_known_is_checked_beside_what_is_not() {
        let today = Date::from_ymd_opt(2025, 11, 26).unwrap();
        let dollars = Some(Money::from_minor(1, Currency::USD));
        let broken = Size::check(None, Some(Class::Besar), dollars, Some(1900), today).unwrap_err();
        let fields: Vec<_> = broken.iter().map(|broken| broken.field.as_str()).collect();
        assert_eq!(fields, ["annual_sales", "year"]);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let broken = sized(Scheme::Pp7Sales, Class::Kecil, -1, 2026);
        let expected = [("annual_sales", "money.negative"), ("year", "year.range")];
        assert_eq!(broken, expected.map(|(field, rule)| (field.to_owned(), rule.to_owned())));
        assert_eq!(sized(Scheme::Pp7Sales, Class::Mikro, 1, 1944).len(), 1);
        assert!(sized(Scheme::Pp7Sales, Class::Mikro, 1, 2025).is_empty());

        let dollars = Some(Money::from_minor(1, Currency::USD));
        let today = Date::from_ymd_opt(2025, 11, 26).unwrap();
        let broken = Size::new(Scheme::Pp7Sales, Class::Mikro, dollars, None, today).unwrap_err();
        assert_eq!(broken[0].broken.rule(), "money.currency");
    }
}
