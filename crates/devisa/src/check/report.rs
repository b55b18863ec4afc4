//! The answer for people.

use devisa_domain::figure::plain;
use devisa_proto::{
    figure::v1::{ClaimVerdict, Verdict},
    google_type::{Date, Decimal, Money},
    registry::v1::{Alias, Organisation},
    shipment::v1::Sponsorship,
};

use super::{
    Answer,
    beside::{Beside, DealsBeside, ReleaseBeside, SessionBeside},
    json::date,
    pairs::{PairsAnswer, RateBeside},
    statement::Statement,
    verdict_name,
};
use crate::output::{self, Align, Table};

/// Renders the answer.
pub(super) fn render(statement: &Statement, answer: &Answer) -> String {
    let mut parts = vec![head(statement)];
    if !answer.verdicts.is_empty() {
        parts.push(figures(statement, &answer.verdicts));
    }
    parts.extend(answer.pairs.as_ref().map(|pairs| self::pairs(statement, pairs)));
    parts.extend(beside(statement, &answer.beside));
    parts.push(conclusion(answer));
    parts.join("\n\n")
}

fn head(statement: &Statement) -> String {
    let said = statement.statement_date.map(|date| format!(", said on {date}"));
    let source = match statement.source.as_str() {
        "" => String::new(),
        source => format!("\n{source}"),
    };
    let event = statement.event_date;
    format!("{}{source}\nof {event}{}", statement.title, said.unwrap_or_default())
}

fn figures(statement: &Statement, verdicts: &[ClaimVerdict]) -> String {
    let columns = ["PUBLISHED", "VERDICT", "FOUND", "WHY"];
    let aligns = [Align::Left, Align::Left, Align::Right, Align::Left];
    let mut table = Table::new(columns.map(ToOwned::to_owned).into_iter().zip(aligns));
    for (claimed, verdict) in statement.figures.iter().zip(verdicts) {
        let held = if verdict.held { ", HELD" } else { "" };
        table.row([
            claimed.text.clone(),
            format!("{}{held}", verdict_name(verdict)),
            verdict.found.as_ref().map(grouped).unwrap_or_default(),
            explanation(verdict),
        ]);
    }
    table.render(0)
}

fn explanation(verdict: &ClaimVerdict) -> String {
    let listed = verdict.listed.map(|listed| {
        let coverage = verdict.coverage.as_ref().map(|c| format!(", coverage {}", c.value));
        format!("; {listed} listed{}", coverage.unwrap_or_default())
    });
    match listed {
        Some(listed) if !verdict.explanation.contains("listed") => {
            format!("{}{listed}", verdict.explanation)
        }
        _ => verdict.explanation.clone(),
    }
}

/// A number with its thousands grouped: `351,607.40`.
fn grouped(decimal: &Decimal) -> String {
    let (sign, digits) =
        decimal.value.strip_prefix('-').map_or(("", decimal.value.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, ""), |(w, f)| (w, f));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{text}{point}{fraction}")
}

fn pairs(statement: &Statement, answer: &PairsAnswer) -> String {
    let (base, quote) = answer.currencies;
    let mut lines = vec![match (answer.is_feasible(), answer.bounds()) {
        (true, (low, high)) => {
            let count = statement.pairs.len();
            let bound = |bound: Option<_>| {
                let text = |number| grouped(&Decimal { value: plain(number) });
                bound.map_or_else(|| "no bound".to_owned(), text)
            };
            let (low, high) = (bound(low), bound(high));
            format!("Pairs: one rate explains all {count}: {quote} [{low}, {high}) for {base} 1")
        }
        (false, _) => {
            let conflict = answer.conflict.iter().map(|[first, second]| format!("{first} = {second}"));
            let conflict = conflict.collect::<Vec<_>>().join(" against ");
            format!("Pairs: NO rate explains them: {conflict}")
        }
    }];
    let mut table = Table::plain([Align::Left, Align::Right, Align::Left, Align::Left]);
    for rate in &answer.rates {
        table.row(rate_row(rate, statement));
    }
    lines.push(table.render(2));
    lines.join("\n")
}

fn rate_row(beside: &RateBeside, statement: &Statement) -> [String; 4] {
    let kind = beside.kind_name().to_owned();
    let Some((rate, is_inside)) = &beside.found else {
        let none = format!("none on record for {}", statement.event_date);
        return [kind, String::new(), none, String::new()];
    };
    let value = rate.rate.as_ref().map(grouped).unwrap_or_default();
    let units = if rate.units == 1 { String::new() } else { format!(" per {}", rate.units) };
    let inside = if *is_inside { "lies in it" } else { "does not lie in it" };
    let from = date(rate.valid_from.as_ref()).unwrap_or_default();
    let source = match rate.source.as_str() {
        "" => String::new(),
        source => format!(": {source}"),
    };
    [kind, format!("{value}{units}"), inside.to_owned(), format!("from {from}{source}")]
}

fn beside(statement: &Statement, beside: &Beside) -> Option<String> {
    if beside.releases.is_empty() && beside.sessions.is_empty() {
        return None;
    }
    let mut lines = vec!["Beside the figures".to_owned()];
    for release in &beside.releases {
        lines.push(format!("  {}", release.name));
        lines.push(release_lines(release, statement));
    }
    for session in &beside.sessions {
        lines.push(format!("  {}", session.name));
        lines.push(session_lines(session));
    }
    Some(lines.join("\n"))
}

fn release_lines(release: &ReleaseBeside, statement: &Statement) -> String {
    let mut table = Table::plain([Align::Left, Align::Left]);
    table.row(["released".to_owned(), amounts(&release.released)]);
    table.row(["realised".to_owned(), amounts(&release.realised)]);
    for (sponsorship, sponsor) in &release.sponsorships {
        table.row(["sponsored".to_owned(), sponsored(sponsorship, sponsor, statement)]);
    }
    table.render(4)
}

/// `container by Pelindo ("Pelindo III" until 2021-10-01)`.
fn sponsored(sponsorship: &Sponsorship, sponsor: &Organisation, statement: &Statement) -> String {
    let kind = sponsorship.kind().as_str_name().trim_start_matches("KIND_").to_lowercase();
    let value = sponsorship.in_kind_value.as_ref().map(|value| format!(", {}", output::money(value)));
    let day = statement.event_date.to_string();
    let ended = |alias: &&Alias| date(alias.valid_to.as_ref()).is_some_and(|to| to < day);
    let aliases: Vec<_> = sponsor.aliases.iter().filter(ended).map(alias).collect();
    let aliases = match aliases.as_slice() {
        [] => String::new(),
        aliases => format!(" ({})", aliases.join(", ")),
    };
    format!("{kind} by {}{aliases}{}", sponsor.display_name, value.unwrap_or_default())
}

fn alias(alias: &Alias) -> String {
    let until = |to: &Date| format!(" until {}", date(Some(to)).unwrap_or_default());
    format!("{:?}{}", alias.name, alias.valid_to.as_ref().map(until).unwrap_or_default())
}

fn session_lines(session: &SessionBeside) -> String {
    let mut table = Table::plain([Align::Left, Align::Left]);
    for (tier, deals) in [("potential", &session.potential), ("contracted", &session.contracted)] {
        table.row([tier.to_owned(), totals(deals)]);
    }
    table.render(4)
}

fn totals(deals: &DealsBeside) -> String {
    let values = amounts(&deals.values);
    if deals.held.is_empty() {
        return values;
    }
    let (held, with_held) = (amounts(&deals.held), amounts(&deals.with_held));
    format!("{values}; held apart {held}; with the held {with_held}")
}

fn amounts(values: &[Money]) -> String {
    if values.is_empty() {
        return "0".to_owned();
    }
    values.iter().map(output::money).collect::<Vec<_>>().join(" + ")
}

fn conclusion(answer: &Answer) -> String {
    let count = |of: Verdict| answer.verdicts.iter().filter(|v| v.verdict() == of).count();
    let names = [
        (Verdict::Consistent, "consistent"),
        (Verdict::Inconsistent, "inconsistent"),
        (Verdict::Ambiguous, "ambiguous"),
        (Verdict::Undecidable, "undecidable"),
    ];
    let counts = names.map(|(verdict, name)| (count(verdict), name));
    let counts = counts.iter().filter(|(number, _)| *number > 0);
    let counts: Vec<_> = counts.map(|(number, name)| format!("{number} {name}")).collect();
    let held = answer.verdicts.iter().filter(|verdict| verdict.held).count();
    let held = if held > 0 { format!(", {held} of them held") } else { String::new() };
    let pairs = answer.pairs.as_ref().map(|pairs| {
        if pairs.is_feasible() { "; pairs feasible" } else { "; pairs infeasible" }
    });
    let figures = if counts.is_empty() { "no figures".to_owned() } else { counts.join(", ") };
    format!("{figures}{held}{}", pairs.unwrap_or_default())
}
