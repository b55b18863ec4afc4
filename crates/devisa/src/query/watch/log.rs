//! The events there are, without waiting for more: the audit trail.

use prost_reflect::Value;

use super::{asking, print_event};
use crate::{
    cli::{Format, WatchArgs},
    client::{self, Client},
    exit::{Exit, Failure},
    query::{messages, string},
};

const PAGE: i32 = 500;

/// Prints the events that there are.
pub(super) async fn print(
    client: &Client,
    args: &WatchArgs,
    format: Format,
) -> Result<Exit, Failure> {
    let (method, mut request) = asking(args, "ListEvents")?;
    let mut left = args.limit.unwrap_or(usize::MAX);
    request.set_field_by_name("page_size", Value::I32(PAGE));
    loop {
        let page = client.call(&method, &request).await.map_err(|s| client::failure(&s))?;
        for event in messages(&page, "events").iter().take(left) {
            print_event(event, format)?;
            left -= 1;
        }
        let token = string(&page, "next_page_token");
        if token.is_empty() || left == 0 {
            return Ok(Exit::Fine);
        }
        request.set_field_by_name("page_token", Value::String(token));
    }
}
