//! Pages by keyset, with authenticated tokens.
//!
//! Invariant: a token works only for the method and arguments it was issued for, on every replica,
//! and grants nothing; rows inserted meanwhile neither repeat nor hide others. A page is cut by
//! bytes as well as by count, and is never empty because of one large item: whatever was accepted
//! can be read, whatever size is asked for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use devisa_domain::{
    refusal::{Refusal, RuleBroken, both},
    time::Timestamp,
};
use hmac::{Hmac, KeyInit, Mac};
use prost::Message;
use rand::Rng;
use sea_orm::{
    Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    Value,
    sea_query::{Alias, Expr, ExprTrait, Order as Direction, Query},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    commit::insert,
    database::Database,
    error::{Error, Failure, StorageError},
    ledger::Ledger,
};

const DEFAULT_SIZE: usize = 50;
const MAX_SIZE: usize = 1_000;

/// How many bytes the items of one answer have together, unless one alone has more: half of the
/// longest message, so that there is room for the rest of the answer.
pub const MOST_BYTES: usize = 2 * 1024 * 1024;

/// What a list request says about its pages.
#[derive(Clone, Copy, Debug)]
pub struct PageArgs<'a> {
    /// The size asked for; 0 is the default.
    pub page_size: i32,
    /// The token of the page before; empty for the first.
    pub page_token: &'a str,
    /// The full method name.
    pub method: &'a str,
    /// All other arguments of the request, in any unambiguous form.
    pub arguments: &'a str,
}

impl PageArgs<'_> {
    /// How many items the page has at most: 50 by default, 1,000 at most.
    ///
    /// # Errors
    /// `page_size.negative`.
    pub fn size(&self) -> Result<usize, Refusal> {
        match usize::try_from(self.page_size) {
            Ok(0) => Ok(DEFAULT_SIZE),
            Ok(size) => Ok(size.min(MAX_SIZE)),
            Err(_) => Err(Refusal::field(
                "page_size",
                RuleBroken::expected("page_size.negative", "0 or more", self.page_size),
            )),
        }
    }

    fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for part in [self.method, self.arguments] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        URL_SAFE_NO_PAD.encode(&hash.finalize()[..16])
    }
}

/// A page of items, and the token of the next page; empty when this was the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The token for the next page.
    pub next_page_token: String,
}

impl<T> Page<T> {
    /// The same page with every item turned into something else.
    ///
    /// # Errors
    /// The first that `turn` reports.
    pub fn try_map<U, E>(self, turn: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(turn).collect::<Result<_, E>>()?;
        Ok(Page { items, next_page_token: self.next_page_token })
    }

    /// The same page with every item turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        let items = self.items.into_iter().map(turn).collect();
        Page { items, next_page_token: self.next_page_token }
    }
}

/// A stored row of a resource, as far as lists need it.
pub trait Row {
    /// The resource's name.
    fn name(&self) -> &str;
    /// When it was created, microseconds.
    fn create_time(&self) -> i64;
}

/// In which order a list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Newest first, then by name.
    Newest,
    /// By name, bytewise.
    Name,
}

impl Ledger {
    /// A page of rows, each as the resource that `render` makes of it.
    ///
    /// # Errors
    /// Those of [`Tokens::open`], [`StorageError`]; what `render` reports.
    pub async fn list<E, W, F>(
        &self,
        select: Select<E>,
        order: Order,
        args: &PageArgs<'_>,
        render: impl FnOnce(Vec<E::Model>) -> F,
    ) -> Result<Page<W>, Error>
    where
        E: EntityTrait,
        E::Model: Row,
        W: Message,
        F: Future<Output = Result<Vec<W>, Error>>,
    {
        let (size, key) = self.tokens().open(args)?;
        let after = key.as_deref().map(|key| after::<E>(order, key)).transpose()?;
        let column = |name: &str| Expr::col((E::default(), Alias::new(name)));
        let mut select = select.filter(after.unwrap_or_else(Condition::all));
        if order == Order::Newest {
            select = select.order_by(column("create_time"), Direction::Desc);
        }
        select = select.order_by(column("name"), Direction::Asc);
        let rows = select.limit(size as u64 + 1).all(self.reader()).await?;
        let keys: Vec<_> = rows.iter().map(|row| key_of(order, row)).collect();
        let items = keys.into_iter().zip(render(rows).await?).collect();
        let bytes = |(_, item): &(_, W)| item.encoded_len();
        let page = self.tokens().cut(items, size, args, |(key, _)| key.clone(), bytes);
        Ok(page.map(|(_, item)| item))
    }
}

fn key_of(order: Order, row: &impl Row) -> Vec<String> {
    match order {
        Order::Newest => vec![row.create_time().to_string(), row.name().to_owned()],
        Order::Name => vec![row.name().to_owned()],
    }
}

fn after<E: EntityTrait>(order: Order, key: &[String]) -> Result<Condition, Refusal> {
    let name = || Expr::col((E::default(), Alias::new("name")));
    let time = || Expr::col((E::default(), Alias::new("create_time")));
    match (order, key) {
        (Order::Name, [last]) => Ok(Condition::all().add(name().gt(last.as_str()))),
        (Order::Newest, [micros, last]) => {
            let micros: i64 = micros.parse().map_err(|_| malformed())?;
            let same = Condition::all().add(time().eq(micros)).add(name().gt(last.as_str()));
            Ok(Condition::any().add(time().lt(micros)).add(same))
        }
        _ => Err(malformed()),
    }
}

fn malformed() -> Refusal {
    Refusal::PageTokenInvalid { detail: "not a token of this service".to_owned() }
}

/// Issues and reads page tokens by a key ring that lives in the service's database.
#[derive(Debug)]
pub struct Tokens {
    keys: Vec<(i64, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    key_id: i64,
    request: String,
    after: Vec<String>,
}

impl Tokens {
    /// Reads the key ring, and starts one where there is none.
    pub(crate) async fn load(database: &Database, now: Timestamp) -> Result<Self, StorageError> {
        let keys = read_keys(database).await?;
        if !keys.is_empty() {
            return Ok(Self { keys });
        }
        let mut secret = vec![0; 32];
        rand::rng().fill(secret.as_mut_slice());
        let columns: [(&str, Value); 3] = [
            ("id", 1_i64.into()),
            ("secret", Value::Bytes(Some(secret))),
            ("create_time", now.micros().into()),
        ];
        // Another replica may start the ring at the same moment; its key is then ours too.
        match insert(database.writer(), "page_key", columns).await {
            Err(error) if Failure::of(&error) != Failure::Duplicate => return Err(error.into()),
            _ => {}
        }
        Ok(Self { keys: read_keys(database).await? })
    }

    /// The key after which the page starts; none for the first page.
    ///
    /// # Errors
    /// [`Refusal::PageTokenInvalid`].
    pub fn start(&self, args: &PageArgs<'_>) -> Result<Option<Vec<String>>, Refusal> {
        let Some(payload) = self.read(args.page_token)? else { return Ok(None) };
        if payload.request != args.fingerprint() {
            let detail = "issued for another method or other arguments".to_owned();
            return Err(Refusal::PageTokenInvalid { detail });
        }
        Ok(Some(payload.after))
    }

    /// The page that a request asks for: how many items, and after which key.
    ///
    /// # Errors
    /// `page_size.negative` and [`Refusal::PageTokenInvalid`], at once.
    pub fn open(&self, args: &PageArgs<'_>) -> Result<(usize, Option<Vec<String>>), Refusal> {
        both(args.size(), self.start(args))
    }

    /// A refusal of a request with what is wrong with the page that it asks for.
    pub fn beside(&self, refusal: Refusal, args: &PageArgs<'_>) -> Refusal {
        self.faults(args).into_iter().fold(refusal, Refusal::and)
    }

    /// What is wrong with the page that a request asks for, where something else is wrong with the
    /// request: whether a token was issued for these arguments, nobody can tell while they are not
    /// what they should be.
    pub fn faults(&self, args: &PageArgs<'_>) -> Option<Refusal> {
        Refusal::together(args.size().err().into_iter().chain(self.read(args.page_token).err()))
    }

    /// What a token of ours says; none where there is none.
    fn read(&self, token: &str) -> Result<Option<Payload>, Refusal> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| malformed())?;
        let (body, tag) = bytes.split_last_chunk::<32>().ok_or_else(malformed)?;
        let payload: Payload = serde_json::from_slice(body).map_err(|_| malformed())?;
        let secret = self.keys.iter().find(|(id, _)| *id == payload.key_id);
        let (_, secret) = secret.ok_or_else(malformed)?;
        mac(secret, body).verify_slice(tag).map_err(|_| malformed())?;
        Ok(Some(payload))
    }

    /// Cuts what was read beyond the page's size or beyond [`MOST_BYTES`], and issues the token of
    /// the next page if there was anything to cut.
    pub fn cut<T>(
        &self,
        mut items: Vec<T>,
        size: usize,
        args: &PageArgs<'_>,
        key: impl Fn(&T) -> Vec<String>,
        bytes: impl Fn(&T) -> usize,
    ) -> Page<T> {
        let size = size.min(fitting(&items, bytes));
        let more = items.len() > size;
        items.truncate(size);
        let next_page_token = match items.last() {
            Some(last) if more => self.issue(args, key(last)),
            _ => String::new(),
        };
        Page { items, next_page_token }
    }

    /// The part of a list that a request asks for, where the whole list is made in memory.
    ///
    /// # Errors
    /// [`Refusal::PageTokenInvalid`], `page_size.negative`.
    pub fn window<'a>(&'a self, args: PageArgs<'a>) -> Result<Window<'a>, Refusal> {
        let (size, after) = self.open(&args)?;
        Ok(Window { tokens: self, args, size, after })
    }

    fn issue(&self, args: &PageArgs<'_>, after: Vec<String>) -> String {
        let Some((key_id, secret)) = self.keys.last() else {
            unreachable!("the key ring has a key since the ledger was opened")
        };
        let payload = Payload { key_id: *key_id, request: args.fingerprint(), after };
        let mut bytes = serde_json::to_vec(&payload)
            .unwrap_or_else(|error| unreachable!("a token serialises to JSON: {error}"));
        let tag = mac(secret, &bytes).finalize().into_bytes();
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// The part of a list, made in memory, that a request asks for.
#[derive(Clone, Debug)]
pub struct Window<'a> {
    tokens: &'a Tokens,
    args: PageArgs<'a>,
    size: usize,
    after: Option<Vec<String>>,
}

impl Window<'_> {
    /// Cuts the page out of the whole list, which is ordered by its keys; `render` tells how long
    /// an item is in the answer.
    pub fn page<T, W: Message>(
        &self,
        list: Vec<T>,
        key: impl Fn(&T) -> Vec<String>,
        render: impl Fn(&T) -> W,
    ) -> Page<T> {
        let follows = |item: &T| self.after.as_ref().is_none_or(|after| key(item) > *after);
        let items = list.into_iter().filter(follows).take(self.size + 1).collect();
        let bytes = |item: &T| render(item).encoded_len();
        self.tokens.cut(items, self.size, &self.args, &key, bytes)
    }
}

/// How many of the items have [`MOST_BYTES`] at most; the first has room, whatever its size.
fn fitting<T>(items: &[T], bytes: impl Fn(&T) -> usize) -> usize {
    let mut sum = 0;
    let within = items.iter().take_while(|item| {
        sum += bytes(item);
        sum <= MOST_BYTES
    });
    within.count().max(1)
}

fn mac(secret: &[u8], body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)
        .unwrap_or_else(|error| unreachable!("HMAC takes keys of any length: {error}"));
    mac.update(body);
    mac
}

async fn read_keys(database: &Database) -> Result<Vec<(i64, Vec<u8>)>, DbErr> {
    let mut query = Query::select();
    query
        .columns([Alias::new("id"), Alias::new("secret")])
        .from(Alias::new("page_key"))
        .order_by(Alias::new("id"), Direction::Asc);
    // The writer's connection: on SQLite it sees at once what it has just written.
    let rows = database.writer().query_all(&query).await?;
    rows.iter().map(|row| Ok((row.try_get("", "id")?, row.try_get("", "secret")?))).collect()
}
