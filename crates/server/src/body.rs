//! A response body that is watched to its end.
//!
//! Invariant: a call is finished exactly once, with its true code: the code of an error is in the
//! headers, the code of a success in the trailers, and a body dropped before either is a caller
//! that went away. A panic in a stream ends it as INTERNAL, not as a broken connection.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use devisa_domain::refusal::Reason;
use http::HeaderMap;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};
use tracing::Span;

use crate::{door::Place, foreign, status::Detail};

/// A call from its arrival to its last byte.
#[derive(Debug)]
pub(crate) struct Course {
    span: Span,
    begun: Instant,
    finished: bool,
}

impl Course {
    pub(crate) fn begin(span: Span) -> Self {
        Self { span, begun: Instant::now(), finished: false }
    }

    /// The first code stands; what comes later is only the end of the transport.
    pub(crate) fn finish(&mut self, code: Code) {
        self.close(code, false);
    }

    /// The same with a status, which may say that the end was meant: a stream that a drain ended is
    /// no failure.
    fn finish_with(&mut self, status: &Status) {
        self.close(status.code(), Detail::of(status).is(Reason::ServerDraining));
    }

    fn close(&mut self, code: Code, is_meant: bool) {
        if self.finished {
            return;
        }
        self.finished = true;
        let micros = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.span.record("code", tracing::field::debug(code));
        self.span.record("duration_us", micros);
        let _in = self.span.enter();
        match code {
            _ if is_meant => tracing::debug!("call ended by the drain"),
            Code::Internal | Code::Unknown | Code::DataLoss => tracing::error!("call failed"),
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => {
                tracing::warn!("call failed");
            }
            Code::Ok => tracing::debug!("call answered"),
            _ => tracing::debug!("call refused"),
        }
    }
}

impl Drop for Course {
    fn drop(&mut self) {
        self.finish(Code::Cancelled);
    }
}

/// The code in headers or trailers.
pub(crate) fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers.get(Status::GRPC_STATUS).map(|value| Code::from_bytes(value.as_bytes()))
}

/// Renders a panic.
pub(crate) type Panicked = Box<dyn Fn(Box<dyn Any + Send>) -> Status + Send + 'static>;

/// A response body with the course of its call.
pub(crate) struct Watched {
    inner: Option<Body>,
    course: Course,
    panicked: Panicked,
    /// Given back when the body is dropped.
    _open: Option<Place>,
}

impl Watched {
    /// `open` is the place that a stream holds.
    pub(crate) fn new(
        inner: Body,
        course: Course,
        panicked: Panicked,
        open: Option<Place>,
    ) -> Self {
        Self { inner: Some(inner), course, panicked, _open: open }
    }

    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(inner) = self.inner.as_mut() else {
            return Poll::Ready(None);
        };
        let span = self.course.span.clone();
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let _in = span.enter();
            Pin::new(inner).poll_frame(cx)
        }));
        polled.unwrap_or_else(|panic| {
            self.inner = None;
            let status = (self.panicked)(panic);
            let mut trailers = HeaderMap::new();
            Poll::Ready(Some(match status.add_header(&mut trailers) {
                Ok(()) => Ok(Frame::trailers(trailers)),
                Err(status) => Err(status),
            }))
        })
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let mut polled = this.poll_inner(cx);
        if let Poll::Ready(Some(Ok(frame))) = &mut polled
            && let Some(trailers) = frame.trailers_mut()
        {
            foreign::explain_trailers(trailers);
        }
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    match Status::from_header_map(trailers) {
                        Some(status) => this.course.finish_with(&status),
                        None => this.course.finish(Code::Ok),
                    }
                }
            }
            Poll::Ready(Some(Err(status))) => this.course.finish_with(status),
            Poll::Ready(None) => this.course.finish(Code::Ok),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), http_body::Body::size_hint)
    }
}
