//! Enums and states (AIP-126, AIP-216).

use devisa_schema::{Commented, Schema};

use super::{Found, Rule, says};

pub(super) const ZERO: Rule = Rule {
    name: "enum.zero",
    demand: "begin with `<NAME>_UNSPECIFIED = 0` and say in its comment what becomes of it: \
             `Never …`, `Refused …`, or what it means when absent",
    check: zero,
    bad: &[("// Never returned.", "// Unknown.")],
};

fn zero(schema: &Schema, found: &mut Found) {
    for each in schema.enums() {
        let zero = each.default_value();
        let named = zero.number() == 0 && zero.name().ends_with("_UNSPECIFIED");
        found.unless(named, each.full_name(), format!("begins with {}", zero.name()));
        let told =
            says(&zero, &["Never", "never", "Refused", "refused", "Not ", "No ", "None", "Means"]);
        found.unless(
            told || zero.comment().is_empty(),
            zero.full_name(),
            "does not say what becomes of it",
        );
    }
}

pub(super) const STATE: Rule = Rule {
    name: "enum.state",
    demand: "name the enum of states `State`, not `Status`, in its resource; say `More … may be \
             added`; give the resource an output-only field `state`: no Update writes it",
    check: state,
    bad: &[
        (" More states may be added.", ""),
        (
            "State state = 3 [(google.api.field_behavior) = OUTPUT_ONLY]",
            "State state = 3 [(google.api.field_behavior) = OPTIONAL]",
        ),
        (
            "State state = 3 [(google.api.field_behavior) = OUTPUT_ONLY]",
            "State phase = 3 [(google.api.field_behavior) = OUTPUT_ONLY]",
        ),
        (
            "  // When it was created.\n",
            "  // Where it stands. More may be added.\n  enum Status {\n    // Never returned.\n    \
             STATUS_UNSPECIFIED = 0;\n  }\n  // Where it stands.\n  Status status = 15 \
             [(google.api.field_behavior) = OPTIONAL];\n  // When it was created.\n",
        ),
        (
            "  // When it was created.\n",
            "  // Where it stands, at most 50 characters.\n  string status = 15 \
             [(google.api.field_behavior) = OPTIONAL];\n  // When it was created.\n",
        ),
    ],
};

fn state(schema: &Schema, found: &mut Found) {
    for each in schema.enums() {
        let is_state = ["State", "Status"].iter().any(|word| each.name().ends_with(word));
        let nested = each.name() == "State" && each.parent_message().is_some();
        found.unless(!is_state || nested, each.full_name(), "is not a nested `State`");
        let open = says(&each, &["may be added"]) || each.comment().is_empty();
        found.unless(!is_state || open, each.full_name(), "does not say that more may be added");
    }
    for (message, _) in schema.resources() {
        let output = |name: &str| {
            let field = message.get_field_by_name(name);
            field.is_none_or(|field| schema.behaves(&field, "OUTPUT_ONLY"))
        };
        let both = output("state") && output("status");
        found.unless(both, message.full_name(), "has a `state` that is not output only");
        let has = message.child_enums().any(|each| each.name() == "State");
        let told = !has || message.get_field_by_name("state").is_some();
        found.unless(told, message.full_name(), "has a `State` and no `state`");
    }
}
