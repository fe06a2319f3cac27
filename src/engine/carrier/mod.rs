//! What becomes of one rewrite while this worker holds it: source, prompt, attempts, result.
//!
//! A task for each. It asks the machine before every request and tells it everything that matters; it owns its attempt:
//! whatever happens, an attempt that was opened is settled, also when the request is broken off.

mod again;
mod enclose;
mod prepare;
mod record;
mod share;

use std::sync::Arc;

use tokio::sync::mpsc;

use self::{
    prepare::{Material, Prepared},
    share::Used,
};
use super::{
    admission::{Outcome, Share, Want},
    machine::{After, Event, Held},
    measure,
    retry::{self, Chance, Next, Tries, Trouble},
    shared::{BatchContext, Shared},
    tokens,
};
use crate::{
    dice::Dice,
    domain::{AttemptId, AttemptOutcome, Document, Draw, Lane, ParcelId, Price, Tier},
    llm::{
        port::{self, CallError, Dimension, FailureClass, Paid, Reply, ReplyForm, Request},
        prompt, reply,
    },
    store::port::{Denied, Lease, NewAttempt, Settlement, StoreResult, Verdict},
};

pub(super) use enclose::{Enclosure, Fate};
pub(super) use prepare::fits;

/// What the machine orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Order {
    /// Send it with this output cap, there.
    Go(u64, Lane, Vec<Share>),
    /// It will never fit into the limits.
    Skip,
    /// Give it back.
    Release,
    /// Break it off.
    Cut,
}

/// One rewrite that is held.
pub(super) struct Carrier {
    shared: Arc<Shared>,
    context: Arc<BatchContext>,
    lease: Lease,
    orders: mpsc::Receiver<Order>,
    events: mpsc::Sender<Event>,
    tries: Tries,
    dice: Dice,
    /// What is added to the message after a reply that did not map.
    note: String,
    /// The output cap that was refused as too large.
    too_large: Option<u64>,
    /// What the model of the last request costs.
    price: Price,
    form: ReplyForm,
    /// What the request took of limits that other workers use as well.
    drawn: Vec<(Dimension, Draw)>,
    /// Where it was sent without drawing, because the limits are not known yet.
    undrawn: Option<Lane>,
}

/// What follows an order.
enum Step {
    /// The next order; the machine knows already.
    Wait,
    /// The next order, after the machine was told this.
    Again(After),
    /// Nothing: the rewrite leaves this worker.
    Over(After),
}

/// How far a request was when it was broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Unsent,
    Sent,
}

impl Carrier {
    pub(super) fn new(
        shared: Arc<Shared>,
        context: Arc<BatchContext>,
        lease: Lease,
        (orders, events): (mpsc::Receiver<Order>, mpsc::Sender<Event>),
    ) -> Self {
        let name = lease.rewrite.to_string();
        let place =
            name.bytes().fold(lease.fence, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let dice = Dice::new(shared.parts.settings.seed).fork(place);
        Self {
            price: context.spec.price,
            shared,
            context,
            lease,
            orders,
            events,
            tries: Tries::default(),
            dice,
            note: String::new(),
            too_large: None,
            form: ReplyForm::Marks,
            drawn: Vec::new(),
            undrawn: None,
        }
    }

    /// What is done differently with a rewrite that came back unusable in a parcel: this is its second try.
    async fn remember(&mut self) {
        if self.context.spec.options.tier != Tier::Economy || self.lease.attempts == 0 {
            return;
        }
        self.tries = Tries { content: 1, raised: 1, ..Tries::default() };
        match self.shared.parts.store.last_reason(self.lease.rewrite).await {
            Ok(reason) => self.note = prompt::note_of(reason.as_deref().unwrap_or_default()),
            Err(error) => {
                tracing::warn!(rewrite = %self.lease.rewrite, %error, "what was wrong is not known");
            }
        }
    }

    /// Carries the rewrite until it leaves this worker, and tells the machine.
    pub(super) async fn run(mut self) {
        let after = match self.prepare().await {
            Prepared::Ready(material) => self.follow(&material).await,
            Prepared::Ended(after) => after,
        };
        self.tell(Event::Settled(self.held(), after)).await;
    }

    async fn follow(&mut self, material: &Material) -> After {
        if let Some(after) = self.take_over(material).await {
            return after;
        }
        self.remember().await;
        let held = self.held();
        let raised = self.tries.raised;
        self.tell(Event::Prepared { held, want: Want { raised, ..material.want(&self.note) } }).await;
        loop {
            let step = match self.orders.recv().await {
                // Refused as too large before: never again unchanged.
                Some(Order::Go(cap, ..)) if self.too_large.is_some_and(|refused| cap >= refused) => {
                    Step::Over(self.skip_too_long().await)
                }
                Some(Order::Go(cap, lane, shares)) => match self.draw(&lane, &shares).await {
                    None => self.attempt(material, cap, lane).await,
                    Some(wait) => {
                        self.tell(Event::HeldBack(held, wait)).await;
                        Step::Wait
                    }
                },
                Some(Order::Skip) => Step::Over(self.skip_too_long().await),
                Some(Order::Release | Order::Cut) | None => Step::Over(self.release().await),
            };
            match step {
                Step::Wait => {}
                Step::Again(after) => self.tell(Event::Settled(held, after)).await,
                Step::Over(after) => return after,
            }
        }
    }

    async fn attempt(&mut self, material: &Material, cap: u64, lane: Lane) -> Step {
        self.price = self.context.spec.price_of(&lane.model);
        let request = material.request(lane, (self.form, &self.note), cap);
        let opened = self.open(material, &request, None).await;
        if !matches!(opened, Ok(Ok(_))) {
            self.give_back(Used::Nothing).await;
        }
        let attempt = match opened {
            Ok(Ok(attempt)) => attempt,
            Ok(Err(denied @ (Denied::BatchBudget | Denied::MonthBudget))) => {
                self.tell(Event::Denied(self.held(), denied)).await;
                return Step::Wait;
            }
            Ok(Err(Denied::NotRunning)) => return Step::Over(self.release().await),
            Ok(Err(Denied::LeaseLost)) => return Step::Over(After::Gone),
            Err(error) => {
                tracing::warn!(rewrite = %self.lease.rewrite, %error, "an attempt could not be recorded");
                return Step::Over(self.release().await);
            }
        };
        let answer = self.send(&request).await;
        self.give_back(Used::of(&answer)).await;
        match answer {
            Ok(Ok(reply)) => self.answered(material, attempt, reply).await,
            Ok(Err(error)) => {
                if matches!(error.class, FailureClass::TooLarge(_)) {
                    self.too_large = Some(cap);
                }
                self.failed(attempt, &error).await
            }
            Err(way) => Step::Over(self.cut(attempt, way).await),
        }
    }

    /// Records the attempt with the worst case of its cost, before anything is sent.
    async fn open(
        &self,
        material: &Material,
        request: &Request,
        parcel: Option<(ParcelId, u64)>,
    ) -> StoreResult<Result<AttemptId, Denied>> {
        let prompt = tokens::worst_case(request.system.len() + request.user.len());
        let attempt = NewAttempt {
            rewrite: self.lease.rewrite,
            fence: self.lease.fence,
            reserve: self.price.cost(prompt, 0, request.max_completion),
            prompt_hash: material.hash(request, &self.shared.parts.settings.parameters),
            before: material.source.clone(),
            parcel,
        };
        self.shared.parts.store.open_attempt(&attempt).await
    }

    /// Sends the request. An order to break it off drops it at once, and `Err` tells how far it was.
    async fn send(&mut self, request: &Request) -> Result<Result<Reply, CallError>, Way> {
        let (held, shared, events) = (self.held(), &self.shared, &self.events);
        let rewrite = held.rewrite;
        let tape = shared.live.begin(rewrite);
        let mut way = Way::Unsent;
        let call = async {
            way = Way::Sent;
            drop(events.send(Event::Sent(held)).await);
            let mut on = |event: port::Event<'_>| match event {
                // Full only if the machine is far behind: then the end of the answer opens the gate.
                port::Event::Head(limits) => drop(events.try_send(Event::Head(held, limits))),
                port::Event::Text(text) => shared.live.push(rewrite, &tape, text),
            };
            shared.parts.rewriter.send(request, &mut on).await
        };
        let answer = tokio::select! {
            biased;
            () = broken_off(&mut self.orders) => None,
            answer = call => Some(answer),
        };
        shared.live.end(rewrite, &tape);
        answer.ok_or(way)
    }

    async fn answered(&mut self, material: &Material, attempt: AttemptId, reply: Reply) -> Step {
        let (held, chance) = (self.held(), self.chance());
        self.tell(Event::Ended { held, outcome: Outcome::Done(reply.usage), trouble: None, chance }).await;
        if reply.unmarked_end {
            tracing::info!(rewrite = %held.rewrite, "the end mark of the stream was missing; the reply is complete all the same");
        }
        let settlement = |outcome, reason| Settlement {
            attempt,
            outcome,
            cost: self.cost(reply.usage),
            usage: Some(reply.usage),
            request_id: reply.request_id.clone(),
            reason,
        };
        match self.read(&material.source, &reply) {
            Ok(after) => {
                let verdict = ready(&material.source, after).await;
                let settlement = settlement(AttemptOutcome::Done, None);
                Step::Over(self.record(settlement, &verdict, After::Over).await)
            }
            Err((trouble, problem)) => {
                let detail = sentence(trouble, problem.as_ref());
                let settlement = settlement(AttemptOutcome::Unusable, Some(detail.clone()));
                self.correct(problem.as_ref());
                let next = retry::after_reply(&mut self.tries, trouble, &detail, chance);
                self.next(next, settlement, Some(reply.text)).await
            }
        }
    }

    async fn failed(&mut self, attempt: AttemptId, error: &CallError) -> Step {
        let (held, chance) = (self.held(), self.chance());
        let (outcome, trouble) = outcome(error);
        self.tell(Event::Ended { held, outcome, trouble, chance }).await;
        self.choose_form(error);
        let settlement = self.unanswered(attempt, error);
        let next = retry::after_error(&mut self.tries, error, chance);
        self.next(next, settlement, None).await
    }

    async fn next(&self, next: Next, settlement: Settlement, raw_reply: Option<String>) -> Step {
        match next {
            Next::Again(wait) => {
                let again = After::Again { wait, raised: self.tries.raised };
                match self.record(settlement, &Verdict::TryAgain, again).await {
                    again @ After::Again { .. } => Step::Again(again),
                    after @ (After::Over | After::Gone | After::StopBatch(_)) => Step::Over(after),
                }
            }
            Next::Fail(failure) => {
                tracing::info!(rewrite = %self.lease.rewrite, reason = ?failure.reason, "a rewrite failed");
                let verdict = Verdict::Failed { failure, raw_reply };
                Step::Over(self.record(settlement, &verdict, After::Over).await)
            }
            Next::StopBatch(what) => {
                let requeue = Verdict::Requeue { not_before: self.shared.parts.clock.now() };
                Step::Over(self.record(settlement, &requeue, After::StopBatch(what)).await)
            }
        }
    }

    /// Maps a reply back to the sections, or says what is wrong with it.
    fn read(&self, source: &Document, reply: &Reply) -> Result<Document, (Trouble, Option<reply::Unmapped>)> {
        if let Some(trouble) = Trouble::of(reply.finish, &reply.text) {
            return Err((trouble, None));
        }
        let sent = prompt::Material {
            posting: None,
            instructions: "",
            source,
            context: &self.shared.parts.settings.context,
            counted: &[],
        };
        let unmapped = |problem| (Trouble::Unmapped, Some(problem));
        let read = match self.form {
            ReplyForm::Marks => reply::read(&reply.text, &sent),
            ReplyForm::Object => reply::read_object(&reply.text, &sent),
        };
        let after = read.map_err(unmapped)?;
        match self.shared.parts.source.misfit(source, &after) {
            None => Ok(after),
            Some(why) => Err(unmapped(reply::Unmapped::Misfit(why))),
        }
    }

    fn held(&self) -> Held {
        Held::from(&self.lease)
    }

    fn chance(&mut self) -> Chance {
        let throw = f64::from(u32::try_from(self.dice.below(1 << 24)).unwrap_or(0)) / f64::from(1 << 24);
        Chance { throw, base: self.shared.parts.settings.backoff }
    }
}

/// Waits for the order to break off.
async fn broken_off(orders: &mut mpsc::Receiver<Order>) {
    loop {
        match orders.recv().await {
            Some(Order::Cut | Order::Release) | None => return,
            Some(Order::Go(..) | Order::Skip) => {}
        }
    }
}

/// The verdict for a reply that maps. Comparing takes the processor, so it is done beside the streams.
async fn ready(source: &Document, after: Document) -> Verdict {
    let (before, text) = (source.clone(), after.clone());
    let percent = tokio::task::spawn_blocking(move || measure::changed_percent(&before, &text)).await;
    Verdict::Ready { after, changed_percent: percent.unwrap_or(100), findings: Vec::new() }
}

fn sentence(trouble: Trouble, problem: Option<&reply::Unmapped>) -> String {
    match (trouble, problem) {
        (Trouble::Unmapped, Some(problem)) => format!("The reply does not map back: {problem}"),
        (Trouble::Unmapped, None) => "The reply does not map back.".to_owned(),
        (Trouble::Cut, _) => "The reply was cut off at its length cap.".to_owned(),
        (Trouble::Empty, _) => "The reply was empty.".to_owned(),
        (Trouble::Filtered, _) => "The provider's content filter cut the reply.".to_owned(),
    }
}

/// What an error means for the gate, and whether it is trouble that a person should read about.
fn outcome(error: &CallError) -> (Outcome, Option<String>) {
    let told = Some(error.message.clone());
    match &error.class {
        FailureClass::Limited(limited) => (Outcome::Limited(*limited), None),
        FailureClass::TooLarge(limited) => (Outcome::TooLarge(*limited), None),
        FailureClass::StopBatch(_) => (Outcome::Stopped, told),
        FailureClass::NoCapacity => (Outcome::NoCapacity, told),
        FailureClass::Transient | FailureClass::Timeout => {
            let unreached = error.status.is_none() && error.paid == Paid::No;
            (if unreached { Outcome::Unreached } else { Outcome::Trouble }, told)
        }
        FailureClass::TooLong | FailureClass::BadOutput | FailureClass::Refused => (Outcome::Lost, None),
    }
}
