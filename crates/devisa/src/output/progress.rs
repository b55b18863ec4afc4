//! How far something is that takes its time.
//!
//! Invariant: it is seen only on a terminal, on standard error, and only once it has taken a
//! second; it leaves nothing behind.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// What is quicker than this is not worth a line.
const QUICK: Duration = Duration::from_secs(1);
const COUNTED: &str = "{msg}  {pos}/{len}  [{bar:30}]  {rate}, {eta} left";
const UNCOUNTED: &str = "{msg}  {pos}  {rate}";

/// The progress of one thing; it disappears when dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    shown: AtomicBool,
}

impl Progress {
    /// Begins; without a total, only number and rate are shown.
    pub(crate) fn begin(what: &'static str, total: Option<usize>) -> Self {
        let total = total.map(|total| u64::try_from(total).unwrap_or(u64::MAX));
        let template = if total.is_some() { COUNTED } else { UNCOUNTED };
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        // A template that does not parse leaves the library's own.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> ").with_key("rate", rate));
        }
        bar.set_message(what);
        Self { bar, begun: Instant::now(), shown: AtomicBool::new(false) }
    }

    /// So many more are done.
    pub(crate) fn add(&self, done: usize) {
        self.bar.inc(u64::try_from(done).unwrap_or_default());
        if self.begun.elapsed() >= QUICK && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Progress {
    /// Prints something without a trace of the progress between its lines.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

/// How many in a second, whole.
fn rate(state: &ProgressState, out: &mut dyn fmt::Write) {
    // A writer that refuses a text leaves its place empty.
    let _ = write!(out, "{:.0}/s", state.per_sec());
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_parse() {
        for template in [COUNTED, UNCOUNTED] {
            ProgressStyle::with_template(template).unwrap();
        }
    }

    #[test]
    fn what_is_quick_is_not_shown() {
        let progress = Progress::begin("loading", Some(3));
        progress.add(2);
        assert_eq!(progress.bar.position(), 2);
        assert!(!progress.shown.load(Ordering::Relaxed));
    }

    #[test]
    fn what_takes_a_second_is() {
        let mut progress = Progress::begin("loading", Some(3));
        progress.begun = Instant::now().checked_sub(QUICK).unwrap();
        progress.add(1);
        assert!(progress.shown.load(Ordering::Relaxed));
    }
}
