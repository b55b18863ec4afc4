//! Which service knows which metric.

use crate::cli::ServiceName;

/// Something that figures can be about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Metric {
    /// Its name on the wire.
    pub(super) name: &'static str,
    /// The service whose records it is taken of.
    pub(super) service: ServiceName,
}

const fn metric(name: &'static str, service: ServiceName) -> Metric {
    Metric { name, service }
}

static METRICS: [Metric; 13] = [
    metric("enrolment_count", ServiceName::Registry),
    metric("shipment_value", ServiceName::Shipment),
    metric("release_value", ServiceName::Shipment),
    metric("release_line_count", ServiceName::Shipment),
    metric("release_shipment_count", ServiceName::Shipment),
    metric("release_truck_count", ServiceName::Shipment),
    metric("release_container_count", ServiceName::Shipment),
    metric("release_exporter_count", ServiceName::Shipment),
    metric("release_destination_count", ServiceName::Shipment),
    metric(NET_WEIGHT, ServiceName::Shipment),
    metric("session_value", ServiceName::Deal),
    metric("session_deal_count", ServiceName::Deal),
    metric("deal_value", ServiceName::Deal),
];

/// The one metric that is neither an amount nor a count; it is in kilograms.
pub(super) const NET_WEIGHT: &str = "release_net_weight";

/// The metric of a name, or why there is none.
pub(super) fn find(name: &str) -> Result<&'static Metric, String> {
    let found = METRICS.iter().find(|metric| metric.name == name);
    found.ok_or_else(|| {
        let known: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        format!("no metric is called {name:?}; metrics: {}", known.join(", "))
    })
}
