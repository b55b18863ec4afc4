//! A process that is to be started: its configuration, address, databases and upstreams.

use std::{io::ErrorKind, net::SocketAddr};

use devisa_server::config::{
    Config, Environment, Flags, Layered, Role, Service, Source, read_database,
};
use tokio::net::TcpListener;

use super::{report::Report, stores, upstream};
use crate::{cli::DoctorArgs, exit::Exit, serve};

/// Looks at everything that a process of this role needs.
pub(super) async fn look(role: Role, args: DoctorArgs, report: &mut Report) {
    let flags = serve::databases(Flags::new(), &args.databases)
        .with("--listen", args.listen)
        .with("--registry-url", args.upstreams.registry_url)
        .with("--shipment-url", args.upstreams.shipment_url);
    let source = Layered(flags, Environment);
    match Config::read(role, &source) {
        Ok(config) => look_at(&config, report).await,
        Err(errors) => {
            for mistake in &errors.0 {
                let detail = format!("expected {}, found {}", mistake.expected, mistake.found);
                let cure = cure(&mistake.key);
                report.fail_with(Exit::Configuration, &mistake.key, &detail, &cure);
            }
            look_at_readable(role, &source, report).await;
        }
    }
}

fn cure(key: &str) -> String {
    let flag = key.strip_prefix("DEVISA_").map(|key| key.to_ascii_lowercase().replace('_', "-"));
    flag.map_or_else(|| format!("set {key}"), |flag| format!("set {key}, or give --{flag}"))
}

async fn look_at(config: &Config, report: &mut Report) {
    report.ok("configuration", "complete");
    address(config.settings.listen, report).await;
    for (service, url) in &config.databases {
        stores::look(*service, url, config.role, report).await;
    }
    for (service, url) in &config.upstreams {
        upstream::look(*service, &url.to_string(), report).await;
    }
}

/// The databases that can be told although something else is wrong.
async fn look_at_readable(role: Role, source: &dyn Source, report: &mut Report) {
    let Role::Serve(service) = role else { return };
    if let Ok(url) = read_database(service, source) {
        stores::look(service, &url, role, report).await;
    }
}

/// Whether the address could be listened on now.
async fn address(address: SocketAddr, report: &mut Report) {
    match TcpListener::bind(address).await {
        Ok(_) => report.ok("address", format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => report.warn(
            "address",
            format!("{address} is taken"),
            "nothing, if that is Devisa running; else stop what listens there, or give --listen",
        ),
        Err(error) => report.fail(
            "address",
            format!("{address}: {error}"),
            "give an address of this machine with --listen",
        ),
    }
}

/// What the report calls a thing of a service.
pub(super) fn named(service: Service, thing: &str) -> String {
    format!("{}: {thing}", service.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_mended_by_itself_or_by_its_flag() {
        assert_eq!(cure("DEVISA_REGISTRY_URL"), "set DEVISA_REGISTRY_URL, or give --registry-url");
        assert_eq!(cure("HOME"), "set HOME");
    }
}
