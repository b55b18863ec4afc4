//! The reasons that callers branch on.

/// The reason of a refusal, equal to `devisa.error.v1.ErrorReason` without its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// `FIELD_INVALID`
    FieldInvalid,
    /// `FIELD_MISSING`
    FieldMissing,
    /// `RESOURCE_NOT_FOUND`
    ResourceNotFound,
    /// `RESOURCE_EXISTS`
    ResourceExists,
    /// `ETAG_MISMATCH`
    EtagMismatch,
    /// `CONTENTION`
    Contention,
    /// `REQUEST_ID_REUSED`
    RequestIdReused,
    /// `PAGE_TOKEN_INVALID`
    PageTokenInvalid,
    /// `FILTER_INVALID`
    FilterInvalid,
    /// `STATE_FORBIDS`
    StateForbids,
    /// `TIER_REQUIRED`
    TierRequired,
    /// `CURRENCY_MISMATCH`
    CurrencyMismatch,
    /// `RATE_MISSING`
    RateMissing,
    /// `RATE_OVERLAPS`
    RateOverlaps,
    /// `SAME_PRINCIPAL`
    SamePrincipal,
    /// `UPSTREAM_UNAVAILABLE`
    UpstreamUnavailable,
    /// `OVERLOADED`
    Overloaded,
    /// `DEADLINE_EXCEEDED`
    DeadlineExceeded,
    /// `SERVER_DRAINING`
    ServerDraining,
    /// `SLOW_READER`
    SlowReader,
    /// `STORAGE_UNAVAILABLE`
    StorageUnavailable,
    /// `INTERNAL`
    Internal,
    /// `REVISION_COMPACTED`
    RevisionCompacted,
    /// `METHOD_UNKNOWN`
    MethodUnknown,
    /// `MESSAGE_MALFORMED`
    MessageMalformed,
    /// `MESSAGE_TOO_LARGE`
    MessageTooLarge,
    /// `LINE_EXCEEDED`
    LineExceeded,
    /// `SELLER_NOT_IN_SHIPMENT`
    SellerNotInShipment,
    /// `RESOURCE_DIFFERS`, told by clients alone.
    ResourceDiffers,
}

impl Reason {
    /// Every reason, in the order of the proto enum.
    pub const ALL: [Self; 29] = [
        Self::FieldInvalid,
        Self::FieldMissing,
        Self::ResourceNotFound,
        Self::ResourceExists,
        Self::EtagMismatch,
        Self::Contention,
        Self::RequestIdReused,
        Self::PageTokenInvalid,
        Self::FilterInvalid,
        Self::StateForbids,
        Self::TierRequired,
        Self::CurrencyMismatch,
        Self::RateMissing,
        Self::RateOverlaps,
        Self::SamePrincipal,
        Self::UpstreamUnavailable,
        Self::Overloaded,
        Self::DeadlineExceeded,
        Self::ServerDraining,
        Self::SlowReader,
        Self::StorageUnavailable,
        Self::Internal,
        Self::RevisionCompacted,
        Self::MethodUnknown,
        Self::MessageMalformed,
        Self::MessageTooLarge,
        Self::LineExceeded,
        Self::SellerNotInShipment,
        Self::ResourceDiffers,
    ];

    /// The reason as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FieldInvalid => "FIELD_INVALID",
            Self::FieldMissing => "FIELD_MISSING",
            Self::ResourceNotFound => "RESOURCE_NOT_FOUND",
            Self::ResourceExists => "RESOURCE_EXISTS",
            Self::EtagMismatch => "ETAG_MISMATCH",
            Self::Contention => "CONTENTION",
            Self::RequestIdReused => "REQUEST_ID_REUSED",
            Self::PageTokenInvalid => "PAGE_TOKEN_INVALID",
            Self::FilterInvalid => "FILTER_INVALID",
            Self::StateForbids => "STATE_FORBIDS",
            Self::TierRequired => "TIER_REQUIRED",
            Self::CurrencyMismatch => "CURRENCY_MISMATCH",
            Self::RateMissing => "RATE_MISSING",
            Self::RateOverlaps => "RATE_OVERLAPS",
            Self::SamePrincipal => "SAME_PRINCIPAL",
            Self::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
            Self::Overloaded => "OVERLOADED",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::ServerDraining => "SERVER_DRAINING",
            Self::SlowReader => "SLOW_READER",
            Self::StorageUnavailable => "STORAGE_UNAVAILABLE",
            Self::Internal => "INTERNAL",
            Self::RevisionCompacted => "REVISION_COMPACTED",
            Self::MethodUnknown => "METHOD_UNKNOWN",
            Self::MessageMalformed => "MESSAGE_MALFORMED",
            Self::MessageTooLarge => "MESSAGE_TOO_LARGE",
            Self::LineExceeded => "LINE_EXCEEDED",
            Self::SellerNotInShipment => "SELLER_NOT_IN_SHIPMENT",
            Self::ResourceDiffers => "RESOURCE_DIFFERS",
        }
    }
}
