//! The binary under test, as people and machines use it: run to its end, or serving.
//!
//! `DEVISA_BINARY` names it, else it is what `cargo build --workspace` makes. Settings of the
//! developer's own shell (`DEVISA_…`) are none of its own; a process that a test leaves running is
//! killed with the test.
#![allow(clippy::unwrap_used)]

use std::{
    ffi::OsStr,
    io::Read,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, OnceLock},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use cargo_metadata::MetadataCommand;
use serde_json::Value;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(10);

/// Where it is.
pub(crate) fn binary() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let named = std::env::var_os("DEVISA_BINARY").map(PathBuf::from);
        let path = named.unwrap_or_else(|| {
            let metadata = MetadataCommand::new().no_deps().exec().unwrap();
            metadata.target_directory.join("debug/devisa").into()
        });
        let cure = "run `cargo build --workspace` first, or name another with DEVISA_BINARY";
        assert!(path.is_file(), "{} is no file: {cure}", path.display());
        path
    })
}

/// A command line of the binary.
pub(crate) fn devisa<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Devisa {
    let mut command = Command::new(binary());
    for (key, _) in std::env::vars_os().filter(|(key, _)| is_setting(key)) {
        command.env_remove(key);
    }
    command.args(arguments);
    Devisa(command)
}

fn is_setting(key: &OsStr) -> bool {
    key.to_string_lossy().starts_with("DEVISA_")
}

/// A command line with its environment.
pub(crate) struct Devisa(Command);

impl Devisa {
    /// Sets an environment variable.
    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(key, value);
        self
    }

    /// Adds `--server URL` and `--format json`.
    pub(crate) fn json_of(mut self, server: &Process) -> Value {
        self.0.args(["--format", "json"]);
        self.at(server).ends(0).json()
    }

    /// Runs it to its end as a client of a server.
    pub(crate) fn at(mut self, server: &Process) -> Answer {
        self.0.args(["--server", &server.url()]);
        self.run()
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Answer {
        self.start().end()
    }

    /// Starts it.
    pub(crate) fn start(mut self) -> Process {
        self.0.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.0.spawn().unwrap();
        let out = Captured::of(child.stdout.take().unwrap());
        let err = Captured::of(child.stderr.take().unwrap());
        Process { what: format!("{:?}", self.0), child, out, err }
    }
}

/// A running process of the binary.
pub(crate) struct Process {
    what: String,
    child: Child,
    out: Captured,
    err: Captured,
}

impl Process {
    /// What it has written on standard output up to now.
    pub(crate) fn out(&self) -> String {
        self.out.text()
    }

    /// What it has written on standard error up to now.
    pub(crate) fn err(&self) -> String {
        self.err.text()
    }

    /// Waits until `found` finds something in what it has written; it must still run.
    pub(crate) fn wait_for<T>(&mut self, found: impl Fn(&str, &str) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            // Asked first: what it wrote before its end is read after it.
            let ended = self.child.try_wait().unwrap();
            if let Some(found) = found(&self.out(), &self.err()) {
                return found;
            }
            let (out, err) = (self.out(), self.err());
            assert!(ended.is_none(), "{} ended ({ended:?})\n{out}\n{err}", self.what);
            assert!(Instant::now() < until, "{} does not come\n{out}\n{err}", self.what);
            thread::sleep(PAUSE);
        }
    }

    /// Waits until it serves.
    pub(crate) fn serving(mut self) -> Self {
        self.wait_for(|out, err| address(out, err).map(drop));
        self
    }

    /// Where it serves: what `up` says on standard output, and `serve` logs.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The same as `host:port`.
    pub(crate) fn address(&self) -> String {
        address(&self.out(), &self.err()).unwrap()
    }

    /// Where the probes are, as it logs.
    pub(crate) fn admin_address(&self) -> String {
        after("admin=", &self.err()).unwrap()
    }

    /// Sends a signal, `TERM` or `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Asks it to stop; it must do so in good order.
    pub(crate) fn stop(self) -> Answer {
        self.signal("TERM");
        self.end().ends(0)
    }

    /// Waits until it ends by itself.
    pub(crate) fn end(self) -> Answer {
        self.end_within(PATIENCE)
    }

    /// The same, where that may take its time.
    pub(crate) fn end_within(mut self, patience: Duration) -> Answer {
        let until = Instant::now() + patience;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            let so_far = || format!("{}\n{}", self.out(), self.err());
            assert!(Instant::now() < until, "{} does not end\n{}", self.what, so_far());
            thread::sleep(PAUSE);
        };
        self.out.read_to_the_end();
        self.err.read_to_the_end();
        let (out, err) = (self.out(), self.err());
        Answer { what: self.what.clone(), code: status.code(), out, err }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either it has ended, or its test has failed and waits for nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address(out: &str, err: &str) -> Option<String> {
    after("listens on http://", out).or_else(|| after("serving address=", err))
}

/// The word after a mark, once its end is there.
fn after(mark: &str, text: &str) -> Option<String> {
    let (_, rest) = text.split_once(mark)?;
    let (word, _) = rest.split_once(char::is_whitespace)?;
    Some(word.to_owned())
}

/// What a stream has brought up to now. It is read to its end: a full pipe would stop the process.
struct Captured {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Captured {
    fn of(mut stream: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                kept.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    fn read_to_the_end(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }
}

/// What a command has said when it was done.
#[derive(Debug)]
pub(crate) struct Answer {
    what: String,
    code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    /// It must have ended with this code.
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}\n{}", self.what, self.out, self.err);
        self
    }

    /// It must have told that it could not do it.
    pub(crate) fn fails(self) -> Self {
        assert!(self.code.is_some_and(|code| code != 0), "{}\n{}", self.what, self.err);
        self
    }

    /// It must have said all this on standard error, however it set it out.
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for words in words {
            assert!(self.has_said(words), "{}: no {words:?} in\n{}", self.what, self.err);
        }
        self
    }

    /// Whether it has said these words in this order. Spaces, line ends and the colons after words
    /// are set-out; what stands inside of a word is not.
    pub(crate) fn has_said(&self, words: &str) -> bool {
        set_out(&self.err).contains(set_out(words).as_str())
    }

    /// Its standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", self.what, self.out))
    }
}

fn set_out(text: &str) -> String {
    text.split_whitespace().map(|word| word.trim_end_matches(':')).collect::<Vec<_>>().join(" ")
}

/// A file in the source tree.
pub(crate) fn source(path: &str) -> String {
    format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))
}

/// `devisa up` with its data in a folder.
pub(crate) fn up(folder: &std::path::Path) -> Process {
    let folder = folder.to_str().unwrap();
    devisa(["up", "--listen", "127.0.0.1:0", "--data-dir", folder]).start().serving()
}

/// The keys of a JSON object, sorted.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
