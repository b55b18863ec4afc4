//! YAML as a tree that keeps every scalar's text and every node's place.
//!
//! Purpose: input files whose mistakes are told with file, line and column, and whose numbers keep
//! their digits. Invariant: no scalar is ever turned into a number or a boolean here, a key stands
//! once in its mapping, and what a reader could overlook (anchors, aliases, tags, a second
//! document) is refused. It must never know what the keys mean.

mod parse;

use std::{fmt, sync::Arc};

pub(crate) use self::parse::parse;
use crate::exit::Failure;

/// A place in an input file; lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    file: Arc<str>,
    line: usize,
    column: usize,
}

/// Writes `examples/data.yaml:12:5`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// What is wrong with an input file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where.
    pub(crate) place: Place,
    /// What.
    pub(crate) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Gathers problems, so that all of them are told at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Records a problem.
    pub(crate) fn add(&mut self, place: &Place, message: impl Into<String>) {
        self.0.push(Problem { place: place.clone(), message: message.into() });
    }

    /// Keeps a value, or records the problem with it.
    pub(crate) fn keep<T>(&mut self, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.0.push(problem)).ok()
    }

    /// Keeps a value, or records why what stands at the place is none.
    pub(crate) fn keep_at<T>(&mut self, place: &Place, read: Result<T, String>) -> Option<T> {
        read.map_err(|message| self.add(place, message)).ok()
    }

    /// The problems' lines.
    #[cfg(test)]
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Nothing, or the failure that tells every problem.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        let (count, noun) = (lines.len(), if lines.len() == 1 { "mistake" } else { "mistakes" });
        Err(Failure::refused(format!("{count} {noun} in the input\n{}", lines.join("\n"))))
    }
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// Where it starts.
    pub(crate) place: Place,
    /// What it is.
    pub(crate) content: Content,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A scalar.
    Scalar {
        /// Its text, after escapes.
        text: String,
        /// Whether it stands without quotes.
        plain: bool,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping.
    Map(Vec<Entry>),
}

/// A key and its value in a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) place: Place,
    /// The value.
    pub(crate) value: Node,
}

impl Node {
    /// What the node is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.content {
            _ if self.is_null() => "nothing",
            Content::Scalar { .. } => "a single value",
            Content::List(_) => "a list",
            Content::Map(_) => "a mapping",
        }
    }

    /// Whether nothing stands there: `key:`, `~` or `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// A problem at this node.
    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem { place: self.place.clone(), message: message.into() }
    }

    fn expected(&self, what: &str) -> Problem {
        self.problem(format!("expected {what}, found {}", self.kind()))
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Result<&str, Problem> {
        match &self.content {
            Content::Scalar { text, .. } if !self.is_null() => Ok(text),
            _ => Err(self.expected("a single value")),
        }
    }

    /// `true` or `false`, without quotes.
    pub(crate) fn boolean(&self) -> Result<bool, Problem> {
        match &self.content {
            Content::Scalar { text, plain: true } if text == "true" => Ok(true),
            Content::Scalar { text, plain: true } if text == "false" => Ok(false),
            _ => Err(self.expected("true or false")),
        }
    }

    /// The items of a list.
    pub(crate) fn list(&self) -> Result<&[Self], Problem> {
        match &self.content {
            Content::List(items) => Ok(items),
            _ => Err(self.expected("a list")),
        }
    }

    /// The entries of a mapping.
    pub(crate) fn map(&self) -> Result<&[Entry], Problem> {
        match &self.content {
            Content::Map(entries) => Ok(entries),
            _ => Err(self.expected("a mapping")),
        }
    }

    /// The value of a key, when this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Content::Map(entries) = &self.content else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The node nearest to a path such as `lines[2].value`.
    pub(crate) fn nearest(&self, path: &str) -> &Self {
        let mut node = self;
        for step in path.split(['.', '[']).map(|step| step.trim_end_matches(']')) {
            let next = match &node.content {
                Content::List(items) => step.parse().ok().and_then(|i: usize| items.get(i)),
                _ => node.get(step),
            };
            let Some(next) = next else { break };
            node = next;
        }
        node
    }
}
