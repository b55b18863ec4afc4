//! Options of the commands that show what is on record.

use clap::{Args, ValueEnum};
use devisa_proto::totals::v1::Period;

use super::ServiceName;
use crate::catalogue;

/// Options of `list`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ListArgs {
    /// What to list.
    #[arg(value_name = "RESOURCE", value_parser = catalogue::keys())]
    pub(crate) resource: String,

    /// The resource they belong to: `programmes/lpei-desa-devisa` for decrees and enrolments, a
    /// shipment for milestones.
    #[arg(long, value_name = "NAME")]
    pub(crate) parent: Option<String>,

    /// Only those for which this holds (AIP-160): `state = READY AND exporter = "organisations/x"`.
    /// A field that cannot be filtered on is answered with those that can.
    #[arg(long)]
    pub(crate) filter: Option<String>,

    /// The fields to show, as paths separated by commas: `name,value,review.state`. Default: the
    /// most telling ones; with `--format json`, all.
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,

    /// How many at most; 0 means all.
    #[arg(long, default_value_t = 1000, value_name = "N", allow_negative_numbers = true)]
    pub(crate) limit: usize,

    /// Also those that were deleted or hidden: organisations, products, sponsorships.
    #[arg(long)]
    pub(crate) show_deleted: bool,

    /// How many are asked for at once.
    #[arg(long, default_value_t = 500, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(i32).range(1..=1000))]
    pub(crate) page_size: i32,
}

/// Options of `get`.
#[derive(Clone, Debug, Args)]
pub(crate) struct GetArgs {
    /// The resource's name, such as `shipments/kerupuk`.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// Options of `watch`.
#[derive(Clone, Debug, Args)]
pub(crate) struct WatchArgs {
    /// The service to follow.
    #[arg(value_enum)]
    pub(crate) service: ServiceName,

    /// Start after this revision. Default: from the beginning.
    #[arg(long, value_name = "REVISION")]
    pub(crate) after: Option<String>,

    /// Only events of resources whose name starts so: `shipments/`.
    #[arg(long, value_name = "PREFIX")]
    pub(crate) subject: Option<String>,

    /// Only events of this type, in full or without the package: `deal.signed`. May be repeated.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,

    /// End with the last event that there is, instead of waiting for the next.
    #[arg(long)]
    pub(crate) no_follow: bool,

    /// End after so many events.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) limit: Option<usize>,
}

/// What can be totalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Summarized {
    /// What left: RELEASED or REALISED.
    Shipments,
    /// What was agreed: POTENTIAL or CONTRACTED.
    Deals,
}

/// The kinds of exchange rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum RateName {
    /// Bank Indonesia's spot rate.
    Jisdor,
    /// The finance minister's weekly rate.
    KursPajak,
    /// A round rate that a press office used.
    House,
}

/// Options of `summarize`.
#[derive(Clone, Debug, Args)]
pub(crate) struct SummarizeArgs {
    /// What to total.
    #[arg(value_enum)]
    pub(crate) what: Summarized,

    /// The value tier; tiers are never added, so there is no default.
    #[arg(long, value_name = "TIER", ignore_case = true,
          value_parser = ["POTENTIAL", "CONTRACTED", "RELEASED", "REALISED"])]
    pub(crate) tier: Option<String>,

    /// The dimensions to group by, separated by commas. Shipments: DESTINATION, COMMODITY,
    /// HS_CHAPTER, REGENCY, EXPORTER, RELEASE, MONTH, YEAR; deals: SESSION, SELLER, BUYER, OFFICE,
    /// COMMODITY, MONTH.
    #[arg(long, visible_alias = "by", value_name = "DIMENSION", value_delimiter = ',')]
    pub(crate) group_by: Vec<String>,

    /// Only those for which this holds: `year = 2025 AND (regency = "35.25" OR regency = UNKNOWN)`.
    #[arg(long)]
    pub(crate) filter: Option<String>,

    /// Only of these days: 2025, 2025-11, 2025-11-26, or 2025-11-01..2025-12-01 (up to, not
    /// including). The date is the tier's.
    #[arg(long, value_name = "PERIOD", value_parser = crate::query::summarize::period)]
    pub(crate) period: Option<Period>,

    /// Convert every total into this currency as well, by the rates of `--rate` on record: IDR.
    #[arg(long, value_name = "CURRENCY", requires = "rate")]
    pub(crate) convert: Option<String>,

    /// The kind of rate that converts.
    #[arg(long, value_name = "KIND", value_enum, ignore_case = true, requires = "convert")]
    pub(crate) rate: Option<RateName>,

    /// Count deals held as implausible too (deals only).
    #[arg(long)]
    pub(crate) include_held: bool,
}
