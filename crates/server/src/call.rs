//! Who calls, until when, and with what.
//!
//! Invariant: a [`Caller`] is made by the stack from the call's metadata and by nothing else; a
//! handler that is reached without one answers INTERNAL instead of guessing a principal.

use devisa_domain::refusal::{Refusal, RuleBroken, both};
use devisa_ledger::{Call, Error};
use http::HeaderMap;
use prost::Message;
use tokio::time::{Duration, Instant};
use tonic::{Request, Status};

use crate::status::{internal, refuse};

/// Metadata that names the principal where there is no authentication.
pub const PRINCIPAL: &str = "devisa-principal";
/// Metadata with the W3C trace context.
pub const TRACEPARENT: &str = "traceparent";
/// Metadata with the time that the caller gives the call.
pub const TIMEOUT: &str = "grpc-timeout";
/// The principal of a call that names none.
pub const DEFAULT_PRINCIPAL: &str = "local";

/// Who calls and until when; in the extensions of every request that passed the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The principal; everything written carries it.
    pub principal: String,
    /// The W3C trace context; empty when there is none.
    pub traceparent: String,
    /// When the caller stops waiting. A stream may go on past it; its headers may not.
    pub deadline: Option<Instant>,
}

impl Caller {
    /// A caller that is part of Devisa itself, such as a projection.
    pub fn inside(principal: impl Into<String>) -> Self {
        Self { principal: principal.into(), traceparent: String::new(), deadline: None }
    }

    /// Reads the metadata of a call. `cap` bounds the deadline of calls that ask for more or none.
    pub(crate) fn read(headers: &HeaderMap, cap: Duration) -> Result<Self, Refusal> {
        let wait = timeout(headers).map_or(cap, |asked| answerable(asked).min(cap));
        Ok(Self {
            principal: principal(headers)?,
            traceparent: traceparent(headers),
            deadline: Instant::now().checked_add(wait),
        })
    }

    /// How long the caller will still wait; none when it waits for ever.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}

fn principal(headers: &HeaderMap) -> Result<String, Refusal> {
    let Some(value) = headers.get(PRINCIPAL) else {
        return Ok(DEFAULT_PRINCIPAL.to_owned());
    };
    let text = value.to_str().unwrap_or_default();
    if (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    let found = format!("{} bytes: {value:?}", value.len());
    let expected = "1 to 100 visible ASCII characters";
    Err(Refusal::field(PRINCIPAL, RuleBroken::expected("principal.form", expected, found)))
}

/// The trace context when it is well formed; another one is as good as none.
fn traceparent(headers: &HeaderMap) -> String {
    let text = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let lengths = text.split('-').map(str::len).collect::<Vec<_>>();
    let hex = text.bytes().all(|byte| byte == b'-' || matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let known = lengths == [2, 32, 16, 2] && hex && !text.starts_with("ff");
    if known { text.to_owned() } else { String::new() }
}

/// The `grpc-timeout`: at most eight digits and a unit. One that cannot be read is none.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3_600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// The time given less what the answer needs to arrive. tonic's transport ends the call at the
/// very end of the time, as CANCELLED; the stack has to have answered before.
fn answerable(asked: Duration) -> Duration {
    let margin = (asked / 10).clamp(Duration::from_millis(2), Duration::from_millis(100));
    asked.saturating_sub(margin)
}

/// The caller of a request.
///
/// # Errors
/// INTERNAL when the request did not pass the stack.
pub fn caller<T>(request: &Request<T>) -> Result<&Caller, Status> {
    let found = request.extensions().get::<Caller>();
    found.ok_or_else(|| internal("a request arrived that did not pass the stack"))
}

/// A request that may write. `Owner` is a type of the implementing crate, so that service crates
/// can implement this for generated messages; [`mutation!`](crate::mutation) makes one up.
pub trait Mutation<Owner> {
    /// The id that tells a repetition from a new request; empty for none.
    fn request_id(&self) -> &str;
    /// Check everything, write nothing.
    fn validate_only(&self) -> bool;
    /// What is asked for: the request without what tells how it is asked. One that was tried first
    /// is no other request, nor is one whose id is spelled differently.
    fn substance(self) -> Self;
}

/// Implements [`Mutation`] for generated request messages; those after `always:` have no
/// `validate_only`.
///
/// ```text
/// devisa_server::mutation!(CreateDealRequest, SignDealRequest; always: DeleteRealisationRequest);
/// ```
#[macro_export]
macro_rules! mutation {
    ($($checked:ty),* $(,)? $(; always: $($always:ty),* $(,)?)?) => {
        const _: () = {
            struct Owner;
            $(impl $crate::call::Mutation<Owner> for $checked {
                fn request_id(&self) -> &str { &self.request_id }
                fn validate_only(&self) -> bool { self.validate_only }
                // A message may have no other field.
                #[allow(clippy::needless_update)]
                fn substance(self) -> Self {
                    Self { request_id: String::new(), validate_only: false, ..self }
                }
            })*
            $($(impl $crate::call::Mutation<Owner> for $always {
                fn request_id(&self) -> &str { &self.request_id }
                fn validate_only(&self) -> bool { false }
                #[allow(clippy::needless_update)]
                fn substance(self) -> Self { Self { request_id: String::new(), ..self } }
            })*)?
        };
    };
}

/// Opens a request that may write: who calls, and what is read of the message.
///
/// `method` is the full name, `devisa.registry.v1.ProgrammeService/CreateProgramme`.
///
/// # Errors
/// What `parse` refuses, and `request_id.uuid`, at once.
pub fn open<M, Owner, T>(
    request: Request<M>,
    method: &'static str,
    parse: impl FnOnce(M) -> Result<T, Refusal>,
) -> Result<(Call, T), Status>
where
    M: Message + Clone + Mutation<Owner>,
{
    let caller = caller(&request)?.clone();
    call_of(&caller, request.into_inner(), method, parse).map_err(refuse)
}

/// Opens a request as [`open`] does. Where it is refused, `also` looks up what else is wrong with
/// it, such as that what it names does not exist, so that all of it is told at once; what cannot be
/// looked up is left for the next attempt.
///
/// # Errors
/// As [`open`], and what `also` finds.
pub async fn open_telling<M, Owner, T>(
    request: Request<M>,
    method: &'static str,
    parse: impl FnOnce(M) -> Result<T, Refusal>,
    also: impl AsyncFnOnce() -> Result<Option<Refusal>, Error>,
) -> Result<(Call, T), Status>
where
    M: Message + Clone + Mutation<Owner>,
{
    let caller = caller(&request)?.clone();
    let refusal = match call_of(&caller, request.into_inner(), method, parse) {
        Ok(opened) => return Ok(opened),
        Err(refusal) => refusal,
    };
    Err(refuse(telling(refusal, also().await)))
}

/// A refusal with what else was found wrong, in other fields, if that could be looked up.
pub fn telling(refusal: Refusal, also: Result<Option<Refusal>, Error>) -> Refusal {
    match also.ok().flatten().and_then(|also| also.beyond(&refusal)) {
        Some(also) => refusal.and(also),
        None => refusal,
    }
}

/// The call of one message that may write, and what is read of the message.
///
/// # Errors
/// As [`open`].
pub fn call_of<M, Owner, T>(
    caller: &Caller,
    message: M,
    method: &str,
    parse: impl FnOnce(M) -> Result<T, Refusal>,
) -> Result<(Call, T), Refusal>
where
    M: Message + Clone + Mutation<Owner>,
{
    let request_id = Call::parse_request_id(message.request_id())
        .map_err(|broken| Refusal::field("request_id", broken));
    let request_hash = Call::hash(&message.clone().substance().encode_to_vec());
    let validate_only = message.validate_only();
    let (request_id, parsed) = both(request_id, parse(message))?;
    let call = Call {
        principal: caller.principal.clone(),
        method: method.to_owned(),
        request_id,
        request_hash,
        validate_only,
        traceparent: caller.traceparent.clone(),
    };
    Ok((call, parsed))
}

#[cfg(test)]
mod tests;
