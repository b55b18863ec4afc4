//! Comments as Markdown.

use devisa_schema::prost_reflect::{FieldDescriptor, Kind};

/// A comment's paragraphs, each on one line.
pub(super) fn paragraphs(comment: &str) -> Vec<String> {
    comment.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect()
}

/// A comment in one cell of a table.
pub(super) fn cell(comment: &str) -> String {
    paragraphs(comment).join("<br>").replace('|', "\\|")
}

/// A field's type, linked where it is one of Devisa's own.
pub(super) fn kind(field: &FieldDescriptor) -> String {
    let named = |full_name: &str| link(full_name);
    let kind = match field.kind() {
        Kind::Message(message) if message.is_map_entry() => {
            let part = |number| message.get_field(number).map(|part| self::kind(&part));
            let [key, value] = [1, 2].map(|number| part(number).unwrap_or_default());
            return format!("map of {key} to {value}");
        }
        Kind::Message(message) => named(message.full_name()),
        Kind::Enum(each) => named(each.full_name()),
        scalar => format!("{scalar:?}").to_lowercase(),
    };
    if field.is_list() { format!("repeated {kind}") } else { kind }
}

/// A link to a type; what is not Devisa's own is documented elsewhere.
pub(super) fn link(full_name: &str) -> String {
    match full_name.strip_prefix("devisa.").and_then(|rest| rest.split_once(".v1.")) {
        Some((_, name)) => format!("[{name}](#{full_name})"),
        None => format!("`{full_name}`"),
    }
}

/// Where links to a part lead.
pub(super) fn anchor(full_name: &str) -> String {
    format!("<a id=\"{full_name}\"></a>")
}
