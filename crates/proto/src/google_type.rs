//! The messages of `google.type` that Devisa's protos use, field for field.

/// `google.type.Date`: a calendar date; Devisa accepts only whole ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash, ::prost::Message)]
pub struct Date {
    /// The year, 1 to 9999.
    #[prost(int32, tag = "1")]
    pub year: i32,
    /// The month, 1 to 12.
    #[prost(int32, tag = "2")]
    pub month: i32,
    /// The day of the month, 1 to 31.
    #[prost(int32, tag = "3")]
    pub day: i32,
}

/// `google.type.Money`: an amount with its currency.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct Money {
    /// The currency, ISO 4217.
    #[prost(string, tag = "1")]
    pub currency_code: ::prost::alloc::string::String,
    /// Whole units.
    #[prost(int64, tag = "2")]
    pub units: i64,
    /// Billionths of a unit, with the sign of `units`.
    #[prost(int32, tag = "3")]
    pub nanos: i32,
}

/// `google.type.Decimal`: an exact decimal number as text.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct Decimal {
    /// The number, such as `12.50`.
    #[prost(string, tag = "1")]
    pub value: ::prost::alloc::string::String,
}
