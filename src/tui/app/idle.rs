//! The end of a session in which nobody presses a key: on a shared host a screen with a résumé does not stay open.
//!
//! Only input counts: a batch that draws its progress keeps nobody logged in.

use std::time::Duration;

use tokio::time::Instant;

use super::{App, Order};
use crate::tui::widgets::Toast;

/// So long before the end it is announced.
const NOTICE: Duration = Duration::from_mins(1);

/// When a key was last pressed, and whether the end was announced since.
#[derive(Debug, Default)]
pub(super) struct Idle {
    since: Option<Instant>,
    announced: bool,
    ended: bool,
}

impl Idle {
    pub(super) const fn touched(&mut self, now: Instant) {
        self.since = Some(now);
        self.announced = false;
    }

    /// When something is to be done next.
    pub(super) fn next(&self, limit: Option<Duration>) -> Option<Instant> {
        let (since, limit) = (self.since?, limit?);
        let at = if self.announced { limit } else { limit.saturating_sub(NOTICE) };
        (!self.ended).then(|| since + at)
    }
}

impl App {
    /// Announces the end, or ends.
    pub(super) fn idle_due(&mut self) {
        let Some(limit) = self.context.idle else { return };
        let now = self.context.instant;
        let since = *self.idle.since.get_or_insert(now);
        if self.idle.ended || now < since + limit.saturating_sub(NOTICE) {
            return;
        }
        if now >= since + limit {
            self.idle.ended = true;
            self.orders.push(Order::Quit);
        } else if !self.idle.announced {
            self.idle.announced = true;
            self.show(
                Toast::caution("No key was pressed for a while: redraft ends in a minute.")
                    .hint("Any key keeps it open; what is being edited is kept as a note."),
            );
        }
    }

    /// Whether it ends because nobody pressed a key.
    pub const fn timed_out(&self) -> bool {
        self.idle.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::{Stage, context};

    fn stage(idle: Option<Duration>) -> Stage {
        let mut context = context(80, 24);
        context.idle = idle;
        Stage::of(context)
    }

    #[test]
    fn an_untouched_screen_announces_its_end_and_ends() {
        let mut stage = stage(Some(Duration::from_mins(15)));
        stage.pass(Duration::from_secs(839));
        assert!(!stage.shot().contains("ends in a minute"));
        stage.pass(Duration::from_secs(2));
        assert!(stage.shot().contains("redraft ends in a minute"), "{}", stage.shot());
        stage.key("j").pass(Duration::from_mins(10));
        assert!(!stage.orders().contains(&Order::Quit), "a key keeps it open");
        stage.pass(Duration::from_secs(301));
        assert!(stage.orders().contains(&Order::Quit));
        assert!(stage.app().timed_out());
    }

    #[test]
    fn where_nothing_is_set_it_waits_for_ever() {
        let mut stage = stage(None);
        stage.pass(Duration::from_secs(1_000_000));
        assert!(!stage.orders().contains(&Order::Quit));
        assert_eq!(stage.app().next_wake(), None);
    }
}
