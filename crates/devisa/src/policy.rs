//! `devisa policy`: by which limits values are held and figures are read, without a server.

use devisa_domain::{
    deal::plausibility::OFFICIAL_KINDS,
    figure::plain,
    policy::{self, Limit},
};
use serde_json::{Value, json};

use crate::{
    cli::Format,
    exit::{Exit, Failure},
    output::{self, Align, Table},
};

/// Runs `devisa policy`.
pub(crate) fn run(format: Format) -> Result<Exit, Failure> {
    let limits = policy::limits();
    match format {
        Format::Json => output::print_json(&to_json(&limits))?,
        Format::Table => output::print(&render(&limits))?,
    }
    Ok(Exit::Fine)
}

/// The kinds of rate that convert, the first one first.
fn rates() -> [&'static str; 2] {
    OFFICIAL_KINDS.map(|kind| kind.as_str())
}

fn to_json(limits: &[Limit]) -> Value {
    let limits = limits.iter().map(|Limit { rule, what, limit, unit, source }| {
        json!({
            "rule": rule, "what": what, "limit": limit.map(plain), "unit": unit, "source": source,
        })
    });
    json!({ "limits": limits.collect::<Vec<_>>(), "rates": rates() })
}

fn render(limits: &[Limit]) -> String {
    let columns = [
        ("RULE", Align::Left),
        ("WHAT IS MEASURED", Align::Left),
        ("LIMIT", Align::Right),
        ("UNIT", Align::Left),
        ("SOURCE", Align::Left),
    ];
    let mut table = Table::new(columns.map(|(name, align)| (name.to_owned(), align))).unbroken();
    for Limit { rule, what, limit, unit, source } in limits {
        let limit = limit.map_or_else(|| "none".to_owned(), output::number);
        table.row([(*rule).to_owned(), what.clone(), limit, (*unit).into(), (*source).into()]);
    }
    let [first, second] = rates();
    let rates =
        format!("Amounts are compared at the {first} of the day of signing, else {second}.");
    format!("{}\n\n{rates}", table.render(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_has_its_unit_and_source() {
        let table = render(&policy::limits());
        let line = |start: &str| table.lines().find(|line| line.starts_with(start)).unwrap();
        assert!(line("size_ceiling").contains(" 2,000,000,000  IDR "), "{table}");
        assert!(line("over_realised").contains("  110  per cent "), "{table}");
        assert!(
            table.ends_with("at the KURS_PAJAK of the day of signing, else JISDOR."),
            "{table}"
        );
    }

    #[test]
    fn the_json_says_the_same() {
        let json = to_json(&policy::limits());
        assert_eq!(
            json["limits"][0],
            json!({
                "rule": "size_ceiling", "what": "sales a year, class MIKRO", "limit": "2000000000",
                "unit": "IDR", "source": "PP 7/2021 article 35",
            })
        );
        assert!(json["limits"][3]["limit"].is_null(), "BESAR has a ceiling");
        assert_eq!(json["rates"], json!(["KURS_PAJAK", "JISDOR"]));
    }
}
