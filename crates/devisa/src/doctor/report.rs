//! What the doctor found.

use serde_json::{Value, json};

use crate::{
    exit::Exit,
    output::{Align, Table, Tone, tint},
};

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// As it should be.
    Ok,
    /// It works, and may not for long.
    Warn,
    /// It does not work.
    Fail,
}

impl Health {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// A thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    health: Health,
    what: String,
    detail: String,
    cure: String,
    exit: Exit,
}

/// All that was looked at, in that order.
#[derive(Clone, Debug, Default)]
pub(super) struct Report(Vec<Finding>);

impl Report {
    /// It is as it should be.
    pub(super) fn ok(&mut self, what: &str, detail: impl Into<String>) {
        self.add(Health::Ok, what, detail.into(), "", Exit::Fine);
    }

    /// It works; the cure says how to keep it so.
    pub(super) fn warn(&mut self, what: &str, detail: impl Into<String>, cure: &str) {
        self.add(Health::Warn, what, detail.into(), cure, Exit::Fine);
    }

    /// It does not work; the cure says how to mend it.
    pub(super) fn fail(&mut self, what: &str, detail: impl Into<String>, cure: &str) {
        self.add(Health::Fail, what, detail.into(), cure, Exit::No);
    }

    /// It does not work, which has an exit code of its own.
    pub(super) fn fail_with(&mut self, exit: Exit, what: &str, detail: &str, cure: &str) {
        self.add(Health::Fail, what, detail.to_owned(), cure, exit);
    }

    fn add(&mut self, health: Health, what: &str, detail: String, cure: &str, exit: Exit) {
        let (what, cure) = (what.to_owned(), cure.to_owned());
        self.0.push(Finding { health, what, detail, cure, exit });
    }

    /// The exit code: that of a wrong configuration or an unreachable server comes first.
    pub(super) fn exit(&self) -> Exit {
        let has = |exit| self.0.iter().any(|finding| finding.exit == exit);
        [Exit::Configuration, Exit::Unreachable, Exit::No]
            .into_iter()
            .find(|exit| has(*exit))
            .unwrap_or(Exit::Fine)
    }

    /// A line for each thing, with the cure below what is not well.
    pub(super) fn render(&self) -> String {
        let mut table = Table::plain([Align::Left, Align::Left, Align::Left]).unbroken();
        for Finding { health, what, detail, cure, .. } in &self.0 {
            let cure = if cure.is_empty() { String::new() } else { format!("\ncure: {cure}") };
            table.row([health.as_str().to_owned(), what.clone(), format!("{detail}{cure}")]);
        }
        tint(&table.render(0), |word| match word {
            "ok" => Some(Tone::Good),
            "warn" => Some(Tone::Doubt),
            "fail" => Some(Tone::Bad),
            _ => None,
        })
    }

    /// The same for scripts.
    pub(super) fn to_json(&self) -> Value {
        let checks = self.0.iter().map(|finding| {
            json!({
                "check": finding.what,
                "health": finding.health.as_str().to_uppercase(),
                "detail": finding.detail,
                "cure": finding.cure,
            })
        });
        json!({"healthy": self.exit() == Exit::Fine, "checks": checks.collect::<Vec<_>>()})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report::default();
        report.ok("configuration", "complete");
        report.warn("deal: clock", "3 s behind", "set the clock");
        report
    }

    #[test]
    fn a_cure_stands_below_what_is_not_well() {
        let mut report = report();
        report.fail("deal: database", "gone", "start it");
        let text = anstream::adapter::strip_str(&report.render()).to_string();
        assert_eq!(
            text,
            "ok    configuration   complete\n\
             warn  deal: clock     3 s behind\n\
             \u{20}                     cure: set the clock\n\
             fail  deal: database  gone\n\
             \u{20}                     cure: start it"
        );
        assert_eq!(report.to_json()["checks"][2]["health"], "FAIL");
        assert_eq!(report.to_json()["healthy"], false);
    }

    #[test]
    fn the_exit_code_is_that_of_the_worst() {
        let mut report = report();
        assert_eq!(report.exit(), Exit::Fine);
        report.fail("a", "b", "c");
        assert_eq!(report.exit(), Exit::No);
        report.fail_with(Exit::Unreachable, "a", "b", "c");
        assert_eq!(report.exit(), Exit::Unreachable);
        report.fail_with(Exit::Configuration, "a", "b", "c");
        assert_eq!(report.exit(), Exit::Configuration);
    }
}
