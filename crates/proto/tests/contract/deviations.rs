//! Where the contract leaves its own rules, on purpose (AIP-200).

/// A part of the contract that breaks a rule, and why it may.
pub(crate) struct Deviation {
    pub(crate) rule: &'static str,
    /// The full name of the part; `*.as_of` is every field of that name.
    pub(crate) at: &'static str,
    pub(crate) why: &'static str,
}

impl Deviation {
    /// Whether this is why `at` may break the rule.
    pub(crate) fn allows(&self, rule: &str, at: &str) -> bool {
        let named = self.at.strip_prefix('*').map_or(at == self.at, |end| at.ends_with(end));
        named && self.rule == rule
    }
}

/// All of them. One that no longer breaks its rule fails the test: take it out.
pub(crate) const DEVIATIONS: &[Deviation] = &[
    Deviation {
        rule: "field.date",
        at: "*.as_of",
        why: "`as of` is what the question is called: how things stood on that day",
    },
    Deviation {
        rule: "field.time",
        at: "*.known_at",
        why: "the other axis beside `as_of`: what the records said at that instant",
    },
    Deviation {
        rule: "field.date",
        at: "*.valid_from",
        why: "pairs with `valid_to`; a `start_date` would promise a half-open interval (AIP-145)",
    },
    Deviation {
        rule: "field.date",
        at: "*.valid_to",
        why: "the last day, inclusive, as decrees state it; an `end_date` would be exclusive",
    },
    Deviation {
        rule: "field.reference",
        at: "devisa.registry.v1.ResolveVillagesRequest.name",
        why: "what a village is called in a text: to which resource it refers is the question",
    },
    Deviation {
        rule: "method.standard",
        at: "devisa.registry.v1.EnrolmentService.CreateEnrolment",
        why: "an enrolment's id is its village's code, which `village` already says",
    },
    Deviation {
        rule: "resource.common",
        at: "devisa.registry.v1.Village",
        why: "compiled in and read-only: nobody creates or changes a village here",
    },
];
