//! Where a server answers: `http://HOST:PORT`.

use tonic::codegen::http::Uri;

use crate::exit::Failure;

/// Reads the URL of a server.
pub(super) fn parse(url: &str) -> Result<Uri, Failure> {
    let whole = url.parse::<Uri>().ok().filter(is_whole);
    whole.ok_or_else(|| {
        let fix = fix(url);
        Failure::usage(format!("--server {url:?}: expected http://HOST:PORT\n  fix: {fix}"))
    })
}

/// Whether it names a host, a port where it seems to, and nothing that would be left unused.
fn is_whole(uri: &Uri) -> bool {
    let Some(authority) = uri.authority() else { return false };
    let names_no_port = authority.as_str() == authority.host();
    uri.scheme_str() == Some("http")
        && !authority.host().is_empty()
        && !authority.as_str().contains('@')
        && (names_no_port || authority.port_u16().is_some())
        && matches!(uri.path_and_query().map(|rest| rest.as_str()), None | Some("/"))
}

fn fix(url: &str) -> String {
    let meant = format!("http://{url}");
    match url.strip_prefix("https://") {
        Some(rest) => format!(
            "Devisa speaks plain HTTP/2, TLS is for what stands before it: name its own port, \
             http://{rest}"
        ),
        None if meant.parse::<Uri>().is_ok_and(|uri| is_whole(&uri)) => format!("write {meant}"),
        None => "give --server or DEVISA_SERVER a URL such as http://127.0.0.1:50051".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn a_host_and_a_port_are_a_server() {
        for url in ["http://127.0.0.1:50051", "http://ledger:1/", "http://[::1]:50051", "http://a"]
        {
            assert!(parse(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_no_server_is_told_with_what_to_write() {
        for (url, fix) in [
            ("127.0.0.1:50051", "write http://127.0.0.1:50051"),
            ("localhost", "write http://localhost"),
            ("https://ledger:443", "name its own port, http://ledger:443"),
            ("", "such as http://127.0.0.1:50051"),
            ("http://", "such as http://127.0.0.1:50051"),
            ("http://a:99999", "such as http://127.0.0.1:50051"),
            ("http://a:port", "such as http://127.0.0.1:50051"),
            ("http://a:1/path", "such as http://127.0.0.1:50051"),
            ("http://u@a:1", "such as http://127.0.0.1:50051"),
            ("ftp://a:1", "such as http://127.0.0.1:50051"),
        ] {
            let failure = parse(url).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.message.contains("expected http://HOST:PORT\n"), "{}", failure.message);
            assert!(failure.message.ends_with(fix), "{}", failure.message);
        }
    }
}
