//! The form that starts a batch: what is asked for, and what it would take before anything is paid.

use std::{sync::Arc, time::Duration};

use ratatui::{Frame, layout::Rect};
use tokio::time::Instant;

use super::{Action, Answer, Linked, Request, Terms, ask, form_view};
use crate::{
    domain::{Money, Tier},
    engine::port::{Estimate, ForPosting, StartOptions, StartRequest, Who},
    text::Safe,
    tui::{
        Context, Effect, Event, Handled, Layer, Visit,
        backend::{self, Failure, Reply},
        command::{self, Command, Scope},
        keymap::Key,
        overlays::{Confirm, Menu, Pick},
        screens::{ScreenId, words},
        theme::Meaning,
        widgets::{Editor, Hint, Input, Row, Toast},
    },
};

/// The estimate follows what is typed after this long without a key.
const PAUSE: Duration = Duration::from_millis(400);
/// From this many rewrites on the number must be typed.
const MANY: u64 = 50;

/// What has the keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    #[default]
    Posting,
    Model,
    Budget,
    Economy,
    Instructions,
    Start,
    Cancel,
}

impl Field {
    pub(super) const ALL: [Self; 7] = [
        Self::Posting,
        Self::Model,
        Self::Budget,
        Self::Economy,
        Self::Instructions,
        Self::Start,
        Self::Cancel,
    ];

    fn moved(self, by: usize) -> Self {
        Self::ALL[(self as usize + by) % Self::ALL.len()]
    }
}

/// Which posting was chosen.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen {
    /// Each candidate's own where the platform links them, else none.
    #[default]
    Usual,
    /// None, although the platform links them.
    Nothing,
    /// One of the terms, for all.
    One(usize),
}

impl Chosen {
    /// By its place in the list: what is usual, none where that is something else, then the postings.
    fn at(index: usize, terms: &Terms) -> Self {
        match (index, terms.linked) {
            (0, _) => Self::Usual,
            (1, Linked::Yes) => Self::Nothing,
            (index, Linked::Yes) => Self::One(index - 2),
            (index, Linked::No) => Self::One(index - 1),
        }
    }

    /// The place in the list.
    const fn place(self, terms: &Terms) -> usize {
        match (self, terms.linked) {
            (Self::Usual, _) | (Self::Nothing, Linked::No) => 0,
            (Self::Nothing, Linked::Yes) => 1,
            (Self::One(index), Linked::Yes) => index + 2,
            (Self::One(index), Linked::No) => index + 1,
        }
    }
}

/// How far the start is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    /// The estimate is being made.
    Estimating,
    /// It is there.
    Estimated(Estimate),
    /// There is none.
    Failed(Failure),
    /// The batch is being recorded.
    Starting,
}

/// The form.
pub(super) struct Form {
    who: Who,
    pub(super) number: u64,
    pub(super) scope: String,
    pub(super) terms: Option<Terms>,
    pub(super) posting: Chosen,
    pub(super) model: Option<usize>,
    pub(super) budget: Input,
    pub(super) tier: Tier,
    pub(super) instructions: Editor,
    pub(super) field: Field,
    pub(super) stage: Stage,
    asked: Option<Arc<StartRequest>>,
    typed_at: Option<Instant>,
}

impl Form {
    pub(super) fn new(who: Who, number: u64, scope: String, context: &Context) -> Self {
        Self {
            who,
            number,
            scope,
            terms: None,
            posting: Chosen::default(),
            model: None,
            budget: Input::default(),
            tier: Tier::OnDemand,
            instructions: Editor::new("", context),
            field: Field::default(),
            stage: Stage::Estimating,
            asked: None,
            typed_at: None,
        }
    }

    /// The budget as typed; `Ok(None)` if nothing is.
    pub(super) fn amount(&self) -> Result<Option<Money>, String> {
        let text = self.budget.text();
        match text.trim() {
            "" => Ok(None),
            amount => amount.parse().map(Some).map_err(|error: crate::domain::MoneyError| error.to_string()),
        }
    }

    fn estimate(&mut self, context: &Context) -> Handled {
        self.typed_at = None;
        let (Ok(budget), Some(terms)) = (self.amount(), &self.terms) else { return Handled::done() };
        let model = self.model.and_then(|index| terms.models.get(index)).map(|model| model.name.clone());
        let posting = match self.posting {
            Chosen::Usual => ForPosting::Linked,
            Chosen::Nothing => ForPosting::None,
            Chosen::One(index) => terms
                .postings
                .get(index)
                .map_or(ForPosting::Linked, |posting| ForPosting::One(posting.id.clone())),
        };
        let request = Arc::new(StartRequest {
            who: self.who.clone(),
            posting,
            instructions: self.instructions.text().trim().to_owned(),
            model,
            budget,
            by: context.who.0.clone(),
            options: StartOptions { tier: self.tier, ..StartOptions::default() },
        });
        self.asked = Some(request.clone());
        self.stage = Stage::Estimating;
        ask(Request::Estimate(request)).into()
    }

    fn typed(&mut self, context: &Context) -> Handled {
        self.typed_at = Some(context.instant);
        self.stage = Stage::Estimating;
        Effect::Wake(PAUSE).into()
    }

    fn choose(&mut self, context: &Context) -> Handled {
        let by = command::Form::Choose;
        match (self.field, &self.terms) {
            (Field::Cancel, _) => Effect::Close.into(),
            (Field::Start, _) => self.start(),
            (Field::Instructions, _) => {
                if let Some(enter) = Key::parse("enter") {
                    self.instructions.handle(enter);
                }
                self.typed(context)
            }
            (Field::Budget, _) => {
                self.field = self.field.moved(1);
                Handled::done()
            }
            (Field::Economy, _) => {
                self.tier = match self.tier {
                    Tier::Economy => Tier::OnDemand,
                    Tier::OnDemand | Tier::Flex => Tier::Economy,
                };
                self.estimate(context)
            }
            (Field::Posting | Field::Model, None) => Handled::done(),
            (Field::Posting, Some(terms)) => {
                let none = "no posting: improve the wording only".into();
                let postings = terms.postings.iter();
                let items = postings.map(|posting| format!("{}  {}", posting.title, posting.id).into());
                let own = (terms.linked == Linked::Yes).then(|| "each candidate's own posting".into());
                let items = own.into_iter().chain([none]).chain(items).collect();
                let at = self.posting.place(terms);
                Effect::open(Pick::new(by, "Posting", items).at(at)).into()
            }
            (Field::Model, Some(terms)) if terms.models.is_empty() => Effect::Toast(
                Toast::caution("The provider did not tell its models.").hint("The configured one is used."),
            )
            .into(),
            (Field::Model, Some(terms)) => {
                let rows = terms.models.iter().map(|model| {
                    let cost = model.price.map_or_else(
                        || "no price".to_owned(),
                        |price| {
                            let (input, output) = (price.cost(1_000_000, 0, 0), price.cost(0, 0, 1_000_000));
                            format!("{input} in · {output} out, a million tokens")
                        },
                    );
                    Row::of(Meaning::Text, model.name.clone()).put(Meaning::Muted, format!("  {cost}"))
                });
                let menu = Menu::new(by, "Model", rows.collect());
                Effect::open(menu.at(self.model_index().unwrap_or(0))).into()
            }
        }
    }

    /// The model that was chosen, else the configured one.
    fn model_index(&self) -> Option<usize> {
        let terms = self.terms.as_ref()?;
        self.model.or_else(|| terms.models.iter().position(|model| model.name == terms.usual.model))
    }

    fn start(&self) -> Handled {
        let (Stage::Estimated(estimate), Some(request)) = (&self.stage, &self.asked) else {
            return Effect::Toast(Toast::caution("There is no estimate yet.")).into();
        };
        if let Err(complaint) = self.amount() {
            return Effect::Toast(Toast::caution(complaint)).into();
        }
        if estimate.rewrites == 0 {
            return Effect::Toast(Toast::caution("There is nothing to rewrite.")).into();
        }
        let title = format!("Start a batch of {}?", words::count(estimate.rewrites, "rewrite"));
        let dialog =
            Confirm::new(title, "start", crate::tui::Action::Candidates(Action::Start(request.clone())))
                .line("who", self.scope.clone())
                .line("model", estimate.model.clone())
                .line("cost", format!("about {} of a budget of {}", estimate.cost, estimate.budget))
                .line("month", format!("{} left", estimate.month_left));
        let dialog = match estimate.tier {
            Tier::Economy => dialog.line("time", "economy: the results come within 24 hours".to_owned()),
            Tier::OnDemand | Tier::Flex => dialog,
        };
        let dialog = if estimate.rewrites > MANY { dialog.typed(estimate.rewrites) } else { dialog };
        Effect::confirm(dialog).into()
    }

    fn chosen(&mut self, index: usize, context: &Context) -> Handled {
        match self.field {
            Field::Posting => {
                let Some(terms) = &self.terms else { return Handled::Ignored };
                self.posting = Chosen::at(index, terms);
            }
            Field::Model => self.model = Some(index),
            Field::Budget | Field::Economy | Field::Instructions | Field::Start | Field::Cancel => {
                return Handled::Ignored;
            }
        }
        self.estimate(context)
    }

    fn key(&mut self, key: Key, context: &Context) -> Handled {
        let typed = match self.field {
            Field::Budget => self.budget.handle(key),
            Field::Instructions => {
                let before = self.instructions.text();
                let took = self.instructions.handle(key);
                if took && self.instructions.text() == before {
                    return Handled::done();
                }
                took
            }
            Field::Posting | Field::Model | Field::Economy | Field::Start | Field::Cancel => false,
        };
        if typed {
            return self.typed(context);
        }
        // Arrows go from field to field where the text under the cursor has no use for them.
        if Key::parse("down") == Some(key) {
            self.field = self.field.moved(1);
        } else if Key::parse("up") == Some(key) {
            self.field = self.field.moved(Field::ALL.len() - 1);
        } else {
            return Handled::Ignored;
        }
        Handled::done()
    }

    fn reply(&mut self, reply: &Reply, context: &Context) -> Handled {
        let backend::Request::Candidates(question) = &reply.question else { return Handled::Ignored };
        match (question, &reply.answer) {
            (Request::Terms, Ok(backend::Answer::Candidates(Answer::Terms(terms)))) => {
                self.terms = Some(terms.clone());
                self.estimate(context)
            }
            (Request::Estimate(request), answer) => {
                if self.asked.as_ref() == Some(request) {
                    self.stage = match answer {
                        Ok(backend::Answer::Candidates(Answer::Estimate(estimate))) => {
                            Stage::Estimated(estimate.clone())
                        }
                        Ok(_) => return Handled::done(),
                        Err(failure) => Stage::Failed(failure.clone()),
                    };
                }
                Handled::done()
            }
            (Request::Start(_), Ok(backend::Answer::Candidates(Answer::Started(batch)))) => [
                Effect::Toast(Toast::good(format!("Batch {} was started.", batch.label()))),
                Effect::Go(ScreenId::Batches, Visit::Batch(batch.id)),
            ]
            .into(),
            (Request::Terms | Request::Start(_), Err(failure)) => {
                self.stage = Stage::Failed(failure.clone());
                Handled::done()
            }
            _ => Handled::Ignored,
        }
    }

    fn command(&mut self, command: command::Form, context: &Context) -> Handled {
        match command {
            command::Form::Next => self.field = self.field.moved(1),
            command::Form::Previous => self.field = self.field.moved(Field::ALL.len() - 1),
            command::Form::Choose => return self.choose(context),
            command::Form::Cancel => return Effect::Close.into(),
        }
        Handled::done()
    }
}

impl Layer for Form {
    fn title(&self) -> &'static str {
        "Start a batch"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form]
    }

    fn handle(&mut self, event: &Event, context: &Context) -> Handled {
        match event {
            Event::Command(Command::Form(command)) => self.command(*command, context),
            Event::Key(key) => self.key(*key, context),
            Event::Paste(text) => {
                match self.field {
                    Field::Budget => self.budget.insert(text),
                    Field::Instructions => self.instructions.paste(text),
                    Field::Posting | Field::Model | Field::Economy | Field::Start | Field::Cancel => {
                        return Handled::Ignored;
                    }
                }
                self.typed(context)
            }
            Event::Chosen { index, .. } => self.chosen(*index, context),
            Event::Wake if self.typed_at.is_some_and(|at| !context.is_within(at, PAUSE)) => {
                self.estimate(context)
            }
            Event::Confirmed(confirmed) => match confirmed.action() {
                crate::tui::Action::Candidates(Action::Start(request)) => {
                    self.stage = Stage::Starting;
                    ask(Request::Start(request.clone())).into()
                }
                _ => Handled::Ignored,
            },
            Event::Reply(reply) => self.reply(reply, context),
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        form_view::draw(self, frame, area, context);
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![
            Hint::one(command::Form::Next),
            Hint::one(command::Form::Choose),
            Hint::one(command::Form::Cancel),
        ]
    }

    fn unsaved(&self) -> Option<String> {
        let text = self.instructions.text();
        (!Safe::new(&text).trim().is_empty())
            .then(|| "The instructions of a batch that is not started.".to_owned())
    }
}
