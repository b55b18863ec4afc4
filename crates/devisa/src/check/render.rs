//! The answer to a statement for people.

use devisa_domain::{
    figure::{Figure, plain},
    money::{Money, Sums},
    registry::exchange_rate::RateKind,
};
use rust_decimal::Decimal;

use super::{
    beside::{
        Beside, DealBeside, DealTotals, Promises, ReleaseBeside, SessionBeside, SponsorshipBeside,
    },
    metric,
    pairs::{PairsReport, RateOnRecord},
    report::{FigureReport, Report},
};
use crate::output::{self, Align, Table, Tone, tint};

/// How far parts stand in from their heading.
const INDENT: usize = 2;

/// Renders the whole answer, with colours.
pub(super) fn render(report: &Report) -> String {
    let mut parts = vec![heading(report)];
    if !report.figures.is_empty() {
        parts.push(figures(&report.figures));
    }
    parts.extend(report.pairs.as_ref().map(pairs));
    parts.extend(beside(&report.beside));
    parts.push(conclusion(report));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn heading(report: &Report) -> String {
    let event = report.event_date.map(|date| format!("event {date}"));
    let stated = report.statement_date.map(|date| format!("statement {date}"));
    let source = Some(report.source.clone()).filter(|source| !source.is_empty());
    let about: Vec<_> = [source, event, stated].into_iter().flatten().collect();
    let title = Some(&report.title).filter(|title| !title.is_empty());
    let title = title.map(|title| Tone::Heading.paint(title));
    let about = Some(about.join(", ")).filter(|about| !about.is_empty());
    title.into_iter().chain(about).collect::<Vec<_>>().join("\n")
}

fn conclusion(report: &Report) -> String {
    if report.is_consistent() {
        Tone::Good.paint("Nothing of this is contradicted by the records.")
    } else {
        Tone::Bad.paint("Some of this is contradicted by the records.")
    }
}

/// The tone of a verdict, where it stands in a table.
fn tone(word: &str) -> Option<Tone> {
    match word {
        "CONSISTENT" => Some(Tone::Good),
        "INCONSISTENT" => Some(Tone::Bad),
        "AMBIGUOUS" | "UNDECIDABLE" | "HELD" => Some(Tone::Doubt),
        _ => None,
    }
}

fn figures(figures: &[FigureReport]) -> String {
    let columns = [
        ("PUBLISHED", Align::Left),
        ("VERDICT", Align::Left),
        ("FOUND", Align::Right),
        ("WHY", Align::Left),
    ];
    let mut table = Table::new(columns.map(|(name, align)| (name.to_owned(), align)));
    for report in figures {
        let held = if report.answer.held { "\nHELD" } else { "" };
        table.row([
            report.figure.text().to_owned(),
            format!("{}{held}", report.verdict()),
            found(report),
            why(report),
        ]);
    }
    tint(&table.render(0), tone)
}

/// What is on record, in the figure's own currency or unit.
fn found(report: &FigureReport) -> String {
    let Some(found) = &report.answer.found else { return "-".to_owned() };
    let Ok(number) = Decimal::from_str_exact(&found.value) else { return found.value.clone() };
    let money = report.figure.currency().map(|currency| Money::from_decimal(number, currency));
    match money {
        Some(Ok(money)) => money.to_string(),
        _ if report.metric == metric::NET_WEIGHT => format!("{} kg", output::number(number)),
        _ => output::number(number),
    }
}

/// The explanation, without the number that stands in the column beside.
fn why(report: &FigureReport) -> String {
    let explanation = report.answer.explanation.as_str();
    let rest = explanation.strip_prefix(&format!("found {}", found(report)));
    let rest = rest.filter(|rest| rest.starts_with([',', ' ']));
    let mut why = rest.unwrap_or(explanation).trim_start_matches([',', ' ']).to_owned();
    if let Some(coverage) = &report.answer.coverage {
        why.push_str(&format!("; coverage {}", coverage.value));
    }
    why
}

fn pairs(report: &PairsReport) -> String {
    let mut stated = Table::plain([Align::Left, Align::Left]);
    for (first, second) in &report.stated.pairs {
        stated.row([first, second].map(|figure: &Figure| figure.text().to_owned()));
    }
    let mut rates = Table::plain([Align::Left, Align::Right, Align::Left, Align::Left]);
    for (kind, rate) in &report.rates {
        rates.row(rate_cells(*kind, rate.as_ref()));
    }
    format!(
        "One amount in two currencies\n{}\n{}\nRates in force on {}\n{}",
        stated.render(INDENT),
        answer(report),
        report.stated.date,
        rates.render(INDENT)
    )
}

fn answer(report: &PairsReport) -> String {
    if report.is_feasible() {
        let (low, high) = report.bounds();
        let unit = report.stated.currencies();
        let unit = unit.map(|(base, quote)| format!(" {quote} for 1 {base}")).unwrap_or_default();
        let bound = |bound: Option<Decimal>, none: &str| bound.map_or(none.to_owned(), plain);
        let (low, high) = (bound(low, "0"), bound(high, "∞"));
        let feasible = Tone::Good.paint("FEASIBLE");
        return format!("{feasible}: any rate in [{low}, {high}){unit} explains them all");
    }
    let conflict: Vec<_> = report
        .conflict()
        .map(|[first, second]| format!("\n{:INDENT$}{first} = {second}", ""))
        .collect();
    let why = if conflict.len() == 1 { "no rate explains" } else { "no one rate explains both" };
    format!("{}: {why}{}", Tone::Bad.paint("INFEASIBLE"), conflict.concat())
}

fn rate_cells(kind: RateKind, rate: Option<&RateOnRecord>) -> [String; 4] {
    let Some(rate) = rate else {
        return [kind.to_string(), "-".to_owned(), "none on record".to_owned(), String::new()];
    };
    let since = rate.valid_from.map(|date| format!("from {date}"));
    let source = Some(rate.source.clone()).filter(|source| !source.is_empty());
    let about: Vec<_> = [source, since].into_iter().flatten().collect();
    let inside = if rate.inside { "inside" } else { "outside" };
    [kind.to_string(), output::number(rate.for_one()), inside.to_owned(), about.join(", ")]
}

/// What stands beside; none when nothing is named that has any of it. A deal of which nothing was
/// made yet has nothing to tell but its value.
fn beside(beside: &Beside) -> Option<String> {
    let releases = beside.releases.iter().map(release);
    let sessions = beside.sessions.iter().map(session);
    let deals = beside.deals.iter().filter(|deal| deal.is_drawn()).map(deal);
    let parts: Vec<_> = releases.chain(sessions).chain(deals).collect();
    (!parts.is_empty()).then(|| format!("Beside the figures\n{}", parts.join("\n")))
}

fn release(release: &ReleaseBeside) -> String {
    let mut table = Table::plain([Align::Left, Align::Left]);
    table.row(["RELEASED".to_owned(), amounts(&release.released)]);
    table.row(["REALISED".to_owned(), amounts(&release.realised)]);
    for sponsorship in &release.sponsorships {
        table.row(["sponsored".to_owned(), sponsor(sponsorship)]);
    }
    format!("{}\n{}", release.name, table.render(INDENT))
}

/// `CONTAINER by Pelindo ("Pelindo III" until 2021-10-01)`.
fn sponsor(given: &SponsorshipBeside) -> String {
    let mut text = format!("{} by {}", given.kind, given.display_name);
    let ended = given.ended.iter().map(|(name, until)| format!("{name:?} until {until}"));
    let ended: Vec<_> = ended.collect();
    if !ended.is_empty() {
        text.push_str(&format!(" ({})", ended.join(", ")));
    }
    if let Some(value) = given.in_kind_value {
        text.push_str(&format!(", worth {value}"));
    }
    text
}

fn session(session: &SessionBeside) -> String {
    let columns = [
        (String::new(), Align::Left),
        ("WITHOUT HELD DEALS".to_owned(), Align::Right),
        ("HELD".to_owned(), Align::Right),
        ("WITH HELD DEALS".to_owned(), Align::Right),
    ];
    let mut table = Table::new(columns).unbroken();
    for (tier, promises) in [("POTENTIAL", &session.potential), ("CONTRACTED", &session.contracted)]
    {
        for (name, totals) in parts(tier, promises) {
            let cells = [&totals.values, &totals.held, &totals.with_held()].map(amounts);
            table.row([name].into_iter().chain(cells));
        }
    }
    format!("{}\n{}", session.name, table.render(INDENT))
}

/// The value of a tier's deals and, where there are any, what became of it.
fn parts<'p>(tier: &str, promises: &'p Promises) -> Vec<(String, &'p DealTotals)> {
    let Promises { value, realised, pending, balance } = promises;
    let mut parts = vec![(tier.to_owned(), value)];
    if !value.with_held().is_empty() {
        let kept = [("realised", realised), ("pending", pending), ("balance", balance)];
        parts.extend(kept.map(|(name, totals)| (format!("{:INDENT$}{name}", ""), totals)));
    }
    parts
}

fn deal(deal: &DealBeside) -> String {
    let mut table = Table::plain([Align::Left, Align::Right]);
    let parts = [
        ("value", deal.value),
        ("realised", deal.realised),
        ("pending", deal.pending),
        ("closed", deal.closed),
        ("balance", deal.balance),
    ];
    for (part, amount) in parts {
        table.row([part.to_owned(), amount.to_string()]);
    }
    format!("{}\n{}", deal.name, table.render(INDENT))
}

fn amounts(values: &Sums) -> String {
    if values.is_empty() {
        return "0".to_owned();
    }
    values.iter().map(|sum| sum.to_string()).collect::<Vec<_>>().join(", ")
}
