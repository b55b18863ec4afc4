//! The binary under test: started on a port of its own choice, and stopped as an operator does.

use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

/// A running `devisa up` with its data in a folder. It is killed when it is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    process: Child,
}

impl Server {
    /// Starts it, and waits until it says where it listens. `listen` may name the port to take.
    pub(crate) fn start(folder: &Path, listen: &str) -> Self {
        let mut command = Command::new(binary());
        // Settings of the developer's own shell are none of this server's.
        for (name, _) in env::vars().filter(|(name, _)| name.starts_with("DEVISA_")) {
            command.env_remove(name);
        }
        command.args(["up", "--listen", listen, "--data-dir"]).arg(folder);
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut lines =
            BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let said = lines.find_map(|line| {
            let (_, after) = line.split_once("http://")?;
            Some(format!("http://{}", after.split_whitespace().next()?))
        });
        // Read to the end: a full pipe would stop the server.
        thread::spawn(move || lines.for_each(drop));
        Self { url: said.expect("it says where it listens"), process }
    }

    /// Asks it to stop, and waits; it must go in good order.
    pub(crate) fn stop(&mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        assert!(self.process.wait().unwrap().success(), "it went in disorder");
    }

    /// Ends it as a power failure would.
    pub(crate) fn crash(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `DEVISA_BINARY`, else what `cargo build` makes: it stands beside the folder of the tests.
fn binary() -> PathBuf {
    let built = || Some(env::current_exe().ok()?.parent()?.parent()?.join("devisa"));
    let binary = env::var_os("DEVISA_BINARY").map(PathBuf::from).or_else(built).unwrap();
    assert!(binary.is_file(), "no {}: build it or name it by DEVISA_BINARY", binary.display());
    binary
}
