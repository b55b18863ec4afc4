//! What a client must bear that the real server does only on a bad day.

use std::time::Duration;

use tonic::{Code, Status};

use super::client::{Refusal, every, repeating};

#[tokio::test]
async fn an_empty_page_is_not_the_last_one() {
    let found = every(async |page_token: String| {
        let (items, next) = match page_token.as_str() {
            "" => (vec!["a"], "1"),
            "1" => (vec![], "2"),
            "2" => (vec![], "3"),
            "3" => (vec!["b", "c"], "4"),
            _ => (vec![], ""),
        };
        Ok((items, next.to_owned()))
    });
    assert_eq!(found.await.unwrap(), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_write_is_repeated_until_it_is_answered() {
    let mut calls = 0;
    let answered = repeating(
        async || {
            calls += 1;
            if calls < 3 { Err(Refusal::from(Status::unavailable("away"))) } else { Ok(calls) }
        },
        4,
    );
    assert_eq!(answered.await.unwrap(), 3);
}

#[tokio::test]
async fn what_will_never_succeed_is_not_repeated() {
    let mut calls = 0;
    let refused = repeating(
        async || {
            calls += 1;
            Err::<(), _>(Refusal::from(Status::invalid_argument("wrong")))
        },
        4,
    );
    assert_eq!(refused.await.unwrap_err().code, Code::InvalidArgument);
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn nothing_is_repeated_for_ever() {
    let refused = repeating(async || Err::<(), _>(Status::unavailable("away").into()), 2);
    let refused = tokio::time::timeout(Duration::from_secs(10), refused).await.unwrap();
    assert_eq!(refused.unwrap_err().message, "away");
}
