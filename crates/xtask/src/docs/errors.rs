//! The facts in the pages of `docs/errors/`, and the index over them. The prose is written by hand;
//! the code, the summary and the methods come from the protos.

use std::{error::Error, fs, path::Path};

use devisa_schema::{
    Commented, Schema, code_spans,
    prost_reflect::{EnumValueDescriptor, MethodDescriptor},
};

use super::{Page, block, text::paragraphs};

/// The reason that no server sends.
const OF_CLIENTS: &str = "RESOURCE_DIFFERS";

/// A reason with its page.
struct Reason {
    /// As on the wire: `FIELD_INVALID`.
    name: String,
    /// `INVALID_ARGUMENT`.
    code: String,
    /// What the enum says of it, without code and sample.
    summary: String,
}

/// The index and a page for each reason; a page that is not there yet begins as a skeleton.
pub(super) fn pages(schema: &Schema, folder: &Path) -> Result<Vec<Page>, Box<dyn Error>> {
    let reasons = reasons(schema).ok_or("there is no devisa.error.v1.ErrorReason")?;
    let mut pages = vec![index(&reasons, folder)?];
    for reason in &reasons {
        pages.push(page(schema, reason, folder)?);
    }
    Ok(pages)
}

fn reasons(schema: &Schema) -> Option<Vec<Reason>> {
    let reasons = schema.enumeration("devisa.error.v1.ErrorReason")?;
    Some(reasons.values().filter(|value| value.number() != 0).map(|value| reason(&value)).collect())
}

fn reason(value: &EnumValueDescriptor) -> Reason {
    let comment = value.comment();
    let first = paragraphs(&comment).first().cloned().unwrap_or_default();
    let (code, summary) = first.split_once(". ").unwrap_or(("", &first));
    Reason {
        name: value.name().trim_start_matches("ERROR_REASON_").to_owned(),
        code: code.to_owned(),
        summary: summary.to_owned(),
    }
}

fn index(reasons: &[Reason], folder: &Path) -> Result<Page, Box<dyn Error>> {
    let path = folder.join("README.md");
    let mut table = "| reason | code | in short |\n|---|---|---|\n".to_owned();
    for Reason { name, code, summary } in reasons {
        let short = summary.split_inclusive(". ").next().unwrap_or_default().trim();
        table.push_str(&format!("| [{name}]({name}.md) | `{code}` | {short} |\n"));
    }
    let written = fs::read_to_string(&path).unwrap_or_else(|_| block::empty("index"));
    let text = block::replace(&written, "index", table.trim_end())?;
    Ok(Page { path, text })
}

fn page(schema: &Schema, reason: &Reason, folder: &Path) -> Result<Page, Box<dyn Error>> {
    let path = folder.join(format!("{}.md", reason.name));
    let written = fs::read_to_string(&path).unwrap_or_else(|_| skeleton(&reason.name));
    let facts = format!("`{}`. {}", reason.code, reason.summary);
    let put = |page: &str, name: &str, content: &str| {
        block::replace(page, name, content).map_err(|why| format!("{}: {why}", path.display()))
    };
    let text = put(&written, "facts", &facts)?;
    let text = put(&text, "methods", &methods(schema, &reason.name))?;
    Ok(Page { path, text })
}

fn skeleton(name: &str) -> String {
    let [facts, methods] = ["facts", "methods"].map(block::empty);
    format!(
        "# {name}\n\n{facts}\n\n## What happened\n\n## How to fix it\n\n## On the wire\n\n\
         ```json\n```\n\n## Which methods\n\n{methods}\n"
    )
}

/// The methods whose comments name the reason.
fn methods(schema: &Schema, reason: &str) -> String {
    let names =
        |method: &MethodDescriptor| code_spans(&method.comment()).any(|span| span == reason);
    let mut lines: Vec<_> =
        schema.methods().iter().filter(|method| names(method)).map(line).collect();
    lines.sort();
    if reason == OF_CLIENTS {
        return "None: clients tell it, `devisa load` among them.".to_owned();
    }
    if lines.is_empty() {
        return "Any method: it comes from the server around the methods.".to_owned();
    }
    lines.join("\n")
}

fn line(method: &MethodDescriptor) -> String {
    let path = format!("{}/{}", method.parent_service().full_name(), method.name());
    format!("- [`{path}`](../api.md#{})", method.full_name())
}
