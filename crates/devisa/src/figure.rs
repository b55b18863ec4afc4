//! `devisa figure`: reads one published figure, without a server.

use devisa_domain::figure::{Figure, Reading, Verdict, plain};
use serde_json::json;

use crate::{
    cli::{FigureArgs, Format},
    exit::{Exit, Failure},
    output::{self, Align, Table},
};

/// Runs `devisa figure`.
pub(crate) fn run(args: &FigureArgs, format: Format) -> Result<Exit, Failure> {
    let figure = Figure::parse(&args.text)
        .map_err(|broken| Failure::refused(format!("{:?}: {broken}", args.text)))?;
    let verdict = args.against.map(|number| figure.check(number));
    match format {
        Format::Json => output::print_json(&to_json(&figure, verdict))?,
        Format::Table => output::print(&render(&figure, verdict))?,
    }
    Ok(match verdict {
        Some(Verdict::Inconsistent) => Exit::No,
        Some(verdict @ (Verdict::Ambiguous | Verdict::Undecidable)) => {
            output::warn(&format!("the figure is {verdict}"));
            Exit::Fine
        }
        Some(Verdict::Consistent) | None => Exit::Fine,
    })
}

fn to_json(figure: &Figure, verdict: Option<Verdict>) -> serde_json::Value {
    let mut json = json!({
        "text": figure.text(),
        "currency": figure.currency().map(|currency| currency.code()),
        "unit": figure.unit(),
        "value": figure.value().map(plain),
        "decimals": figure.decimals(),
        "scale": figure.scale(),
        "low": figure.low().map(plain),
        "high": figure.high().map(plain),
        "ambiguous": figure.is_ambiguous(),
    });
    if let Some(verdict) = verdict {
        json["verdict"] = verdict.as_str().into();
    }
    json
}

fn render(figure: &Figure, verdict: Option<Verdict>) -> String {
    let mut table = Table::plain([Align::Left, Align::Left]);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row("text", figure.text().to_owned());
    let measure = figure.currency().map(|currency| currency.code()).or(figure.unit());
    row("in", measure.unwrap_or("pieces").to_owned());
    match figure.reading() {
        Reading::One(value) => {
            row("value", plain(value.value));
            row("accepts", value.interval.to_string());
        }
        Reading::Ambiguous(values) => {
            let [first, second] = values.map(|value| plain(value.value));
            row("value", format!("{first} or {second}: the text has two readings"));
        }
        Reading::Vague => row("value", "none: the text gives no number".to_owned()),
    }
    if let Some(verdict) = verdict {
        row("verdict", verdict.to_string());
    }
    table.render(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> serde_json::Value {
        to_json(&Figure::parse(text).unwrap(), None)
    }

    #[test]
    fn the_json_has_exactly_these_keys() {
        assert_eq!(
            json("Rp5,8 miliar"),
            json!({
                "text": "Rp5,8 miliar", "currency": "IDR", "unit": null, "value": "5800000000",
                "decimals": 1, "scale": 1_000_000_000_u64, "low": "5750000000",
                "high": "5900000000", "ambiguous": false
            })
        );
        let verdict = to_json(&Figure::parse("enam truk").unwrap(), Some(Verdict::Consistent));
        assert_eq!(verdict["verdict"], "CONSISTENT");
        assert_eq!(verdict["unit"], "truk");
    }

    #[test]
    fn what_is_not_one_number_has_nulls() {
        let vague = json("puluhan truk");
        assert!(vague["value"].is_null() && vague["low"].is_null() && vague["high"].is_null());
        let ambiguous = json("1.998 ton");
        assert_eq!(ambiguous["ambiguous"], true);
        assert!(ambiguous["value"].is_null());
        assert!(json("tembus Rp5,8 miliar")["high"].is_null());
        assert!(json("hampir Rp5,8 miliar")["low"].is_null());
    }

    #[test]
    fn the_table_tells_the_interval() {
        let figure = Figure::parse("351,6 ribu dolar AS").unwrap();
        assert_eq!(
            render(&figure, Some(Verdict::Consistent)),
            "text     351,6 ribu dolar AS\nin       USD\nvalue    351600\n\
             accepts  [351,550, 351,700)\nverdict  CONSISTENT"
        );
    }
}
