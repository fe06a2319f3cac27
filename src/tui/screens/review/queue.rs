//! The queue: moving, marking, filter and order.

use jiff::tz::TimeZone;

use super::{Request, Review};
use crate::{
    review::{
        filter::{self, Filter},
        session::{Event, Step},
    },
    store::port::Sort,
    text::Safe,
    tui::{
        Context, Effect, Handled,
        backend::Slot,
        command::{self, List as Rows},
        overlays::{Menu, Prompt},
        theme::Meaning,
        widgets::{Row, thousands},
    },
};

/// The orders, with their words.
pub(super) const SORTS: [(Sort, &str, &str); 4] = [
    (Sort::Risk, "risk", "risk: blocking findings, findings, share of changed words"),
    (Sort::Recent, "recent", "recent: last changed first"),
    (Sort::Name, "name", "name: by candidate"),
    (Sort::Oldest, "oldest", "oldest: oldest first"),
];

/// Filters worth a name.
pub(super) const SAVED: [(&str, &str); 11] = [
    ("all that wait for a decision", "state:ready"),
    ("with findings", "state:ready finding:any"),
    ("few changes, no finding", "state:ready finding:none changed:<20"),
    ("never opened", "state:ready opened:never"),
    ("decided by me today", "by:me decided:today"),
    ("spot checks of mine", "look:spot by:me"),
    ("a second opinion is wanted", "look:second -by:me"),
    ("opinions that differ", "look:disputed state:ready"),
    ("approved, not written", "state:approved"),
    ("failed", "state:failed"),
    ("conflicts", "state:conflict"),
];

impl Review {
    /// The menu of filters with names, each with the number of rewrites that it matches now.
    pub(super) fn saved_menu(&mut self, saved: Vec<(String, String, u64)>) -> Effect {
        let rows = saved.iter().map(|(name, filter, number)| {
            let row = Row::of(Meaning::Dialog, Safe::line(name).into_owned()).fit(31).pad(32);
            let number = Row::of(Meaning::Strong, format!("{:>7}  ", thousands(*number)));
            row.and(number).put(Meaning::Muted, Safe::line(filter).into_owned())
        });
        let menu = Menu::new(command::Review::SavedFilters, "Filters", rows.collect());
        self.saved = saved.into_iter().map(|(_, filter, _)| filter).collect();
        Effect::open(menu)
    }
}

fn read(text: &str, context: &Context) -> Result<Filter, filter::FilterError> {
    if text.trim().is_empty() {
        return Ok(Filter::ALL);
    }
    let now = context.now.to_zoned_datetime(TimeZone::UTC);
    filter::parse(text, &filter::Context { now, me: context.who.clone() })
}

/// The texts that completing the last word of a filter gives, each with what it means.
fn completed(text: &str) -> Vec<(String, &'static str)> {
    let suggestions = filter::complete(text, text.len()).into_iter();
    suggestions
        .map(|one| {
            let mut whole = text.to_owned();
            whole.replace_range(one.replace, &one.insert);
            (whole, one.doc)
        })
        .collect()
}

impl Review {
    /// Shows what a filter matches, or asks again if it is none.
    pub(super) fn set_filter(&mut self, text: &str, context: &Context) -> Vec<Effect> {
        match read(text, context) {
            Ok(filter) => {
                text.trim().clone_into(&mut self.filter_text);
                (self.arrived, self.total) = (0, None);
                if *self.session(context).filter() != filter {
                    self.read = false;
                    return self.tell(Event::Filter(filter), context);
                }
                self.tell(Event::StoreChanged, context)
            }
            Err(error) => {
                let complaint = match &error.hint {
                    Some(hint) => format!("{} {hint}", error.message),
                    None => error.message.clone(),
                };
                vec![Effect::open(Self::filter_prompt(text).complaint(complaint))]
            }
        }
    }

    fn filter_prompt(text: &str) -> Prompt {
        Prompt::new(Rows::Filter, "filter")
            .with(text)
            .placeholder("state:ready finding:none changed:<40, a name; Tab completes")
            .completing(completed)
    }

    pub(super) fn set_sort(&mut self, index: usize, context: &Context) -> Vec<Effect> {
        if let Some((sort, ..)) = SORTS.get(index) {
            self.sort = *sort;
        }
        self.tell(Event::StoreChanged, context)
    }

    pub(super) fn list_command(&mut self, command: Rows, context: &Context) -> Handled {
        if command == Rows::First {
            self.arrived = 0;
        }
        if self.list.handle(command) {
            let session = self.session.as_ref();
            let row = self.list.selected().and_then(|at| session?.queue().rows().get(at));
            let Some(id) = row.map(|row| row.id) else { return Handled::done() };
            return self.tell(Event::Move(Step::To(id)), context).into();
        }
        let sort = self.sort;
        match command {
            Rows::Open => self.open_document(context).into(),
            Rows::Mark => self.tell(Event::Mark, context).into(),
            Rows::Range => self.tell(Event::MarkRange, context).into(),
            Rows::MarkAll => {
                let filter = self.session(context).filter().clone();
                Self::ask(Slot::Only("review.ids"), Request::Ids(filter, sort)).into()
            }
            Rows::UnmarkAll => self.tell(Event::UnmarkAll, context).into(),
            Rows::Filter => Effect::open(Self::filter_prompt(&self.filter_text)).into(),
            Rows::ClearFilter => self.set_filter("", context).into(),
            Rows::Sort => {
                let rows = SORTS.map(|(_, _, text)| Row::of(Meaning::Dialog, text)).to_vec();
                let at = SORTS.iter().position(|(known, ..)| *known == sort).unwrap_or(0);
                Effect::open(Menu::new(Rows::Sort, "Order", rows).at(at)).into()
            }
            Rows::Copy => self.copy_id(),
            Rows::Down | Rows::Up | Rows::First | Rows::Last | Rows::PageDown | Rows::PageUp => {
                Handled::Ignored
            }
        }
    }

    pub(super) fn copy_id(&self) -> Handled {
        self.row().map_or(Handled::Ignored, |row| {
            Effect::Copy { what: "the id of the rewrite", text: row.id.to_string() }.into()
        })
    }

    /// The word of the order.
    pub(super) fn sort_name(&self) -> &'static str {
        SORTS.iter().find(|(sort, ..)| *sort == self.sort).map_or("", |(_, name, _)| name)
    }

    /// The filter as it is shown.
    pub(super) fn filter_shown(&self) -> Safe<'_> {
        if self.filter_text.is_empty() { Safe::line("everything") } else { Safe::line(&self.filter_text) }
    }
}
