//! Pages of other origins, whose browsers call by gRPC-Web.
//!
//! Invariant: an origin is let in exactly as browsers write it, so that one that never matches is
//! told at the start; and none is let in that was not named.

use std::{str::FromStr, time::Duration};

use http::{HeaderName, HeaderValue, Method, Uri};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// What a page may read beside the message. A refusal without a message has these as headers;
/// everywhere else they are in the body.
const READABLE: [HeaderName; 3] = [
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status-details-bin"),
];
/// How long a browser need not ask again; no browser waits longer.
const REMEMBERED: Duration = Duration::from_secs(2 * 3_600);

/// The origins whose pages may call. None by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<HeaderValue>);

impl Origins {
    /// What answers browsers that ask beforehand; nothing when no page may call.
    pub(crate) fn layer(&self) -> Option<CorsLayer> {
        let named = self.0.iter().cloned();
        // Metadata is the caller's to name, and no cookie is let through that it could speak for.
        (!self.0.is_empty()).then(|| {
            CorsLayer::new()
                .allow_origin(AllowOrigin::list(named))
                .allow_methods([Method::POST])
                .allow_headers(AllowHeaders::mirror_request())
                .expose_headers(READABLE)
                .max_age(REMEMBERED)
        })
    }
}

impl FromStr for Origins {
    /// What was expected, as a mistake of the configuration is told.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = text.split(',').map(|each| origin(each.trim())).collect::<Option<_>>();
        named.map(Self).ok_or(
            "origins as browsers write them, separated by commas, such as https://portal.example \
             or http://localhost:5173: no path, no capitals, no port that goes without saying",
        )
    }
}

fn origin(text: &str) -> Option<HeaderValue> {
    let uri: Uri = text.parse().ok()?;
    let scheme = uri.scheme_str()?;
    let silent = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let host = uri.host()?.to_ascii_lowercase();
    let port = uri.port_u16().filter(|port| *port != silent);
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let written = format!("{scheme}://{host}{port}");
    (written == text).then(|| HeaderValue::from_str(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_origin_is_as_browsers_write_it() {
        let named: Origins =
            "https://portal.example, http://localhost:5173,http://[::1]:8080".parse().unwrap();
        assert_eq!(
            named.0,
            ["https://portal.example", "http://localhost:5173", "http://[::1]:8080"]
        );
        for never_sent in [
            "*",
            "null",
            "portal.example",
            "ftp://portal.example",
            "https://",
            "https://portal.example/",
            "https://portal.example/app",
            "https://Portal.example",
            "https://portal.example:443",
            "http://portal.example:80",
            "https://wati@portal.example",
            "https://portal.example,",
            "https://a.example https://b.example",
        ] {
            assert!(never_sent.parse::<Origins>().is_err(), "{never_sent}");
        }
    }

    #[test]
    fn without_an_origin_nothing_is_answered() {
        assert!(Origins::default().layer().is_none());
    }
}
