//! Rows out, results in, over a stream that may break at any time.
//!
//! Invariant: a row is held until its result has come, and no more rows than fit are held; when the
//! stream breaks, those without a result are sent again, which repeats nothing.

use std::{collections::VecDeque, time::Duration};

use devisa_proto::shipment::v1::{
    ImportShipmentsRequest, ImportShipmentsResponse, shipment_service_client::ShipmentServiceClient,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, transport::Channel};

use super::row::Row;
use crate::{client, exit::Failure, output, output::Tone};

/// How many rows may be under way.
const WINDOW: usize = 256;
/// How long a result may take before the stream counts as broken.
const SILENCE: Duration = Duration::from_secs(60);
/// How often in a row a stream may break without one result.
const ATTEMPTS: u32 = 8;
/// How long it waits after the first break; twice as long after each, up to the longest.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

type Requests = mpsc::Sender<ImportShipmentsRequest>;

/// Where rows come from, and what becomes of them.
pub(super) trait Rows {
    /// The next row; none after the last.
    fn next(&mut self) -> Result<Option<Row>, Failure>;

    /// A row is settled.
    fn settle(&mut self, row: Row, result: ImportShipmentsResponse) -> Result<(), Failure>;
}

/// An import under way.
pub(super) struct Sender<'r, R> {
    channel: Channel,
    rows: &'r mut R,
    /// The rows without a result, in order.
    held: VecDeque<Row>,
    /// Whether the last row is held or settled.
    ended: bool,
    failures: u32,
}

/// Why a stream ended before its last result.
enum Broken {
    /// It may go better the next time.
    Lost(Status),
    /// It would not.
    Over(Failure),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Over(failure)
    }
}

impl From<Status> for Broken {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unavailable
            | Code::Aborted
            | Code::Cancelled
            | Code::Unknown
            | Code::ResourceExhausted
            | Code::DeadlineExceeded => Self::Lost(status),
            _ => Self::Over(client::failure(&status)),
        }
    }
}

impl<'r, R: Rows> Sender<'r, R> {
    pub(super) fn new(channel: Channel, rows: &'r mut R) -> Self {
        Self { channel, rows, held: VecDeque::new(), ended: false, failures: 0 }
    }

    /// Sends every row until each is settled, over as many streams as it takes.
    pub(super) async fn run(mut self) -> Result<(), Failure> {
        loop {
            let status = match self.stream().await {
                Ok(()) => return Ok(()),
                Err(Broken::Over(failure)) => return Err(failure),
                Err(Broken::Lost(status)) => status,
            };
            self.failures += 1;
            if self.failures >= ATTEMPTS {
                return Err(client::failure(&status));
            }
            let pause = (PAUSE * 2_u32.pow(self.failures - 1)).min(LONGEST_PAUSE);
            let message = format!("{}; going on in {pause:?}", status.message());
            output::tell(Tone::Quiet, "import", &message);
            tokio::time::sleep(pause).await;
        }
    }

    async fn stream(&mut self) -> Result<(), Broken> {
        let (sender, receiver) = mpsc::channel(WINDOW);
        let mut client = ShipmentServiceClient::new(self.channel.clone());
        let answered = client.import_shipments(ReceiverStream::new(receiver)).await?;
        let mut results = answered.into_inner();
        // Dropped when there is nothing more to send, which ends the rows' side.
        let mut sender = Some(sender);
        for row in &self.held {
            hand_over(sender.as_ref(), row.request.clone())?;
        }
        loop {
            self.read_on(sender.as_ref())?;
            if self.ended {
                sender = None;
            }
            if self.held.is_empty() {
                return Ok(());
            }
            let result = tokio::time::timeout(SILENCE, results.message()).await;
            let result =
                result.map_err(|_| Status::unavailable("the server has gone silent"))??;
            let early = || Status::unavailable("the server ended the stream");
            self.settle(result.ok_or_else(early)?)?;
        }
    }

    /// Reads on while more rows may be under way. Each is held before it is handed over: that fails
    /// where the stream is broken already, and no row is read twice.
    fn read_on(&mut self, sender: Option<&Requests>) -> Result<(), Broken> {
        while !self.ended && self.held.len() < WINDOW {
            let Some(row) = self.rows.next()? else {
                self.ended = true;
                break;
            };
            let request = row.request.clone();
            self.held.push_back(row);
            hand_over(sender, request)?;
        }
        Ok(())
    }

    /// Results come in the order of rows.
    fn settle(&mut self, result: ImportShipmentsResponse) -> Result<(), Failure> {
        let row = self.held.pop_front();
        let row =
            row.filter(|row| row.request.row_number == result.row_number).ok_or_else(|| {
                Failure::internal(format!("the result of a row not sent: {}", result.row_number))
            })?;
        self.failures = 0;
        self.rows.settle(row, result)
    }
}

/// There is room for as many rows as are held.
fn hand_over(sender: Option<&Requests>, request: ImportShipmentsRequest) -> Result<(), Broken> {
    let lost = || Status::unavailable("the connection is lost");
    let sender = sender.ok_or_else(lost)?;
    sender.try_send(request).map_err(|_| lost().into())
}

#[cfg(test)]
mod tests {
    use tonic::transport::Endpoint;

    use super::*;

    /// Three rows, each read once.
    struct Three(i64);

    impl Rows for Three {
        fn next(&mut self) -> Result<Option<Row>, Failure> {
            self.0 += 1;
            let request = ImportShipmentsRequest { row_number: self.0, ..Default::default() };
            let (lines, faults, goods, units) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            Ok((self.0 <= 3).then_some(Row { request, lines, faults, goods, units }))
        }

        fn settle(&mut self, _: Row, _: ImportShipmentsResponse) -> Result<(), Failure> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_row_that_cannot_be_handed_over_is_held() {
        let channel = Endpoint::from_static("http://127.0.0.1:1").connect_lazy();
        let mut rows = Three(0);
        let mut sender = Sender::new(channel, &mut rows);
        let (broken, receiver) = mpsc::channel(WINDOW);
        drop(receiver);
        assert!(matches!(sender.read_on(Some(&broken)), Err(Broken::Lost(_))));
        let (whole, _receiver) = mpsc::channel(WINDOW);
        assert!(sender.read_on(Some(&whole)).is_ok() && sender.ended);
        let held: Vec<_> = sender.held.iter().map(|row| row.request.row_number).collect();
        assert_eq!(held, [1, 2, 3]);
    }
}
