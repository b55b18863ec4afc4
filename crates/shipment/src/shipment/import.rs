//! `ShipmentService.ImportShipments`: rows come in, results go out.
//!
//! Invariant: rows are taken only when the results before them were, so that a reader who stops stops
//! the writing and nothing piles up; a row that is refused hinders no other; whatever ends the stream,
//! the rows that were told are settled. Rows that have come already are committed together, which
//! changes nothing of what becomes of each.

use std::{collections::VecDeque, pin::Pin, time::Duration};

use devisa_domain::{
    name::ShipmentName,
    refusal::{Refusal, RuleBroken},
    shipment::ShipmentFacts,
};
use devisa_ledger::{Call, Decision, Error, Moment, Work};
use devisa_proto::{
    convert::shipment::{
        Creation,
        consignment::{ShipmentReferences, parse_import_row},
    },
    shipment::v1::{ImportShipmentsRequest, ImportShipmentsResponse, Shipment},
};
use devisa_server::{Caller, call_of, refuse, status, telling};
use futures::{FutureExt, Stream, stream};
use tokio::time::Instant;
use tonic::{Code, Status, Streaming};

use super::decide::{self, NewSnapshot};
use crate::Handlers;

const IMPORT: &str = "devisa.shipment.v1.ShipmentService/ImportShipments";

/// How long one row may wait for the registry. The deadline of the stream itself was met when its
/// headers went out.
const ROW_DEADLINE: Duration = Duration::from_secs(10);

/// How many rows are taken at once.
const ROWS: usize = 64;

/// The results of an import, one for each row.
pub(crate) type Results =
    Pin<Box<dyn Stream<Item = Result<ImportShipmentsResponse, Status>> + Send>>;

devisa_server::mutation!(ImportShipmentsRequest);

/// An import under way.
pub(super) struct Import {
    handlers: Handlers,
    caller: Caller,
    rows: Streaming<ImportShipmentsRequest>,
    /// The number of the last row that was taken; 0 before the first.
    taken: i64,
    /// The last row that is settled; 0 before the first.
    committed: i64,
    /// The results that nobody has read yet; an error is the last.
    results: VecDeque<Result<ImportShipmentsResponse, Status>>,
    /// Whether there are no further rows.
    ended: bool,
}

impl Import {
    pub(super) fn new(
        handlers: Handlers,
        caller: Caller,
        rows: Streaming<ImportShipmentsRequest>,
    ) -> Self {
        let results = VecDeque::new();
        Self { handlers, caller, rows, taken: 0, committed: 0, results, ended: false }
    }

    pub(super) fn results(self) -> Results {
        Box::pin(stream::unfold(self, async |mut import| {
            if import.results.is_empty() && !import.ended {
                import.go_on().await;
            }
            let result = import.results.pop_front()?;
            Some((result, import))
        }))
    }

    /// Takes rows and answers them.
    async fn go_on(&mut self) {
        let (rows, end) = self.take().await;
        self.ended = end.is_some();
        let mut settled = Ok(());
        if !rows.is_empty() {
            settled = self.answer(rows).await;
        }
        let ended = settled.and_then(|()| end.unwrap_or(Ok(())));
        if let Err(status) = ended {
            self.ended = true;
            self.results.push_back(Err(status));
        }
    }

    /// The next row, which is waited for, and those that have come with it; then how the rows end.
    async fn take(&mut self) -> (Vec<(i64, ImportShipmentsRequest)>, Option<Result<(), Status>>) {
        let mut rows = Vec::new();
        let mut next = tokio::select! {
            biased;
            () = self.handlers.drain.begun() => {
                return (rows, Some(Err(status::draining_after(self.committed))));
            }
            row = self.rows.message() => row,
        };
        loop {
            match next {
                Ok(Some(row)) => match self.check_order(row.row_number) {
                    Ok(number) => rows.push((number, row)),
                    Err(refusal) => return (rows, Some(Err(refuse(refusal)))),
                },
                Ok(None) => return (rows, Some(Ok(()))),
                Err(status) => return (rows, Some(Err(status))),
            }
            if rows.len() == ROWS {
                return (rows, None);
            }
            match self.rows.message().now_or_never() {
                Some(row) => next = row,
                None => return (rows, None),
            }
        }
    }

    /// # Errors
    /// `row_number.order`.
    fn check_order(&mut self, row_number: i64) -> Result<i64, Refusal> {
        if row_number > self.taken {
            self.taken = row_number;
            return Ok(row_number);
        }
        let expected = format!("more than {}", self.taken);
        let broken = RuleBroken::expected("row_number.order", expected, row_number);
        Err(Refusal::field("row_number", broken))
    }

    /// Answers rows, as far as nothing stands in the way that is no fault of theirs.
    async fn answer(&mut self, rows: Vec<(i64, ImportShipmentsRequest)>) -> Result<(), Status> {
        let mut works = Vec::with_capacity(rows.len());
        let mut parsed = Vec::with_capacity(rows.len());
        for (number, row) in rows {
            let work = self.handlers.work(&self.caller, row).await;
            parsed.push((number, work.map(|work| works.push(work))));
        }
        let mut answers = self.handlers.ledger.write_in_order(&works).await.into_iter();
        for (number, work) in parsed {
            let answer = match work {
                Ok(()) => answers.next(),
                Err(error) => Some(Err(error)),
            };
            // Nothing is answered after an error that ends the stream.
            let Some(answer) = answer else { break };
            let (shipment, error) = match answer {
                Ok(shipment) => (shipment.name, None),
                Err(error) if is_told_of_row(&error) => {
                    (String::new(), Some(status::to_message(&refuse(error))))
                }
                Err(error) => return Err(status::interrupted_after(error, self.committed)),
            };
            self.committed = number;
            let (row_number, committed_row_number) = (number, number);
            let result =
                ImportShipmentsResponse { row_number, shipment, error, committed_row_number };
            self.results.push_back(Ok(result));
        }
        Ok(())
    }
}

/// Whether an error is a fault of its row; another ends the stream.
fn is_told_of_row(error: &Error) -> bool {
    let Error::Refused(refusal) = error else { return false };
    matches!(
        status::code(refusal.reason()),
        Code::InvalidArgument | Code::NotFound | Code::AlreadyExists | Code::FailedPrecondition
    )
}

/// The caller of a stream, as that of one of its rows.
fn of_row(caller: &Caller) -> Caller {
    Caller { deadline: Instant::now().checked_add(ROW_DEADLINE), ..caller.clone() }
}

/// A row that can be read.
struct Row<'h> {
    handlers: &'h Handlers,
    caller: &'h Caller,
    call: Call,
    creation: Creation<ShipmentName, ShipmentFacts>,
}

impl Handlers {
    async fn work<'h>(
        &'h self,
        caller: &'h Caller,
        mut row: ImportShipmentsRequest,
    ) -> Result<Row<'h>, Error> {
        // Rows are told apart by what they say, wherever they stand.
        row.row_number = 0;
        let today = self.ledger.clock().today();
        let named = row.shipment.as_ref().map(ShipmentReferences::of).unwrap_or_default();
        match call_of(caller, row, IMPORT, |row| parse_import_row(&row, today)) {
            Ok((call, creation)) => Ok(Row { handlers: self, caller, call, creation }),
            Err(refusal) => {
                let also = self.also_absent(&of_row(caller), &named, None).await;
                Err(telling(refusal, also).into())
            }
        }
    }
}

impl Work for Row<'_> {
    type Snapshot = NewSnapshot;
    type Response = Shipment;

    fn call(&self) -> &Call {
        &self.call
    }

    async fn load(&self) -> Result<NewSnapshot, Error> {
        self.handlers.drafting(&of_row(self.caller), &self.creation).await
    }

    fn decide(
        &self,
        snapshot: &NewSnapshot,
        moment: &Moment,
    ) -> Result<Decision<Shipment>, Refusal> {
        decide::import(snapshot, &self.creation, moment)
    }

    fn is_answer(&self, error: &Error) -> bool {
        is_told_of_row(error)
    }
}
