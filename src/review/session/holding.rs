//! Several reviewers in one queue: what is open elsewhere is stepped over, shown with a name, and not decided here.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{DEAD, Effect, Notice, RewriteId, Session, event::Hold, queue::Moved};

/// Who holds what.
#[derive(Debug, Default, Clone)]
pub(super) struct Holding {
    /// What others have open.
    others: BTreeMap<RewriteId, String>,
    /// What is open here, once it is sure.
    mine: Option<RewriteId>,
    /// Whether the cursor came to the rewrite that was asked for by itself, so that it may go on by itself.
    came: Option<RewriteId>,
    taking: bool,
}

impl Session {
    /// Who else has a rewrite open.
    pub fn holder(&self, id: RewriteId) -> Option<&str> {
        self.holding.others.get(&id).map(String::as_str)
    }

    /// The rewrite that is open here, so that nobody else is led to it.
    pub const fn holds(&self) -> Option<RewriteId> {
        self.holding.mine
    }

    /// Whether somebody else has a rewrite open; tells so.
    pub(super) fn is_held(&self, id: RewriteId, effects: &mut Vec<Effect>) -> bool {
        let holder = self.holder(id);
        effects.extend(holder.map(|who| Effect::Tell(Notice::HeldBy(who.to_owned()))));
        holder.is_some()
    }

    /// Asks for the rewrite under the cursor to be held, unless it is.
    pub(super) fn hold(&mut self, effects: &mut Vec<Effect>) {
        let Some(row) = self.queue.current() else { return };
        if row.waits() && self.holding.mine != Some(row.id) {
            effects.push(Effect::Hold(row.id, Hold::IfFree));
        }
    }

    /// Gives up what is held here.
    pub(super) fn let_go(&mut self, effects: &mut Vec<Effect>) {
        if self.holding.mine.take().is_some() {
            effects.push(Effect::Release);
        }
    }

    /// Asks for it whoever holds it.
    pub(super) fn take_over(&mut self, effects: &mut Vec<Effect>) {
        if let Some(row) = self.queue.current() {
            self.holding.taking = true;
            effects.push(Effect::Hold(row.id, Hold::TakeOver));
        }
    }

    /// Goes to the next rewrite that waits, is not in `busy`, and that nobody else has open.
    pub(super) fn go_on(&mut self, mut busy: BTreeSet<RewriteId>, effects: &mut Vec<Effect>) {
        busy.extend(self.holding.others.keys());
        match self.queue.advance(&busy) {
            Moved::Nowhere => effects.push(Effect::Tell(Notice::QueueDone)),
            Moved::On => {
                self.holding.came = self.queue.current().map(|row| row.id);
                self.hold(effects);
            }
        }
    }

    /// A rewrite is held here, or by somebody else.
    pub(super) fn held(
        &mut self,
        id: RewriteId,
        by: Option<String>,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) {
        let here = self.queue.current().is_some_and(|row| row.id == id);
        let came = self.holding.came.take_if(|came| *came == id).is_some();
        let taking = std::mem::take(&mut self.holding.taking);
        match by {
            None => {
                self.holding.others.remove(&id);
                self.holding.mine = Some(id);
                if taking {
                    effects.push(Effect::Tell(Notice::TookOver));
                }
            }
            Some(who) => {
                self.holding.mine = None;
                self.holding.others.insert(id, who.clone());
                if here && came {
                    // Two came to it at once: the one who was later goes on.
                    self.dead_until = now + DEAD;
                    let busy = self.outbox.deciding();
                    self.go_on(busy, effects);
                } else if here {
                    effects.push(Effect::Tell(Notice::HeldBy(who)));
                }
            }
        }
    }

    /// Learns what others have open now.
    pub(super) fn see_holders(
        &mut self,
        held: Vec<(RewriteId, String)>,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) {
        self.holding.others = held.into_iter().collect();
        if let Some(mine) = self.holding.mine
            && let Some(who) = self.holding.others.get(&mine)
        {
            effects.push(Effect::Tell(Notice::TakenBy(who.clone())));
            self.holding.mine = None;
            self.dead_until = now + DEAD;
        }
    }
}
