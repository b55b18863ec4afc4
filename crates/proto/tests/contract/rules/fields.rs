//! Fields: what they are called, of which type they are, what may be done to them.

use devisa_schema::{
    Commented, Schema,
    prost_reflect::{FieldDescriptor, Kind, MessageDescriptor},
};

use super::{Found, Rule, is_message};

pub(super) const BEHAVIOUR: Rule = Rule {
    name: "field.behaviour",
    demand: "annotate google.api.field_behavior: REQUIRED, OPTIONAL, OUTPUT_ONLY or IDENTIFIER \
             (AIP-203); a resource's own `etag` has none (AIP-154)",
    check: behaviour,
    bad: &[
        ("string colour = 2 [(google.api.field_behavior) = OPTIONAL]", "string colour = 2"),
        ("string etag = 8;", "string etag = 8 [(google.api.field_behavior) = OPTIONAL];"),
    ],
};

const BEHAVIOURS: &[&str] = &["REQUIRED", "OPTIONAL", "OUTPUT_ONLY", "IDENTIFIER"];

fn behaviour(schema: &Schema, found: &mut Found) {
    for field in schema.fields() {
        let has = schema.behaviours(&field);
        let known = has.iter().filter(|has| BEHAVIOURS.contains(&has.as_str())).count();
        let own_etag = field.name() == "etag" && schema.resource(field.parent_message()).is_some();
        let wanted = usize::from(!own_etag);
        found.unless(known == wanted, field.full_name(), format!("has the behaviours {has:?}"));
    }
}

pub(super) const LIMIT: Rule = Rule {
    name: "field.limit",
    demand: "say in the comment what a caller may fill in: the most characters or items, the form, \
             the code list, or what is refused",
    check: limit,
    bad: &[
        ("The thing's colour, at most 50 characters.", "The thing's colour."),
        ("Its parts, at most 100.", "Its parts."),
    ],
};

/// Texts that are handed back as they were given.
const OPAQUE: &[&str] = &["etag", "page_token"];

fn limit(schema: &Schema, found: &mut Found) {
    for field in schema.fields() {
        let filled = schema.behaves(&field, "REQUIRED") || schema.behaves(&field, "OPTIONAL");
        let listed = field.is_list() && !matches!(field.kind(), Kind::Enum(_));
        let text = matches!(field.kind(), Kind::String)
            && schema.reference(&field).is_none()
            && !OPAQUE.contains(&field.name());
        let comment = field.comment();
        let numbered = comment.contains(|letter: char| letter.is_ascii_digit());
        let formed = comment.contains('`') || has_acronym(&comment);
        let told = numbered || (formed && !listed) || comment.is_empty();
        found.unless(told || !filled || !(listed || text), field.full_name(), "has no limit");
    }
}

/// Whether it names a standard or a code: `UUID`, `ISO`, `FOB`.
fn has_acronym(comment: &str) -> bool {
    let words = comment.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.into_iter().any(|word| word.len() > 2 && word.bytes().all(|b| b.is_ascii_uppercase()))
}

pub(super) const NUMBER: Rule = Rule {
    name: "field.number",
    demand: "use int32, int64 or google.type.Decimal: no unsigned integer (AIP-141), and no float \
             ever carries money or a quantity; a `_count` is an int32 or int64",
    check: number,
    bad: &[
        ("int32 part_count = 4", "uint32 part_count = 4"),
        ("int32 part_count = 4", "double part_count = 4"),
        ("int32 part_count = 4", "string part_count = 4"),
    ],
};

fn number(schema: &Schema, found: &mut Found) {
    for field in schema.fields() {
        let (kind, count) = (field.kind(), field.name().ends_with("_count"));
        let signed = matches!(kind, Kind::Int32 | Kind::Int64);
        let other = matches!(
            kind,
            Kind::Bool | Kind::String | Kind::Bytes | Kind::Message(_) | Kind::Enum(_)
        );
        found.unless(signed || (other && !count), field.full_name(), format!("is a {kind:?}"));
    }
}

pub(super) const TIME: Rule = Rule {
    name: "field.time",
    demand: "an instant is a google.protobuf.Timestamp called `time` or `…_time` in the \
             imperative (AIP-142)",
    check: time,
    bad: &[
        ("Timestamp close_time = 5", "Timestamp closed = 5"),
        ("google.protobuf.Timestamp close_time = 5", "int64 close_time = 5"),
    ],
};

fn time(schema: &Schema, found: &mut Found) {
    named_like(schema, found, "google.protobuf.Timestamp", "time");
}

pub(super) const DATE: Rule = Rule {
    name: "field.date",
    demand: "a business day is a google.type.Date called `date` or `…_date`",
    check: date,
    bad: &[
        ("google.type.Date issue_date = 6", "google.type.Date issued = 6"),
        ("google.type.Date issue_date = 6", "string issue_date = 6"),
    ],
};

fn date(schema: &Schema, found: &mut Found) {
    named_like(schema, found, "google.type.Date", "date");
}

/// Fields of the type are called so, and fields called so are of the type.
fn named_like(schema: &Schema, found: &mut Found, full_name: &str, noun: &str) {
    for field in schema.fields() {
        let named = field.name() == noun || field.name().ends_with(&format!("_{noun}"));
        let typed = is_message(&field, full_name);
        let what = if typed { "has another name" } else { "has another type" };
        found.unless(named == typed, field.full_name(), format!("{what} than {full_name}, {noun}"));
    }
}

pub(super) const NAME: Rule = Rule {
    name: "field.name",
    demand: "a boolean is called without `is_` or `has_` (AIP-140); a reference is the noun alone, \
             without `_name` or `_id`, because its value is a resource name (AIP-122)",
    check: name,
    bad: &[("bool large = 10", "bool is_large = 10"), ("string maker = 7", "string maker_id = 7")],
};

fn name(schema: &Schema, found: &mut Found) {
    for field in schema.fields() {
        let name = field.name();
        let asks = matches!(field.kind(), Kind::Bool)
            && ["is_", "has_"].iter().any(|prefix| name.starts_with(prefix));
        found.unless(!asks, field.full_name(), "asks a question");
        let tagged = schema.reference(&field).is_some()
            && ["_name", "_id", "_names", "_ids"].iter().any(|suffix| name.ends_with(suffix));
        found.unless(!tagged, field.full_name(), "is a reference by another name");
    }
}

pub(super) const REFERENCE: Rule = Rule {
    name: "field.reference",
    demand: "annotate google.api.resource_reference: a string called like a resource, `parent` or \
             a request's `name` holds a resource name (AIP-122)",
    check: reference,
    bad: &[(
        "string thing = 2 [\n    (google.api.field_behavior) = OPTIONAL,\n    (google.api.resource_reference).type = \"sample.devisa/Thing\"\n  ]",
        "string thing = 2 [(google.api.field_behavior) = OPTIONAL]",
    )],
};

fn reference(schema: &Schema, found: &mut Found) {
    let resources = schema.resources();
    for field in schema.fields().iter().filter(|field| matches!(field.kind(), Kind::String)) {
        let called = resources.iter().any(|(_, resource)| resource.snake() == field.name());
        let asked = field.parent_message().name().ends_with("Request")
            && ["name", "names", "parent"].contains(&field.name());
        let refers = schema.reference(field).is_some();
        found.unless(
            refers || !(called || asked),
            field.full_name(),
            "does not say to what it refers",
        );
    }
}

pub(super) const EMBEDDING: Rule = Rule {
    name: "field.embedding",
    demand: "refer to another resource by its name; never embed its message (AIP-122)",
    check: embedding,
    bad: &[(
        "// The part's weight in kilograms.\n  int32 weight_kg = 1",
        "// The thing.\n  Thing weight_kg = 1",
    )],
};

fn embedding(schema: &Schema, found: &mut Found) {
    let resources = schema.resources();
    let is_resource =
        |kind: &MessageDescriptor| resources.iter().any(|(message, _)| message == kind);
    for (resource, _) in &resources {
        for field in reachable(resource) {
            let embeds = field.kind().as_message().is_some_and(is_resource);
            found.unless(!embeds, field.full_name(), "embeds a resource");
        }
    }
}

/// The fields of a message and of Devisa's own messages inside it.
fn reachable(message: &MessageDescriptor) -> Vec<FieldDescriptor> {
    let (mut seen, mut waiting) = (Vec::new(), vec![message.clone()]);
    let mut fields = Vec::new();
    while let Some(message) = waiting.pop() {
        if seen.contains(&message) || !message.package_name().starts_with("devisa.") {
            continue;
        }
        for field in message.fields() {
            waiting.extend(field.kind().as_message().cloned());
            fields.push(field);
        }
        seen.push(message);
    }
    fields
}
