#![allow(clippy::unwrap_used)]

use super::*;
use crate::Detail;
use tonic::Code;

const CAP: Duration = Duration::from_secs(60);

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(k, v)| (http::HeaderName::from_static(k), v.parse().unwrap())).collect()
}

#[test]
fn a_call_without_metadata_is_local_and_bounded() {
    let caller = Caller::read(&HeaderMap::new(), CAP).unwrap();
    assert_eq!(caller.principal, "local");
    assert_eq!(caller.traceparent, "");
    assert!(caller.remaining().is_some_and(|left| left <= CAP));
}

#[test]
fn the_principal_is_short_visible_ascii() {
    let long: &'static str = "x".repeat(101).leak();
    for bad in ["", "dua kata", "kopi\u{e9}", long] {
        let mut headers = HeaderMap::new();
        headers.insert(PRINCIPAL, http::HeaderValue::from_bytes(bad.as_bytes()).unwrap());
        let status = refuse(Caller::read(&headers, CAP).unwrap_err());
        let detail = Detail::of(&status);
        assert_eq!((detail.code, detail.reason.as_str()), (Code::InvalidArgument, "FIELD_INVALID"));
        assert_eq!(detail.violations[0].field, "devisa-principal");
    }
    let read = Caller::read(&headers(&[(PRINCIPAL, "attache-kl@kemendag")]), CAP).unwrap();
    assert_eq!(read.principal, "attache-kl@kemendag");
}

#[test]
fn a_trace_context_is_kept_only_when_well_formed() {
    let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(traceparent(&headers(&[(TRACEPARENT, good)])), good);
    for bad in ["", "00-short-00f067aa0ba902b7-01", "zz-4bf92f3577b34da6a3ce929d0e0e4736-x-01"] {
        assert_eq!(traceparent(&headers(&[(TRACEPARENT, bad)])), "");
    }
}

#[test]
fn timeouts_are_read_in_every_unit_and_nonsense_is_none() {
    for (text, expected) in [
        ("1H", Some(Duration::from_secs(3_600))),
        ("2M", Some(Duration::from_secs(120))),
        ("3S", Some(Duration::from_secs(3))),
        ("4m", Some(Duration::from_millis(4))),
        ("5u", Some(Duration::from_micros(5))),
        ("99999999n", Some(Duration::from_nanos(99_999_999))),
        ("", None),
        ("S", None),
        ("+1S", None),
        ("123456789S", None),
        ("1d", None),
    ] {
        assert_eq!(timeout(&headers(&[(TIMEOUT, text)])), expected, "{text:?}");
    }
}

#[test]
fn an_asked_time_leaves_room_for_the_answer() {
    assert_eq!(answerable(Duration::from_secs(10)), Duration::from_millis(9_900));
    assert_eq!(answerable(Duration::from_millis(100)), Duration::from_millis(90));
    assert_eq!(answerable(Duration::from_millis(1)), Duration::ZERO);
}

#[derive(Clone, PartialEq, Message)]
struct CreateThing {
    #[prost(string, tag = "1")]
    request_id: String,
    #[prost(bool, tag = "2")]
    validate_only: bool,
}

#[derive(Clone, PartialEq, Message)]
struct DeleteThing {
    #[prost(string, tag = "1")]
    request_id: String,
}

crate::mutation!(CreateThing; always: DeleteThing);

fn request<M>(message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Caller::inside("petugas"));
    request
}

/// Reads the message as it is.
fn whole<M>(message: M) -> Result<M, Refusal> {
    Ok(message)
}

#[test]
fn opening_a_mutation_tells_who_and_what() {
    let id = "3b1f2c1e-8f5e-4bb1-9d9b-0e3c5a9f2d11";
    let message = CreateThing { request_id: id.to_owned(), validate_only: true };
    let (call, opened) =
        open(request(message.clone()), "things.v1.ThingService/CreateThing", whole).unwrap();
    assert_eq!(opened, message);
    assert_eq!(call.principal, "petugas");
    assert_eq!(call.method, "things.v1.ThingService/CreateThing");
    assert_eq!(call.request_id.map(|id| id.to_string()).as_deref(), Some(id));
    assert!(call.validate_only);
    assert_eq!(call.request_hash, Call::hash(&CreateThing::default().encode_to_vec()));

    let (call, _) =
        open(request(DeleteThing::default()), "things.v1.ThingService/DeleteThing", whole).unwrap();
    assert_eq!((call.request_id, call.validate_only), (None, false));
}

#[test]
fn a_request_tried_first_or_with_its_id_in_capitals_is_no_other_request() {
    let of = |request_id: &str, validate_only| {
        let message = CreateThing { request_id: request_id.to_owned(), validate_only };
        let (call, _) =
            open(request(message), "things.v1.ThingService/CreateThing", whole).unwrap();
        (call.request_id, call.request_hash)
    };
    let id = "3b1f2c1e-8f5e-4bb1-9d9b-0e3c5a9f2d11";
    assert_eq!(of(id, true), of(id, false));
    assert_eq!(of(&id.to_uppercase(), false), of(id, false));
}

#[test]
fn a_request_id_that_is_no_uuid_is_refused_by_its_rule() {
    let message = DeleteThing { request_id: "satu".to_owned() };
    let status = open(request(message), "m", whole).unwrap_err();
    let detail = Detail::of(&status);
    assert_eq!(detail.violations[0].field, "request_id");
    assert_eq!(detail.violations[0].reason, "REQUEST_ID_UUID");
}

#[test]
fn a_request_id_is_refused_together_with_what_else_is_wrong() {
    let told = |refusal: Refusal| {
        let message = DeleteThing { request_id: "satu".to_owned() };
        let status = open(request(message), "m", |_| Err::<(), _>(refusal)).unwrap_err();
        let Detail { code, reason, violations, .. } = Detail::of(&status);
        let violations: Vec<_> = violations.into_iter().map(|v| (v.field, v.reason)).collect();
        (code, reason, violations)
    };
    let id = ("request_id".to_owned(), "REQUEST_ID_UUID".to_owned());
    let missing = told(Refusal::field("name", RuleBroken::missing()));
    let name = ("name".to_owned(), "FIELD_MISSING".to_owned());
    assert_eq!(
        missing,
        (Code::InvalidArgument, "FIELD_INVALID".to_owned(), vec![id.clone(), name])
    );
    let (field, expected, found) = ("amount".to_owned(), "USD".to_owned(), "IDR".to_owned());
    let mismatch = told(Refusal::CurrencyMismatch { field, expected, found });
    let amount = ("amount".to_owned(), "CURRENCY_MISMATCH".to_owned());
    assert_eq!(mismatch, (Code::InvalidArgument, "FIELD_INVALID".to_owned(), vec![id, amount]));
}

#[test]
fn a_request_that_did_not_pass_the_stack_has_no_principal() {
    let status = open(Request::new(DeleteThing::default()), "m", whole).unwrap_err();
    assert_eq!(status.code(), Code::Internal);
}
