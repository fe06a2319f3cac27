//! A process that dies before a chosen operation, and a person who acts at another.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use redraft::{
    domain::CandidateId,
    probe::{self, Moment, Op, Probe, Side},
    store::port::IntentKind,
};
use tokio::sync::Notify;

use super::platform::Platform;

/// What a person does with the candidate meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Writes something else.
    Edit,
    /// Writes one of the two sections as the approved text has it.
    Half,
    /// Writes exactly what redraft would write.
    Same,
    /// Puts back exactly what was there before.
    Back,
    /// Removes the candidate.
    Delete,
}

impl Deed {
    pub const ALL: [Self; 5] = [Self::Edit, Self::Half, Self::Same, Self::Back, Self::Delete];

    /// `?1` is the candidate. What is the same and what is back depends on what is carried out.
    pub const fn sql(self, kind: IntentKind) -> &'static str {
        const AFTER: &str = "UPDATE people SET summary = 'Cooks for 200 guests.', skills = 'knives, grill', who = 'person' WHERE id = ?1";
        const BEFORE: &str =
            "UPDATE people SET summary = 'Cooks.', skills = 'knives', who = 'person' WHERE id = ?1";
        match (self, kind) {
            (Self::Edit, _) => "UPDATE people SET skills = 'pastry', who = 'person' WHERE id = ?1",
            (Self::Half, IntentKind::Write) => {
                "UPDATE people SET summary = 'Cooks for 200 guests.', who = 'person' WHERE id = ?1"
            }
            (Self::Half, IntentKind::Revert) => {
                "UPDATE people SET summary = 'Cooks.', who = 'person' WHERE id = ?1"
            }
            (Self::Same, IntentKind::Write) | (Self::Back, IntentKind::Revert) => AFTER,
            (Self::Back, IntentKind::Write) | (Self::Same, IntentKind::Revert) => BEFORE,
            (Self::Delete, _) => "DELETE FROM people WHERE id = ?1",
        }
    }
}

/// A person's statement, and before which operation on the candidate database it is made. A person who finds the row
/// held comes back at each later operation, and is the first when the process is over.
#[derive(Clone)]
pub struct Meanwhile {
    pub at: usize,
    pub sql: &'static str,
    pub platform: Platform,
    pub candidate: CandidateId,
}

/// One process.
pub struct Stage {
    /// The operation, counted from 0, that it does not live to see.
    dies_before: Option<usize>,
    meanwhile: Option<Meanwhile>,
    acted: AtomicBool,
    seen: Mutex<Vec<Op>>,
    died: Notify,
}

#[async_trait]
impl Probe for Stage {
    async fn pass(&self, op: Op, moment: Moment) {
        let (number, candidates) = {
            let mut seen = self.seen.lock().unwrap();
            if moment == Moment::Before {
                seen.push(op);
            }
            (seen.len() - 1, seen.iter().filter(|op| op.side == Side::Candidates).count())
        };
        if moment == Moment::After {
            return;
        }
        let due = |deed: &&Meanwhile| op.side == Side::Candidates && candidates > deed.at;
        if let Some(deed) = self.meanwhile.as_ref().filter(due)
            && !self.acted.load(Ordering::Relaxed)
        {
            let acted = deed.platform.try_act(deed.sql, &deed.candidate).await;
            self.acted.store(acted, Ordering::Relaxed);
        }
        if self.dies_before == Some(number) {
            self.died.notify_one();
            // Whoever waits for this is dropped.
            pending::<()>().await;
        }
    }
}

impl Stage {
    pub fn new(dies_before: Option<usize>, meanwhile: Option<Meanwhile>) -> Arc<Self> {
        Arc::new(Self {
            dies_before,
            meanwhile,
            acted: AtomicBool::default(),
            seen: Mutex::default(),
            died: Notify::new(),
        })
    }

    /// Lets the process work until it is done (`Some`) or dies, and the person come to an end.
    pub async fn run<T>(self: &Arc<Self>, work: impl Future<Output = T>) -> Option<T> {
        let ended = {
            let work = probe::under(Arc::clone(self) as Arc<dyn Probe>, work);
            tokio::pin!(work);
            tokio::select! {
                done = &mut work => Some(done),
                () = self.died.notified() => None,
            }
        };
        if let Some(deed) = self.meanwhile.as_ref().filter(|_| !self.acted.load(Ordering::Relaxed)) {
            deed.platform.act(deed.sql, &deed.candidate).await;
        }
        ended
    }

    /// The operations so far.
    pub fn seen(&self) -> Vec<Op> {
        self.seen.lock().unwrap().clone()
    }
}
