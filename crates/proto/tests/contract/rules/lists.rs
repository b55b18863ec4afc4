//! Pages (AIP-158): a list is paged from its first day.

use devisa_schema::{
    Commented, Schema,
    prost_reflect::{FieldDescriptor, Kind, MethodDescriptor},
};

use super::{Found, Rule, says};

pub(super) const TRIO: Rule = Rule {
    name: "list.trio",
    demand: "page it: `int32 page_size` and `string page_token` in the request, `string \
             next_page_token` in the response; a List also has its items as field 1 and the token \
             as field 2 of the response (AIP-158)",
    check: trio,
    bad: &[
        ("int32 page_size = 1", "int64 page_size = 1"),
        ("string next_page_token = 2", "string continuation = 2"),
        ("repeated Thing things = 1", "Thing things = 1"),
    ],
};

fn trio(schema: &Schema, found: &mut Found) {
    for method in schema.methods() {
        let [size, token, next] = parts(&method);
        let pages = [&size, &token, &next].iter().filter(|part| part.is_some()).count();
        let list = method.name().starts_with("List");
        let whole = pages == 3 || (pages == 0 && !list);
        found.unless(whole, method.full_name(), "has not all three of a page");
        let items = method.output().get_field(1).is_some_and(|field| field.is_list());
        let second = next.is_none_or(|next| next.number() == 2);
        found.unless(!list || (items && second), method.full_name(), "has another response");
    }
}

/// The three fields of paging, where they are of the right type.
fn parts(method: &MethodDescriptor) -> [Option<FieldDescriptor>; 3] {
    let typed = |field: Option<FieldDescriptor>, kind: Kind| field.filter(|f| f.kind() == kind);
    let (request, response) = (method.input(), method.output());
    [
        typed(request.get_field_by_name("page_size"), Kind::Int32),
        typed(request.get_field_by_name("page_token"), Kind::String),
        typed(response.get_field_by_name("next_page_token"), Kind::String),
    ]
}

pub(super) const ARGUMENTS: Rule = Rule {
    name: "list.arguments",
    demand: "make `page_size`, `page_token`, `filter`, `order_by` and `show_deleted` OPTIONAL: a list \
             is had without them (AIP-158, 160)",
    check: arguments,
    bad: &[
        (
            "int32 page_size = 1 [(google.api.field_behavior) = OPTIONAL]",
            "int32 page_size = 1 [(google.api.field_behavior) = REQUIRED]",
        ),
        (
            "string page_token = 2 [(google.api.field_behavior) = OPTIONAL]",
            "string page_token = 2 [(google.api.field_behavior) = REQUIRED]",
        ),
        (
            "string filter = 3 [(google.api.field_behavior) = OPTIONAL]",
            "string filter = 3 [(google.api.field_behavior) = REQUIRED]",
        ),
    ],
};

fn arguments(schema: &Schema, found: &mut Found) {
    const NAMES: [&str; 5] = ["page_size", "page_token", "filter", "order_by", "show_deleted"];
    for method in schema.methods() {
        let request = method.input();
        for field in NAMES.iter().filter_map(|name| request.get_field_by_name(name)) {
            found.unless(schema.behaves(&field, "OPTIONAL"), field.full_name(), "is not optional");
        }
    }
}

pub(super) const SIZES: Rule = Rule {
    name: "list.sizes",
    demand: "say in the comment of `page_size` what 0 means (50), what the most is (1,000), and \
             that a negative one is refused",
    check: sizes,
    bad: &[("0 means 50, more than 1,000 means 1,000", "0 means 50")],
};

fn sizes(schema: &Schema, found: &mut Found) {
    for field in schema.fields().iter().filter(|field| field.name() == "page_size") {
        let comment = field.comment();
        let told = ["50", "1,000", "negative"].iter().all(|word| comment.contains(word));
        found.unless(
            told || comment.is_empty(),
            field.full_name(),
            "does not tell its default and maximum",
        );
    }
}

pub(super) const ORDER: Rule = Rule {
    name: "list.order",
    demand: "say in the comment of the response's items in which order they come",
    check: order,
    bad: &[("// The things, newest first", "// The things")],
};

fn order(schema: &Schema, found: &mut Found) {
    for method in schema.methods() {
        let Some(items) = method.output().get_field(1).filter(FieldDescriptor::is_list) else {
            continue;
        };
        let paged = method.input().get_field_by_name("page_size").is_some();
        let told = says(&items, &["first", "order", "by "]) || items.comment().is_empty();
        found.unless(told || !paged, items.full_name(), "does not tell the order");
    }
}
