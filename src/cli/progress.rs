//! How far a long command is: a bar on a terminal, a line now and then elsewhere, nothing beside JSON.

use std::{sync::Mutex, sync::PoisonError, time::Duration};

use tokio::time::Instant;

use super::output::{Form, Live, Output};

/// A bar is drawn anew at most so often.
const BAR_EVERY: Duration = Duration::from_millis(100);
/// A plain line is written at most so often.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// The cells of the bar.
const CELLS: u64 = 24;

/// The progress of one command.
pub struct Progress<'a> {
    output: &'a Output,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    told_at: Option<Instant>,
    drawn: bool,
}

impl<'a> Progress<'a> {
    /// Progress that is told beside the results of `output`.
    pub fn new(output: &'a Output) -> Self {
        Self { output, state: Mutex::default() }
    }

    /// So many are done of so many; `detail` is told behind that.
    pub fn set(&self, done: u64, total: u64, detail: &str) {
        if self.output.form() == Form::Json && self.output.live() == Live::Plain {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let every = match self.output.live() {
            Live::Terminal => BAR_EVERY,
            Live::Plain => LINE_EVERY,
        };
        let now = Instant::now();
        if state.told_at.is_some_and(|told| now.duration_since(told) < every) && done < total {
            return;
        }
        state.told_at = Some(now);
        match self.output.live() {
            Live::Terminal => {
                state.drawn = true;
                self.output.note_raw(&format!("\r{}\u{1b}[K", bar(done, total, detail)));
            }
            Live::Plain => self.output.note(format_args!("{done}/{total}{}{detail}", gap(detail))),
        }
    }

    /// Takes the bar away, so that a line can be written.
    pub fn clear(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut state.drawn) {
            self.output.note_raw("\r\u{1b}[K");
        }
        state.told_at = None;
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

fn gap(detail: &str) -> &'static str {
    if detail.is_empty() { "" } else { "  " }
}

fn bar(done: u64, total: u64, detail: &str) -> String {
    let full = (done.min(total) * CELLS).checked_div(total).unwrap_or(CELLS);
    let filled = "#".repeat(usize::try_from(full).unwrap_or_default());
    let empty = ".".repeat(usize::try_from(CELLS - full).unwrap_or_default());
    format!("[{filled}{empty}] {done}/{total}{}{detail}", gap(detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_with_what_is_done() {
        assert_eq!(bar(0, 4, ""), "[........................] 0/4");
        assert_eq!(bar(1, 4, "2/s"), "[######..................] 1/4  2/s");
        assert_eq!(bar(4, 4, ""), "[########################] 4/4");
        assert_eq!(bar(0, 0, ""), "[########################] 0/0");
    }
}
