//! How a command ends.
//!
//! Invariant: every exit code of the binary, save 2 for a usage that clap refuses, is one of
//! [`Exit`].

use std::process::ExitCode;

use crate::output::{self, Tone};

/// What a command's exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Fine = 0,
    /// The answer is no: a figure is inconsistent, or pairs are infeasible.
    No = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The server refused, the input file is wrong, or a folder holds what is not to be overwritten.
    Refused = 3,
    /// The configuration is wrong.
    Configuration = 64,
    /// The server does not answer.
    Unreachable = 69,
    /// A fault of Devisa's own.
    Internal = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What to tell; nothing is told when it is empty.
    pub(crate) message: String,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// The command line is wrong in a way that clap cannot see.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The server refused, the input file is wrong, or a folder holds what is not to be overwritten.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// The configuration is wrong.
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(Exit::Configuration, message)
    }

    /// The server does not answer.
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, message)
    }

    /// A fault of Devisa's own.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(Exit::Internal, message)
    }

    /// Nobody reads the output any more, as in `devisa list villages | head`; not worth a word.
    pub(crate) fn reader_gone() -> Self {
        Self::new(Exit::Fine, "")
    }

    /// The same failure, with what came before it.
    #[must_use]
    pub(crate) fn after(mut self, context: &str) -> Self {
        self.message = format!("{context}\n{}", self.message);
        self
    }

    /// Tells it on standard error.
    pub(crate) fn report(&self) -> Exit {
        if !self.message.is_empty() {
            output::tell(Tone::Bad, self.kind(), &self.message);
        }
        self.exit
    }

    /// What kind of failure it is, in a word.
    fn kind(&self) -> &'static str {
        match self.exit {
            Exit::Refused => "refused",
            Exit::Configuration => "configuration",
            Exit::Unreachable => "unreachable",
            Exit::Internal => "internal",
            Exit::Fine | Exit::No | Exit::Usage => "error",
        }
    }
}
