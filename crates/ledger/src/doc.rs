//! A typed document in one text column, as JSON.

use std::fmt::Debug;

use sea_orm::{
    ColIdx, QueryResult, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr},
};
use serde::{Serialize, de::DeserializeOwned};

/// The part of a resource that no query looks into, kept as JSON text in both databases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doc<T>(pub T);

impl<T: Serialize> From<Doc<T>> for Value {
    fn from(doc: Doc<T>) -> Self {
        let text = serde_json::to_string(&doc.0)
            .unwrap_or_else(|error| unreachable!("a domain value serialises to JSON: {error}"));
        Value::String(Some(text))
    }
}

impl<T: DeserializeOwned> TryGetable for Doc<T> {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let text = String::try_get_by(row, index)?;
        serde_json::from_str(&text).map(Doc).map_err(|error| {
            TryGetError::DbErr(sea_orm::DbErr::Type(format!("stored document: {error}")))
        })
    }
}

impl<T: Serialize + DeserializeOwned> ValueType for Doc<T> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        match value {
            Value::String(Some(text)) => {
                serde_json::from_str(&text).map(Doc).map_err(|_| ValueTypeErr)
            }
            _ => Err(ValueTypeErr),
        }
    }

    fn type_name() -> String {
        "Doc".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        ColumnType::Text
    }
}

impl<T> Nullable for Doc<T> {
    fn null() -> Value {
        Value::String(None)
    }
}
