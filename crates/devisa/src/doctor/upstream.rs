//! A service that is called over the network: reachable, and serving.

use std::time::{Duration, Instant};

use devisa_proto::mask::POOL;
use devisa_server::config::Service;
use tonic::{Code, Status};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{process::named, report::Report};
use crate::client::{Client, within_deadline};

/// How often the way there and back is timed.
const TRIES: usize = 5;

/// What a server says of the gRPC services of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// All of them answer; how many there are.
    Serving(usize),
    /// None of them is there.
    Absent,
    /// Some do not answer; their names, and why the first does not.
    Failing(Vec<String>, String),
}

/// Looks at a service that another one calls.
pub(super) async fn look(service: Service, url: &str, report: &mut Report) {
    let what = named(service, "upstream");
    let cure = format!("start it (`devisa serve {}`), or correct its URL", service.as_str());
    let client = match Client::connect(url).await {
        Ok(client) => client,
        Err(failure) => {
            let why = failure.message.lines().next().unwrap_or_default();
            return report.fail(&what, why, &cure);
        }
    };
    match ask(&client, service).await {
        Answer::Serving(count) => {
            let took = latency(&client).await.map(milliseconds).unwrap_or_default();
            report.ok(&what, format!("{url} serves {count} gRPC services, {took}"));
        }
        Answer::Absent => {
            report.fail(&what, format!("{url} answers and is another service"), &cure);
        }
        Answer::Failing(names, why) => {
            let which = which(service, &names);
            report.fail(&what, format!("{url}: {why} ({which})"), &log(service));
        }
    }
}

/// Which of a service's gRPC services these are.
pub(super) fn which(service: Service, names: &[String]) -> String {
    match services(service).len() {
        all if all == names.len() => format!("all {all} gRPC services"),
        _ => names.join(", "),
    }
}

/// Where to look when a service is there and does not serve.
pub(super) fn log(service: Service) -> String {
    format!("run `devisa doctor {}` where it runs, or read its log", service.as_str())
}

/// The names of a service's gRPC services.
pub(super) fn services(service: Service) -> Vec<String> {
    let package = format!("devisa.{}.v1", service.as_str());
    let services = POOL.services().filter(|found| found.package_name() == package);
    services.map(|found| found.full_name().to_owned()).collect()
}

/// Asks whether a service's gRPC services serve.
pub(super) async fn ask(client: &Client, service: Service) -> Answer {
    let names = services(service);
    let mut absent = 0;
    let mut failing = Vec::new();
    let mut why = String::new();
    for name in &names {
        match health(client, name).await {
            Ok(ServingStatus::Serving) => continue,
            Err(status) if status.code() == Code::NotFound => absent += 1,
            Ok(_) => why = "NOT_SERVING".to_owned(),
            Err(status) => why = status.message().to_owned(),
        }
        failing.push(name.clone());
    }
    match failing.len() {
        0 => Answer::Serving(names.len()),
        _ if absent == names.len() => Answer::Absent,
        _ if why.is_empty() => Answer::Failing(failing, "an older version".to_owned()),
        _ => Answer::Failing(failing, why),
    }
}

/// The quickest of a few ways there and back.
pub(super) async fn latency(client: &Client) -> Option<Duration> {
    let mut quickest = None;
    for _ in 0..TRIES {
        let begun = Instant::now();
        health(client, "").await.ok()?;
        let took = begun.elapsed();
        quickest = Some(quickest.map_or(took, |quickest: Duration| quickest.min(took)));
    }
    quickest
}

/// `0.84 ms`.
pub(super) fn milliseconds(duration: Duration) -> String {
    let hundredths = duration.as_micros() / 10;
    format!("{}.{:02} ms", hundredths / 100, hundredths % 100)
}

async fn health(client: &Client, service: &str) -> Result<ServingStatus, Status> {
    let request = within_deadline(HealthCheckRequest { service: service.to_owned() });
    let answer = HealthClient::new(client.channel()).check(request).await?;
    Ok(answer.into_inner().status())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_grpc_services() {
        for service in Service::ALL {
            let names = services(service);
            assert!(names.len() > 3, "{names:?}");
            let package = format!("devisa.{}.v1.", service.as_str());
            assert!(names.iter().all(|name| name.starts_with(&package)));
        }
    }

    #[test]
    fn all_of_a_service_need_no_names() {
        let mut names = services(Service::Deal);
        assert_eq!(which(Service::Deal, &names), format!("all {} gRPC services", names.len()));
        names.truncate(2);
        assert_eq!(which(Service::Deal, &names), names.join(", "));
    }

    #[test]
    fn a_duration_has_two_decimals() {
        assert_eq!(milliseconds(Duration::from_micros(1_234)), "1.23 ms");
        assert_eq!(milliseconds(Duration::from_micros(50)), "0.05 ms");
    }

    #[tokio::test]
    async fn an_upstream_that_is_down_is_named_with_its_cure() {
        let mut report = Report::default();
        look(Service::Registry, "http://127.0.0.1:1", &mut report).await;
        let text = report.render();
        assert!(text.contains("no server answers at http://127.0.0.1:1"), "{text}");
        assert!(text.contains("devisa serve registry"), "{text}");
    }
}
