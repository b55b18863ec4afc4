//! Totals by groups, and the metrics of published figures.

use devisa_domain::{
    money::Sums,
    name::{ReleaseName, ShipmentName},
    refusal::{Checks, Refusal, RuleBroken},
    tier::Tier,
};

use super::count;
use crate::{
    convert::{
        common::{enumeration, render_sums, render_tier, required_tier},
        figure::Metric,
    },
    shipment::v1 as wire,
};

/// The tiers that shipments have.
pub const TIERS: [Tier; 2] = [Tier::Released, Tier::Realised];

/// By what totals are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// The destination country.
    Destination,
    /// The release.
    Release,
}

/// What totals are asked for, the filter and the page aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryQuery {
    /// Of which tier.
    pub tier: Tier,
    /// By what, in order.
    pub group_by: Vec<Dimension>,
}

/// Reads which totals are asked for.
///
/// # Errors
/// [`Refusal::TierRequired`]; `tier.unsupported`; at `group_by[1]`: `field.missing`,
/// `enum.unknown`, `group_by.duplicate`.
pub fn parse_summary(request: &wire::SummarizeShipmentsRequest) -> Result<SummaryQuery, Refusal> {
    let wire::SummarizeShipmentsRequest { tier, filter: _, group_by, page_size: _, page_token: _ } =
        request;
    let tier = required_tier(*tier, "tier", &TIERS)?;
    let mut checks = Checks::new();
    let mut read: Vec<Dimension> = Vec::new();
    for (index, number) in group_by.iter().enumerate() {
        let dimension = parse_dimension(*number).and_then(|dimension| {
            let again =
                || RuleBroken::expected("group_by.duplicate", "each dimension once", "it again");
            if read.contains(&dimension) { Err(again()) } else { Ok(dimension) }
        });
        read.extend(checks.keep(format!("group_by[{index}]"), dimension));
    }
    checks.finish(SummaryQuery { tier, group_by: read }).map_err(Refusal::from)
}

fn parse_dimension(number: i32) -> Result<Dimension, RuleBroken> {
    match enumeration(number)? {
        wire::summarize_shipments_request::Dimension::Unspecified => Err(RuleBroken::missing()),
        wire::summarize_shipments_request::Dimension::Destination => Ok(Dimension::Destination),
        wire::summarize_shipments_request::Dimension::Release => Ok(Dimension::Release),
    }
}

/// A group of shipments and what it comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its value in each dimension, in order.
    pub keys: Vec<String>,
    /// Shipments.
    pub shipments: usize,
    /// Lines.
    pub lines: usize,
    /// The value per currency.
    pub values: Sums,
}

/// A page of groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Of which tier.
    pub tier: Tier,
    /// The groups, ordered by their keys bytewise.
    pub groups: Vec<Group>,
    /// The total of all groups, those on other pages included.
    pub total: Group,
    /// The next page's token; empty at the end.
    pub next_page_token: String,
}

/// Renders a page of groups.
pub fn render_summary(summary: Summary) -> wire::SummarizeShipmentsResponse {
    wire::SummarizeShipmentsResponse {
        groups: summary.groups.into_iter().map(render_group).collect(),
        next_page_token: summary.next_page_token,
        total: Some(render_group(summary.total)),
        tier: render_tier(Some(summary.tier)),
    }
}

fn render_group(group: Group) -> wire::ShipmentGroup {
    wire::ShipmentGroup {
        shipment_count: count(group.shipments),
        line_count: count(group.lines),
        values: render_sums(&group.values),
        keys: group.keys,
    }
}

/// What a published figure about what left can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ShipmentMetric {
    /// The value of a shipment.
    ShipmentValue,
    /// The value of a release.
    ReleaseValue,
    /// The lines of goods of a release.
    ReleaseLineCount,
    /// The shipments of a release.
    ReleaseShipmentCount,
    /// The truck loads of a release.
    ReleaseTruckCount,
    /// The containers of a release.
    ReleaseContainerCount,
    /// The exporters of a release.
    ReleaseExporterCount,
    /// The destination countries of a release.
    ReleaseDestinationCount,
    /// The net weight of a release, in kilograms.
    ReleaseNetWeight,
}

/// The resource that a metric is taken of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShipmentSubject {
    /// A shipment.
    Shipment(ShipmentName),
    /// A release.
    Release(ReleaseName),
}

impl Metric for ShipmentMetric {
    type Subject = ShipmentSubject;

    const ALL: &'static [Self] = &[
        Self::ShipmentValue,
        Self::ReleaseValue,
        Self::ReleaseLineCount,
        Self::ReleaseShipmentCount,
        Self::ReleaseTruckCount,
        Self::ReleaseContainerCount,
        Self::ReleaseExporterCount,
        Self::ReleaseDestinationCount,
        Self::ReleaseNetWeight,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::ShipmentValue => "shipment_value",
            Self::ReleaseValue => "release_value",
            Self::ReleaseLineCount => "release_line_count",
            Self::ReleaseShipmentCount => "release_shipment_count",
            Self::ReleaseTruckCount => "release_truck_count",
            Self::ReleaseContainerCount => "release_container_count",
            Self::ReleaseExporterCount => "release_exporter_count",
            Self::ReleaseDestinationCount => "release_destination_count",
            Self::ReleaseNetWeight => "release_net_weight",
        }
    }

    fn subject(self, of: &str) -> Result<ShipmentSubject, RuleBroken> {
        match self {
            Self::ShipmentValue => ShipmentName::parse(of).map(ShipmentSubject::Shipment),
            _ => ReleaseName::parse(of).map(ShipmentSubject::Release),
        }
    }
}
