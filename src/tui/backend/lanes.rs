//! Runs requests in their slots.

use std::{
    collections::{HashMap, VecDeque},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinHandle},
    time::timeout,
};

use super::{Answer, Ask, Following, Office, Reply, Request, Slot};
use crate::error::Error;

/// How many answers may wait for the screen. A task that finds no room waits; nothing else waits for it.
const REPLIES: usize = 256;
/// How many requests may wait in [`Slot::InOrder`]. One more is refused.
const IN_ORDER: usize = 1_024;

/// Where a request sends answers before its last one.
pub struct More {
    question: Request,
    from: Option<Ticket>,
    replies: mpsc::Sender<Delivery>,
}

impl More {
    /// Sends an answer; the screen gets it at once. Waits while the screen is behind.
    pub async fn send(&self, answer: Answer) {
        let reply = Reply { question: self.question.clone(), answer: Ok(answer), more: Following::More };
        // A closed channel means that the application is leaving: nobody wants the answer.
        self.replies.send(Delivery { from: self.from, reply }).await.ok();
    }
}

/// Which task of which slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ticket {
    slot: &'static str,
    number: u64,
}

struct Delivery {
    from: Option<Ticket>,
    reply: Reply,
}

struct Running {
    number: u64,
    task: AbortHandle,
    waiting: Option<Request>,
}

/// Runs requests and collects their answers. It belongs to the shell, which asks it for the next reply.
pub struct Backend {
    office: Arc<dyn Office>,
    replies: (mpsc::Sender<Delivery>, mpsc::Receiver<Delivery>),
    slots: HashMap<&'static str, Running>,
    number: u64,
    in_order: Option<mpsc::Sender<Request>>,
    writer: JoinHandle<()>,
    unanswered: usize,
    refused: VecDeque<Reply>,
}

impl Backend {
    /// Starts without work. Needs a tokio runtime around it.
    pub fn new(office: Arc<dyn Office>) -> Self {
        let replies = mpsc::channel(REPLIES);
        let (in_order, requests) = mpsc::channel(IN_ORDER);
        let writer = tokio::spawn(one_by_one(office.clone(), requests, replies.0.clone()));
        Self {
            office,
            replies,
            slots: HashMap::new(),
            number: 0,
            in_order: Some(in_order),
            writer,
            unanswered: 0,
            refused: VecDeque::new(),
        }
    }

    /// Takes a request.
    pub fn ask(&mut self, ask: Ask) {
        match ask.slot {
            Slot::InOrder => self.ask_in_order(ask.request),
            Slot::Newest(slot) => match self.slots.get_mut(slot) {
                Some(running) => running.waiting = Some(ask.request),
                None => self.start(slot, ask.request),
            },
            Slot::Only(slot) => {
                self.forget(slot);
                self.start(slot, ask.request);
            }
        }
    }

    /// Drops what runs and waits in a slot. What is in order cannot be dropped.
    pub fn forget(&mut self, slot: &'static str) {
        if let Some(running) = self.slots.remove(slot) {
            running.task.abort();
        }
    }

    /// The next answer. May be dropped and called again without losing one; pends for ever without work.
    pub async fn next(&mut self) -> Reply {
        loop {
            if let Some(reply) = self.refused.pop_front() {
                return reply;
            }
            let Some(delivery) = self.replies.1.recv().await else {
                // Cannot happen: this very struct holds a sender.
                return std::future::pending().await;
            };
            if let Some(reply) = self.accept(delivery) {
                return reply;
            }
        }
    }

    /// An answer that is there already.
    pub fn next_now(&mut self) -> Option<Reply> {
        loop {
            if let Some(reply) = self.refused.pop_front() {
                return Some(reply);
            }
            let delivery = self.replies.1.try_recv().ok()?;
            if let Some(reply) = self.accept(delivery) {
                return Some(reply);
            }
        }
    }

    /// Whether something is being done.
    pub fn is_busy(&self) -> bool {
        self.unanswered > 0 || !self.slots.is_empty() || !self.refused.is_empty()
    }

    /// How many requests in order are not answered yet.
    pub const fn unanswered(&self) -> usize {
        self.unanswered
    }

    /// Takes no more requests, drops what only shows something, and waits up to `limit` for what is in order.
    /// Returns how many were left undone.
    pub async fn finish(mut self, limit: Duration) -> usize {
        for running in self.slots.values() {
            running.task.abort();
        }
        self.in_order = None;
        let unanswered = &mut self.unanswered;
        let replies = &mut self.replies.1;
        let rest = async {
            while *unanswered > 0 {
                let Some(delivery) = replies.recv().await else { break };
                *unanswered -= usize::from(is_last_in_order(&delivery));
            }
        };
        if timeout(limit, rest).await.is_err() {
            self.writer.abort();
        }
        self.unanswered
    }

    fn ask_in_order(&mut self, request: Request) {
        let sent = self.in_order.as_ref().is_some_and(|in_order| in_order.try_send(request.clone()).is_ok());
        if sent {
            self.unanswered += 1;
            return;
        }
        let error = Error::user("Too much is waiting to be done; this was not taken up.")
            .hint("Wait until the earlier actions are done, then try again.");
        self.refused.push_back(Reply { question: request, answer: Err(error.into()), more: Following::Done });
    }

    fn start(&mut self, slot: &'static str, request: Request) {
        self.number += 1;
        let ticket = Ticket { slot, number: self.number };
        let (office, replies) = (self.office.clone(), self.replies.0.clone());
        let task = tokio::spawn(async move {
            let reply = reply(&*office, request, Some(ticket), &replies).await;
            replies.send(Delivery { from: Some(ticket), reply }).await.ok();
        });
        self.slots.insert(slot, Running { number: self.number, task: task.abort_handle(), waiting: None });
    }

    /// Books a delivery; `None` if its slot has forgotten it.
    fn accept(&mut self, delivery: Delivery) -> Option<Reply> {
        self.unanswered -= usize::from(is_last_in_order(&delivery));
        if let Some(ticket) = delivery.from {
            let running =
                self.slots.get_mut(ticket.slot).filter(|running| running.number == ticket.number)?;
            if delivery.reply.more == Following::Done {
                let waiting = running.waiting.take();
                self.slots.remove(ticket.slot);
                if let Some(request) = waiting {
                    self.start(ticket.slot, request);
                }
            }
        }
        Some(delivery.reply)
    }
}

fn is_last_in_order(delivery: &Delivery) -> bool {
    delivery.from.is_none() && delivery.reply.more == Following::Done
}

async fn one_by_one(
    office: Arc<dyn Office>,
    mut requests: mpsc::Receiver<Request>,
    replies: mpsc::Sender<Delivery>,
) {
    while let Some(request) = requests.recv().await {
        let reply = reply(&*office, request, None, &replies).await;
        if replies.send(Delivery { from: None, reply }).await.is_err() {
            return;
        }
    }
}

/// Answers one request; a panic in it becomes a failure, so that no question stays without an answer.
async fn reply(
    office: &dyn Office,
    request: Request,
    from: Option<Ticket>,
    replies: &mpsc::Sender<Delivery>,
) -> Reply {
    let more = More { question: request.clone(), from, replies: replies.clone() };
    let answer = caught(office.answer(request, &more)).await;
    Reply { question: more.question, answer: answer.map_err(Into::into), more: Following::Done }
}

async fn caught<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Error::internal("The work stopped in the middle.")))
}
