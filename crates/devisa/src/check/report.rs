//! The answer to a statement, whole, and as scripts read it.

use chrono::NaiveDate;
use devisa_domain::{
    figure::{Figure, plain},
    money::{Sum, Sums},
    registry::exchange_rate::RateKind,
};
use devisa_proto::{
    figure::v1::{ClaimVerdict, Verdict},
    google_type::Decimal,
};
use serde_json::{Value, json};

use super::{
    beside::{
        Beside, DealBeside, DealTotals, Promises, ReleaseBeside, SessionBeside, SponsorshipBeside,
    },
    pairs::{PairsReport, RateOnRecord},
    statement::StatedFigure,
};

/// What the records say of a statement.
#[derive(Clone, Debug)]
pub(super) struct Report {
    /// What the statement is called.
    pub(super) title: String,
    /// Who published it.
    pub(super) source: String,
    /// The day it speaks of.
    pub(super) event_date: Option<NaiveDate>,
    /// The day it was made.
    pub(super) statement_date: Option<NaiveDate>,
    /// Its figures, in its order.
    pub(super) figures: Vec<FigureReport>,
    /// Its pairs; none when it has none.
    pub(super) pairs: Option<PairsReport>,
    /// What the ledger knows beside them.
    pub(super) beside: Beside,
}

/// What the records say of a figure.
#[derive(Clone, Debug)]
pub(super) struct FigureReport {
    /// The figure.
    pub(super) figure: Figure,
    /// What it is about.
    pub(super) metric: &'static str,
    /// The resource that the metric is taken of.
    pub(super) of: String,
    /// The service's answer.
    pub(super) answer: ClaimVerdict,
}

impl FigureReport {
    /// A stated figure with the service's answer.
    pub(super) fn new(stated: StatedFigure, answer: ClaimVerdict) -> Self {
        Self { figure: stated.figure, metric: stated.metric.name, of: stated.of, answer }
    }

    /// The verdict's short name.
    pub(super) fn verdict(&self) -> &'static str {
        self.answer.verdict().as_str_name().trim_start_matches("VERDICT_")
    }

    fn to_json(&self) -> Value {
        json!({
            "text": self.figure.text(),
            "metric": self.metric,
            "of": self.of,
            "verdict": self.verdict(),
            "low": decimal(self.answer.low.as_ref()),
            "high": decimal(self.answer.high.as_ref()),
            "found": decimal(self.answer.found.as_ref()),
            "listed": self.answer.listed,
            "coverage": decimal(self.answer.coverage.as_ref()),
            "held": self.answer.held,
            "explanation": self.answer.explanation,
        })
    }
}

fn decimal(value: Option<&Decimal>) -> Option<&str> {
    value.map(|decimal| decimal.value.as_str())
}

impl Report {
    /// Whether nothing of it is contradicted by the records.
    pub(super) fn is_consistent(&self) -> bool {
        let contradicted = |report: &FigureReport| report.answer.verdict() == Verdict::Inconsistent;
        !self.figures.iter().any(contradicted)
            && self.pairs.as_ref().is_none_or(PairsReport::is_feasible)
    }

    /// What deserves a second look although nothing is contradicted by it.
    pub(super) fn warnings(&self) -> Vec<String> {
        let of = |verdict: Verdict| self.count(|answer| answer.verdict() == verdict);
        let doubts = [
            (of(Verdict::Ambiguous), "AMBIGUOUS: the text can be read in two ways"),
            (of(Verdict::Undecidable), "UNDECIDABLE: text and records cannot be compared"),
            (self.count(|answer| answer.held), "HELD: consistent is not plausible"),
        ];
        let doubts = doubts.into_iter().filter(|(count, _)| *count > 0);
        let words = doubts.map(|(count, what)| match count {
            1 => format!("1 figure is {what}"),
            count => format!("{count} figures are {what}"),
        });
        words.collect()
    }

    fn count(&self, is_one: impl Fn(&ClaimVerdict) -> bool) -> usize {
        self.figures.iter().filter(|report| is_one(&report.answer)).count()
    }

    /// The answer for scripts.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "title": self.title,
            "consistent": self.is_consistent(),
            "figures": all(&self.figures, FigureReport::to_json),
            "pairs": self.pairs.as_ref().map_or_else(no_pairs, pairs),
            "beside": {
                "releases": all(&self.beside.releases, release),
                "sessions": all(&self.beside.sessions, session),
                "deals": all(&self.beside.deals, deal),
            },
        })
    }
}

fn all<T>(items: &[T], to_json: impl Fn(&T) -> Value) -> Vec<Value> {
    items.iter().map(to_json).collect()
}

/// A statement without pairs contradicts no rate; no rate was asked for.
fn no_pairs() -> Value {
    json!({"feasible": true, "low": null, "high": null, "conflict": [], "rates": []})
}

fn pairs(report: &PairsReport) -> Value {
    let (low, high) = report.bounds();
    json!({
        "feasible": report.is_feasible(),
        "low": low.map(plain),
        "high": high.map(plain),
        "conflict": report.conflict().collect::<Vec<_>>(),
        "rates": all(&report.rates, |(kind, rate)| rate_of_kind(*kind, rate.as_ref())),
    })
}

fn rate_of_kind(kind: RateKind, rate: Option<&RateOnRecord>) -> Value {
    let source = rate.map(|rate| rate.source.as_str()).filter(|source| !source.is_empty());
    let valid_from = rate.and_then(|rate| rate.valid_from);
    json!({
        "kind": kind.as_str(),
        "rate": rate.map(|rate| plain(rate.for_one())),
        "valid_from": valid_from.map(|date| date.to_string()),
        "source": source,
        "inside": rate.map(|rate| rate.inside),
    })
}

fn release(release: &ReleaseBeside) -> Value {
    json!({
        "name": release.name,
        "released": amounts(&release.released),
        "realised": amounts(&release.realised),
        "sponsorships": all(&release.sponsorships, sponsorship),
    })
}

fn sponsorship(given: &SponsorshipBeside) -> Value {
    let ended =
        |(name, until): &(String, NaiveDate)| json!({"name": name, "valid_to": until.to_string()});
    json!({
        "name": given.name,
        "sponsor": given.sponsor,
        "sponsor_display_name": given.display_name,
        "ended_aliases": all(&given.ended, ended),
        "kind": given.kind,
        "in_kind_value": given.in_kind_value.map(amount),
        "note": given.note,
    })
}

fn session(session: &SessionBeside) -> Value {
    json!({
        "name": session.name,
        "potential": promises(&session.potential),
        "contracted": promises(&session.contracted),
    })
}

/// What the deals of a tier come to, and beside it what became of that.
fn promises(promises: &Promises) -> Value {
    let mut json = totals(&promises.value);
    json["realised"] = totals(&promises.realised);
    json["pending"] = totals(&promises.pending);
    json["balance"] = totals(&promises.balance);
    json
}

fn deal(deal: &DealBeside) -> Value {
    json!({
        "name": deal.name,
        "value": amount(deal.value),
        "realised": amount(deal.realised),
        "pending": amount(deal.pending),
        "closed": amount(deal.closed),
        "balance": amount(deal.balance),
    })
}

fn totals(totals: &DealTotals) -> Value {
    json!({
        "values": amounts(&totals.values),
        "held": amounts(&totals.held),
        "with_held": amounts(&totals.with_held()),
    })
}

fn amounts(values: &Sums) -> Vec<Value> {
    values.iter().map(amount).collect()
}

/// An amount with all decimals of its currency.
fn amount(sum: impl Into<Sum>) -> Value {
    let sum = sum.into();
    json!({"currency_code": sum.currency().code(), "amount": sum.decimal().to_string()})
}
