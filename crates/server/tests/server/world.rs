//! A server that runs.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use devisa_server::{
    Drain, Ending, Limits, Origins, Part, Server, ServiceChannel, Stack, channel, run::Settings,
};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::probe::{Client, Probe};

/// A server on a free port with one probe part.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) probe: Probe,
    pub(crate) stack: Stack,
    pub(crate) ready: Arc<AtomicBool>,
    pub(crate) stops: mpsc::UnboundedSender<()>,
    pub(crate) serving: JoinHandle<Ending>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default(), Duration::from_secs(10)).await
    }

    pub(crate) async fn with(limits: Limits, grace: Duration) -> Self {
        Self::running(limits, Settings { drain_grace: grace, ..settings() }).await
    }

    pub(crate) async fn running(limits: Limits, settings: Settings) -> Self {
        let drain = Drain::new();
        let probe = Probe::new(&drain);
        let stack = Stack::builder(&limits).add_service(probe.clone()).build();
        let server = Server::bind(settings, drain).await.unwrap();
        let (address, admin) = (server.address(), server.admin_address().unwrap());
        let ready = Arc::new(AtomicBool::new(true));
        let asked = Arc::clone(&ready);
        let part = Part::new("probe", stack.clone(), move || {
            let ready = asked.load(Ordering::SeqCst);
            async move { if ready { Ok(()) } else { Err("no database".to_owned()) } }
        });
        let (stops, mut heard) = mpsc::unbounded_channel();
        let stopped = futures::stream::poll_fn(move |cx| heard.poll_recv(cx));
        let serving = tokio::spawn(async move { server.serve(vec![part], stopped).await.unwrap() });
        Self { address, admin, probe, stack, ready, stops, serving }
    }

    pub(crate) fn channels(&self) -> [ServiceChannel; 2] {
        let remote = channel::remote(&format!("http://{}", self.address)).unwrap();
        [channel::local(self.stack.clone()), remote]
    }

    pub(crate) fn remote(&self) -> Client {
        let [_, remote] = self.channels();
        Client::new(remote)
    }

    pub(crate) fn both(&self) -> [Client; 2] {
        self.channels().map(Client::new)
    }
}

/// Free ports, and no time to lose.
pub(crate) fn settings() -> Settings {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    Settings {
        listen: free,
        admin: Some(free),
        drain_delay: Duration::from_millis(100),
        drain_grace: Duration::from_secs(10),
        max_connection_age: None,
        cors_origins: Origins::default(),
    }
}

/// What is logged.
#[derive(Clone, Default)]
pub(crate) struct Log(pub(crate) Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Waits for a level, never for an edge.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(10), "waited in vain");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
