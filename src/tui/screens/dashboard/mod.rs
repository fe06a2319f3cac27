//! The Dashboard: what needs the person at the keyboard, and where to go for it.

mod needs;
mod view;

use needs::{Need, Target};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    domain::{Batch, Counts, Money, RewriteState},
    error::Result,
    review::filter::{Expr, Filter, FindingTest, Term},
    store::port::{ActivityRow, MonthSpend, RewriteQuery, Sort},
    tui::{
        Context, Effect, Event, Handled, Layer, Notice, Visit,
        backend::{self, Ask, Failure, More, Reply, Services, Slot},
        command::{self, Command, Global, List as Rows, Scope},
        layer::Depth,
        overlays::{Confirm, Prompt},
        screens::ScreenId,
        widgets::{Hint, List, Toast},
    },
};

/// How many batches are looked at.
const BATCHES: u32 = 20;
/// How many decisions are shown.
const DECISIONS: u32 = 10;

/// What the Dashboard asks of the backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// What the store knows.
    Read,
    /// How many candidates there are.
    Candidates,
    /// Sets what may be spent this month.
    Cap(Money),
}

/// What the Dashboard is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// What the store knows.
    Read(Box<Overview>),
    /// How many candidates there are.
    Candidates(u64),
    /// The cap was set.
    Capped,
}

/// What the store knows, for one look.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// The newest batches.
    pub batches: Vec<Batch>,
    /// All rewrites by state.
    pub counts: Counts,
    /// Those that are ready and have a finding that stops an approval.
    pub blocked: u64,
    /// Those that are ready and have other findings.
    pub warned: u64,
    /// The approved rewrite that has waited longest for its write-back: when it was approved.
    pub approved_since: Option<jiff::Timestamp>,
    /// This month's money.
    pub month: MonthSpend,
    /// The newest decisions.
    pub activity: Vec<ActivityRow>,
}

/// What the Dashboard does only after a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Set what may be spent this month.
    Cap(Money),
}

/// Answers a request on the ports.
pub async fn answer(request: Request, services: &Services, _more: &More) -> Result<Answer> {
    match request {
        Request::Read => overview(services).await.map(|overview| Answer::Read(Box::new(overview))),
        Request::Candidates => {
            services.source.count().await.map(Answer::Candidates).map_err(crate::error::Error::from)
        }
        Request::Cap(cap) => {
            services.policy.writes()?;
            services.store.set_month_cap(cap).await.map(|_| Answer::Capped).map_err(crate::error::Error::from)
        }
    }
}

async fn overview(services: &Services) -> Result<Overview> {
    let store = &services.store;
    let ready = |test| Filter::states(&[RewriteState::Ready]).and(Expr::Term(Term::Finding(test)));
    let look = async {
        let oldest = RewriteQuery {
            filter: Filter::states(&[RewriteState::Approved]),
            sort: Sort::Oldest,
            after: None,
            limit: 1,
        };
        Ok::<_, crate::error::Error>(Overview {
            batches: store.batches(BATCHES).await?,
            counts: store.counts(&Filter::ALL).await?,
            blocked: store.counts(&ready(FindingTest::Block)).await?.total(),
            warned: store.counts(&ready(FindingTest::Warn)).await?.total(),
            approved_since: store.rewrites(&oldest).await?.first().map(|head| head.updated_at),
            month: store.month().await?,
            activity: store.activity(None, DECISIONS).await?,
        })
    };
    look.await
}

/// The screen.
#[derive(Debug, Default)]
pub struct Dashboard {
    overview: Option<Overview>,
    trouble: Option<Failure>,
    candidates: Option<std::result::Result<u64, Failure>>,
    needs: Vec<Need>,
    list: List,
}

fn ask(request: Request) -> Effect {
    let slot = match request {
        Request::Read => Slot::Newest("dashboard.overview"),
        Request::Candidates => Slot::Newest("dashboard.candidates"),
        Request::Cap(_) => Slot::InOrder,
    };
    Effect::Ask(Ask { slot, request: backend::Request::Dashboard(request) })
}

impl Dashboard {
    fn reply(&mut self, reply: &Reply) -> Handled {
        let backend::Request::Dashboard(question) = &reply.question else { return Handled::Ignored };
        match (question, &reply.answer) {
            (Request::Read, Ok(backend::Answer::Dashboard(Answer::Read(overview)))) => {
                self.put((**overview).clone());
                self.trouble = None;
                Handled::done()
            }
            (Request::Read, Err(failure)) => {
                self.trouble = Some(failure.clone());
                Handled::done()
            }
            (Request::Candidates, Ok(backend::Answer::Dashboard(Answer::Candidates(number)))) => {
                self.candidates = Some(Ok(*number));
                Handled::done()
            }
            (Request::Candidates, Err(failure)) => {
                self.candidates = Some(Err(failure.clone()));
                Handled::done()
            }
            (Request::Cap(cap), Ok(_)) => [
                Effect::Toast(Toast::good(format!("Up to {cap} may be spent this month."))),
                ask(Request::Read),
            ]
            .into(),
            (Request::Cap(_), Err(failure)) => Effect::Toast(Toast::from(failure)).into(),
            _ => Handled::Ignored,
        }
    }

    /// Takes what is known; the focus stays on its row.
    fn put(&mut self, overview: Overview) {
        let focus = self.list.selected().and_then(|row| self.needs.get(row)).map(|need| need.target.clone());
        self.needs = needs::of(&overview);
        self.list.set_len(self.needs.len());
        if let Some(at) = focus.and_then(|target| self.needs.iter().position(|need| need.target == target)) {
            self.list.select(at);
        }
        self.overview = Some(overview);
    }

    fn open(&self) -> Handled {
        let Some(need) = self.list.selected().and_then(|row| self.needs.get(row)) else {
            return Handled::Ignored;
        };
        match &need.target {
            Target::Batch(id) => Effect::Go(ScreenId::Batches, Visit::Batch(*id)),
            Target::Review(filter) => Effect::Go(ScreenId::Review, Visit::Filter((*filter).to_owned())),
            Target::WriteBack(filter) => Effect::Go(ScreenId::WriteBack, Visit::Filter((*filter).to_owned())),
        }
        .into()
    }

    fn cap(&self, text: Option<&str>) -> Handled {
        let by = command::Dashboard::Cap;
        let Some(overview) = &self.overview else { return Handled::Ignored };
        let prompt = Prompt::new(by, "spend at most this month, in dollars");
        let Some(text) = text else {
            return Effect::open(prompt.with(format!("{}", overview.month.cap).replace('$', ""))).into();
        };
        match text.parse::<Money>() {
            Err(error) => Effect::open(prompt.with(text).complaint(error.to_string())).into(),
            Ok(cap) if cap == overview.month.cap => Handled::done(),
            Ok(cap) => {
                let action = crate::tui::Action::Dashboard(Action::Cap(cap));
                let title = format!("Let redraft spend up to {cap} this month?");
                let dialog = Confirm::new(title, "set", action)
                    .line("now", overview.month.cap.to_string())
                    .line("spent", overview.month.spent.to_string());
                Effect::confirm(dialog).into()
            }
        }
    }
}

impl Layer for Dashboard {
    fn title(&self) -> &'static str {
        "Dashboard"
    }

    fn depth(&self) -> Depth {
        Depth::Screen
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dashboard, Scope::List, Scope::Global]
    }

    fn rows_to(&self, at: Position, _context: &Context) -> Option<isize> {
        self.list.rows_to(at)
    }

    fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
        match event {
            Event::Visit(_) => [ask(Request::Read), ask(Request::Candidates)].into(),
            Event::Notice(Notice::Store) => ask(Request::Read).into(),
            Event::Command(Command::List(Rows::Open)) => self.open(),
            Event::Command(Command::List(command)) if self.list.handle(*command) => Handled::done(),
            Event::Command(Command::Dashboard(command::Dashboard::Cap)) => self.cap(None),
            Event::Prompted { by: Command::Dashboard(command::Dashboard::Cap), text } => {
                self.cap(Some(text.trim()))
            }
            Event::Confirmed(confirmed) => match confirmed.action() {
                crate::tui::Action::Dashboard(Action::Cap(cap)) => ask(Request::Cap(*cap)).into(),
                _ => Handled::Ignored,
            },
            Event::Reply(reply) => self.reply(reply),
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        view::draw(self, frame, area, context);
    }

    fn enabled(&self, command: Command, _context: &Context) -> bool {
        match command {
            Command::List(
                Rows::Mark
                | Rows::Range
                | Rows::MarkAll
                | Rows::UnmarkAll
                | Rows::Filter
                | Rows::ClearFilter
                | Rows::Sort
                | Rows::Copy,
            ) => false,
            Command::List(Rows::Open) => !self.needs.is_empty(),
            Command::Dashboard(command::Dashboard::Cap) => self.overview.is_some(),
            _ => true,
        }
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![
            Hint::one(Rows::Open),
            Hint::one(command::Dashboard::Cap),
            Hint::one(Global::Candidates),
            Hint::one(Global::Palette),
            Hint::one(Global::Help),
            Hint::one(Global::Back).named("quit"),
        ]
    }
}

#[cfg(test)]
mod tests;
