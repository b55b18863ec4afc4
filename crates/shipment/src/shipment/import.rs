//! `ShipmentService.ImportShipments`: rows come in, results go out.
//!
//! Invariant: a row is taken only when the result before it was, so that a reader who stops stops the
//! writing and nothing piles up; a row that is refused hinders no other; whatever ends the stream, the
//! rows that were told are settled.

use std::{pin::Pin, time::Duration};

use devisa_domain::refusal::{Refusal, RuleBroken};
use devisa_ledger::Error;
use devisa_proto::{
    convert::shipment::consignment::{ShipmentReferences, parse_import_row},
    shipment::v1::{ImportShipmentsRequest, ImportShipmentsResponse, Shipment},
};
use devisa_server::{Caller, call_of, refuse, status, telling};
use futures::{Stream, stream};
use tokio::time::Instant;
use tonic::{Code, Status, Streaming};

use super::decide;
use crate::Handlers;

const IMPORT: &str = "devisa.shipment.v1.ShipmentService/ImportShipments";

/// How long one row may wait for the registry. The deadline of the stream itself was met when its
/// headers went out.
const ROW_DEADLINE: Duration = Duration::from_secs(10);

/// The results of an import, one for each row.
pub(crate) type Results =
    Pin<Box<dyn Stream<Item = Result<ImportShipmentsResponse, Status>> + Send>>;

devisa_server::mutation!(ImportShipmentsRequest);

/// An import under way.
pub(super) struct Import {
    handlers: Handlers,
    caller: Caller,
    rows: Streaming<ImportShipmentsRequest>,
    /// The last row that is settled; 0 before the first.
    committed: i64,
}

impl Import {
    pub(super) fn new(
        handlers: Handlers,
        caller: Caller,
        rows: Streaming<ImportShipmentsRequest>,
    ) -> Self {
        Self { handlers, caller, rows, committed: 0 }
    }

    pub(super) fn results(self) -> Results {
        Box::pin(stream::unfold(Some(self), async |import| {
            let mut import = import?;
            match import.next().await {
                Ok(result) => Some((Ok(result?), Some(import))),
                Err(status) => Some((Err(status), None)),
            }
        }))
    }

    /// The result of the next row; none after the last.
    async fn next(&mut self) -> Result<Option<ImportShipmentsResponse>, Status> {
        let row = tokio::select! {
            biased;
            () = self.handlers.drain.begun() => return Err(status::draining_after(self.committed)),
            row = self.rows.message() => row?,
        };
        let Some(mut row) = row else { return Ok(None) };
        let row_number = self.check_order(row.row_number).map_err(refuse)?;
        // Rows are told apart by what they say, wherever they stand.
        row.row_number = 0;
        let (shipment, error) = match self.handlers.import(&self.row_caller(), row).await {
            Ok(shipment) => (shipment.name, None),
            Err(error) => (String::new(), Some(self.told_of_row(error)?)),
        };
        self.committed = row_number;
        let committed_row_number = row_number;
        Ok(Some(ImportShipmentsResponse { row_number, shipment, error, committed_row_number }))
    }

    /// # Errors
    /// `row_number.order`.
    fn check_order(&self, row_number: i64) -> Result<i64, Refusal> {
        if row_number > self.committed {
            return Ok(row_number);
        }
        let expected = format!("more than {}", self.committed);
        let broken = RuleBroken::expected("row_number.order", expected, row_number);
        Err(Refusal::field("row_number", broken))
    }

    fn row_caller(&self) -> Caller {
        Caller { deadline: Instant::now().checked_add(ROW_DEADLINE), ..self.caller.clone() }
    }

    /// Why a row is refused; what is no fault of the row ends the stream.
    fn told_of_row(&self, error: Error) -> Result<tonic_types::Status, Status> {
        let Error::Refused(refusal) = &error else {
            return Err(status::interrupted_after(error, self.committed));
        };
        match status::code(refusal.reason()) {
            Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition => Ok(status::to_message(&refuse(error))),
            _ => Err(status::interrupted_after(error, self.committed)),
        }
    }
}

impl Handlers {
    async fn import(
        &self,
        caller: &Caller,
        row: ImportShipmentsRequest,
    ) -> Result<Shipment, Error> {
        let today = self.ledger.clock().today();
        let named = row.shipment.as_ref().map(ShipmentReferences::of).unwrap_or_default();
        let opened = call_of(caller, row, IMPORT, |row| parse_import_row(&row, today));
        let (call, creation) = match opened {
            Ok(opened) => opened,
            Err(refusal) => {
                return Err(telling(refusal, self.also_absent(caller, &named, None).await).into());
            }
        };
        let load = || self.drafting(caller, &creation);
        let decide = |snapshot: &_, moment: &_| decide::import(snapshot, &creation, moment);
        self.ledger.write(&call, load, decide).await
    }
}
