//! Totals by groups, and the metrics of published figures.

use devisa_domain::{
    conversion::{Conversion, Rates},
    money::{Sum, Sums},
    name::{ReleaseName, ShipmentName},
    refusal::{Checks, Refusal, RuleBroken, both},
    tier::Tier,
    time::Period,
};

use super::count;
use crate::{
    convert::{
        common::{enumeration, render_sum, render_sums, render_tier, required_tier},
        figure::Metric,
        totals::{parse_conversion, parse_dimensions, parse_period, render_rates},
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
    /// The release; empty for none.
    Release,
    /// The commodity of a line; empty for none.
    Commodity,
    /// The chapter of a line's HS code; empty for none.
    HsChapter,
    /// The regency or city where goods were made, or `UNKNOWN`.
    Regency,
    /// The exporter.
    Exporter,
    /// The month of the tier's date.
    Month,
    /// The year of the tier's date.
    Year,
}

/// What totals are asked for, the filter and the page aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryQuery {
    /// Of which tier.
    pub tier: Tier,
    /// By what, in order.
    pub group_by: Vec<Dimension>,
    /// Of which days.
    pub period: Period,
    /// Into which currency as well.
    pub conversion: Option<Conversion>,
}

/// Reads which totals are asked for.
///
/// # Errors
/// [`Refusal::TierRequired`]; `tier.unsupported`; at `group_by[1]`: `field.missing`,
/// `enum.unknown`, `group_by.duplicate`; those of [`parse_period`] and [`parse_conversion`].
pub fn parse_summary(request: &wire::SummarizeShipmentsRequest) -> Result<SummaryQuery, Refusal> {
    let wire::SummarizeShipmentsRequest {
        tier,
        filter: _,
        group_by,
        page_size: _,
        page_token: _,
        period,
        conversion,
    } = request;
    let mut checks = Checks::new();
    let tier = required_tier(*tier, "tier", &TIERS);
    let group_by = parse_dimensions(&mut checks, group_by, parse_dimension);
    let period = checks.keep_part("period", parse_period(period.as_ref()));
    let conversion = checks.keep_part("conversion", parse_conversion(conversion.as_ref()));
    let read = checks.finish(()).map_err(Refusal::from);
    match (both(tier, read)?, period, conversion) {
        ((tier, ()), Some(period), Some(conversion)) => {
            Ok(SummaryQuery { tier, group_by, period, conversion })
        }
        _ => unreachable!("what could not be read left a violation"),
    }
}

fn parse_dimension(number: i32) -> Result<Dimension, RuleBroken> {
    use wire::summarize_shipments_request::Dimension as Wire;
    Ok(match enumeration(number)? {
        Wire::Unspecified => return Err(RuleBroken::missing()),
        Wire::Destination => Dimension::Destination,
        Wire::Release => Dimension::Release,
        Wire::Commodity => Dimension::Commodity,
        Wire::HsChapter => Dimension::HsChapter,
        Wire::Regency => Dimension::Regency,
        Wire::Exporter => Dimension::Exporter,
        Wire::Month => Dimension::Month,
        Wire::Year => Dimension::Year,
    })
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
    /// All of it in the currency asked for.
    pub converted: Option<Sum>,
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
    /// The rates by which it was converted.
    pub rates: Option<Rates>,
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
        rates: render_rates(summary.rates.as_ref()),
    }
}

/// Renders a group.
pub fn render_group(group: Group) -> wire::ShipmentGroup {
    wire::ShipmentGroup {
        shipment_count: count(group.shipments),
        line_count: count(group.lines),
        values: render_sums(&group.values),
        converted_value: group.converted.and_then(render_sum),
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
