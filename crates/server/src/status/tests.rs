#![allow(clippy::unwrap_used)]

mod pages;

use super::*;
use devisa_domain::refusal::{MissingRate, RuleBroken};

fn refusals() -> Vec<(Refusal, Code)> {
    let text = |text: &str| text.to_owned();
    vec![
        (
            Refusal::field(
                "shipment.units[0].container_number",
                RuleBroken::expected("container_number.check_digit", 3, 4),
            ),
            Code::InvalidArgument,
        ),
        (Refusal::field("decree.number", RuleBroken::missing()), Code::InvalidArgument),
        (Refusal::NotFound { resource: text("deals/none") }, Code::NotFound),
        (Refusal::Exists { resource: text("programmes/p/decrees/d") }, Code::AlreadyExists),
        (
            Refusal::EtagMismatch {
                resource: text("deals/d"),
                expected: text("\"1\""),
                found: text("\"2\""),
            },
            Code::Aborted,
        ),
        (Refusal::Contention { resource: text("sessions/s") }, Code::Aborted),
        (Refusal::RequestIdReused { request_id: text("id") }, Code::InvalidArgument),
        (Refusal::PageTokenInvalid { detail: text("altered") }, Code::InvalidArgument),
        (Refusal::RevisionCompacted { revision: text("1"), oldest: text("2") }, Code::OutOfRange),
        (
            Refusal::FilterInvalid {
                field: text("filter"),
                offset: Some(12),
                detail: text("expected a value"),
            },
            Code::InvalidArgument,
        ),
        (
            Refusal::StateForbids {
                resource: text("shipments/s"),
                state: text("DRAFT"),
                action: text("RecordMilestone"),
                detail: text("expected READY or later"),
            },
            Code::FailedPrecondition,
        ),
        (
            Refusal::StatesForbid {
                action: text("ImportDecree"),
                violations: vec![RuleBroken::expected("enrolment.state", 3, 4).at("villages[1]")],
            },
            Code::FailedPrecondition,
        ),
        (
            Refusal::TierRequired { field: text("tier"), detail: text("expected RELEASED") },
            Code::InvalidArgument,
        ),
        (
            Refusal::CurrencyMismatch {
                field: text("corrected_value"),
                expected: text("USD"),
                found: text("IDR"),
            },
            Code::InvalidArgument,
        ),
        (
            Refusal::RateMissing {
                kind: text("JISDOR"),
                missing: vec![MissingRate {
                    pair: text("USD/IDR"),
                    dates: vec![text("2025-11-26"), text("2025-11-27")],
                }],
            },
            Code::NotFound,
        ),
        (Refusal::RateOverlaps { other: text("exchangeRates/kmk-26") }, Code::FailedPrecondition),
        (
            Refusal::SamePrincipal { resource: text("deals/d"), principal: text("attache-kl") },
            Code::FailedPrecondition,
        ),
        (
            Refusal::LineExceeded {
                shipment: text("shipments/s"),
                line_index: 0,
                value: text("USD 100,000"),
                taken: text("USD 80,000"),
                asked: text("USD 30,000"),
            },
            Code::FailedPrecondition,
        ),
        (
            Refusal::SellerNotInShipment {
                seller: text("organisations/sang-bamboo"),
                shipment: text("shipments/s"),
                line_index: 0,
            },
            Code::FailedPrecondition,
        ),
        (
            Refusal::UpstreamUnavailable { service: text("registry"), detail: text("no answer") },
            Code::Unavailable,
        ),
    ]
}

#[test]
fn every_refusal_has_its_code_its_reason_and_the_domain() {
    for (refusal, code) in refusals() {
        let reason = refusal.reason().as_str();
        let status = refuse(refusal);
        let detail = Detail::of(&status);
        assert_eq!((detail.code, detail.reason.as_str()), (code, reason));
        assert!(!detail.metadata.is_empty(), "{reason} has no metadata");
    }
}

#[test]
fn what_is_refused_together_is_told_as_the_first_and_places_each() {
    let text = |text: &str| text.to_owned();
    let forbidden = Refusal::StateForbids {
        resource: text("shipments/s"),
        state: text("DRAFT"),
        action: text("BatchRecordMilestones"),
        detail: text("it must be READY"),
    };
    let broken = Refusal::field("milestone.code", RuleBroken::missing());
    let absent = Refusal::NotFound { resource: text("shipments/none") };
    let parts = [
        forbidden.under("requests[1]"),
        broken.clone().under("requests[4]"),
        absent.under("requests[5]"),
    ];
    let detail = Detail::from(&Refusal::together(parts).unwrap());
    assert_eq!((detail.code, detail.reason.as_str()), (Code::FailedPrecondition, "STATE_FORBIDS"));
    assert_eq!(detail.metadata["resource"], "shipments/s");
    assert_eq!(detail.metadata["fields"], "requests[1],requests[4].milestone.code,requests[5]");
    let reasons: Vec<_> = detail.violations.iter().map(|v| v.reason.as_str()).collect();
    assert_eq!(reasons, ["STATE_FORBIDS", "FIELD_MISSING", "RESOURCE_NOT_FOUND"]);
    let fields = Refusal::together([broken.under("requests[4]")]).unwrap();
    assert_eq!(Detail::from(&fields).reason, "FIELD_MISSING");
    assert_eq!(Refusal::together([]), None);
}

#[test]
fn a_violation_arrives_with_field_rule_and_description() {
    let broken = RuleBroken::expected("container_number.check_digit", 3, 4);
    let status = refuse(Refusal::Invalid(vec![
        broken.at("shipment.units[0].container_number"),
        RuleBroken::missing().at("shipment.exporter"),
    ]));
    let detail = Detail::of(&status);
    assert_eq!(detail.reason, "FIELD_INVALID");
    assert_eq!(detail.metadata["fields"], "shipment.units[0].container_number,shipment.exporter");
    assert_eq!(
        detail.violations[0],
        FieldFault {
            field: "shipment.units[0].container_number".to_owned(),
            reason: "CONTAINER_NUMBER_CHECK_DIGIT".to_owned(),
            description: "container_number.check_digit: expected 3, found 4".to_owned(),
        }
    );
    assert_eq!(detail.violations[1].reason, "FIELD_MISSING");
}

#[test]
fn a_refusal_of_one_field_names_it() {
    for (refusal, _) in refusals() {
        let field = match &refusal {
            Refusal::PageTokenInvalid { .. } => "page_token",
            Refusal::FilterInvalid { .. } => "filter",
            Refusal::RequestIdReused { .. } => "request_id",
            Refusal::TierRequired { .. } => "tier",
            Refusal::CurrencyMismatch { .. } => "corrected_value",
            _ => continue,
        };
        let detail = Detail::from(&refusal);
        assert_eq!(detail.violations.len(), 1);
        assert_eq!(detail.violations[0].field, field);
        assert_eq!(detail.violations[0].reason, detail.reason);
    }
}

#[test]
fn resources_are_named_and_waits_are_told() {
    let status = refuse(Refusal::Exists { resource: "programmes/p/decrees/d".to_owned() });
    let detail = Detail::of(&status);
    assert_eq!(detail.resource.as_deref(), Some("programmes/p/decrees/d"));
    assert_eq!(detail.retry_after, None);
    for status in [overloaded(4), draining(Some("r")), slow_reader("r")] {
        assert!(Detail::of(&status).retry_after.is_some());
    }
    assert_eq!(Detail::of(&draining(Some("r"))).metadata["revision"], "r");
}

#[test]
fn a_thousand_violations_fit_into_headers_and_say_that_there_were_more() {
    let long = "buah-buahan ".repeat(200);
    let violations: Vec<_> = (0..1_000)
        .map(|i| RuleBroken::expected("a.rule", "é", &long).at(format!("lines[{i}].value")))
        .collect();
    let status = refuse(Refusal::Invalid(violations));
    let mut headers = http::HeaderMap::new();
    status.add_header(&mut headers).unwrap();
    let size: usize = headers.values().map(http::HeaderValue::len).sum();
    assert!(size < 10 * 1024, "{size} bytes of headers");
    let detail = Detail::of(&status);
    assert_eq!(detail.metadata["truncated"], "true");
    assert_eq!(detail.metadata["violation_count"], "1000");
    assert!(!detail.violations.is_empty());
}

#[test]
fn the_text_of_a_database_stays_inside() {
    let secret = "relation \"deal\" does not exist at 10.0.0.7";
    for error in
        [StorageError::Unavailable(secret.to_owned()), StorageError::Broken(secret.to_owned())]
    {
        let status = refuse(error);
        let seen = format!("{status:?}{:?}", Detail::of(&status));
        assert!(!seen.contains("relation") && !seen.contains("10.0.0.7"));
    }
}

#[test]
fn a_status_that_is_not_ours_has_no_reason() {
    let detail = Detail::of(&Status::not_found("nothing here"));
    assert_eq!((detail.code, detail.reason.as_str()), (Code::NotFound, ""));
}
