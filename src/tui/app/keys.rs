//! From keys to commands: sequences, keys that call nothing here, and the two presses of Ctrl-C.

use std::time::Duration;

use tokio::time::Instant;

use super::{App, Event, Key, Order};
use crate::tui::{
    command::{Command, Global, Scope, Terminal},
    context::Access,
    effect::Visit,
    keymap::{Match, shown},
    layer::Depth,
    overlays::{Availability, Help, Offer, Palette},
    screens::ScreenId,
    widgets::Toast,
};

/// After this long the keys that can follow are shown, and a sequence that is a command already is called.
const SEQUENCE: Duration = Duration::from_millis(400);
/// Two presses of Ctrl-C within this long quit.
const TWICE: Duration = Duration::from_secs(1);
/// How long a remark about a key stays.
const REMARK: Duration = Duration::from_secs(2);

/// What has been typed and is not done with.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The beginning of a sequence, and when it was typed.
    pub(super) sequence: Vec<Key>,
    since: Option<Instant>,
    /// Whether the keys that can follow are shown.
    pub(super) waits: bool,
    cancelled: Option<Instant>,
    /// A remark about the last key, and until when it stays.
    pub(super) remark: Option<(String, Instant)>,
}

impl Typed {
    /// When the sequence or the remark changes by itself.
    pub(super) fn next(&self) -> Option<Instant> {
        let sequence = self.since.filter(|_| !self.waits).map(|since| since + SEQUENCE);
        sequence.into_iter().chain(self.remark.as_ref().map(|(_, until)| *until)).min()
    }

    pub(super) fn clear(&mut self) {
        self.sequence.clear();
        self.since = None;
        self.waits = false;
    }
}

impl App {
    pub(super) fn press(&mut self, key: Key) {
        self.typed.remark = None;
        if Key::parse("ctrl-c") == Some(key) {
            let now = self.context.instant;
            if self.typed.cancelled.replace(now).is_some_and(|last| now.duration_since(last) < TWICE) {
                self.typed.clear();
                self.quit();
                return;
            }
        }
        self.typed.sequence.push(key);
        let scopes = self.scopes();
        match self.context.keys.resolve(&scopes, &self.typed.sequence) {
            Match::Command(command) => {
                self.typed.clear();
                self.call(command);
            }
            Match::Prefix(_) => self.typed.since = Some(self.context.instant),
            Match::None => self.no_command(key, &scopes),
        }
    }

    /// The last key of the sequence calls nothing: what came before it may be a command, and it may be one itself.
    fn no_command(&mut self, key: Key, scopes: &[Scope]) {
        let mut before = std::mem::take(&mut self.typed.sequence);
        self.typed.clear();
        before.pop();
        if before.is_empty() {
            // Esc is pressed to be sure that nothing is open: that is no mistake to remark on.
            if !self.deliver(self.top().0, &Event::Key(key)) && Key::parse("esc") != Some(key) {
                self.unbound(&[key]);
            }
            return;
        }
        if let Match::Prefix(Some(command)) = self.context.keys.resolve(scopes, &before) {
            self.call(command);
            self.press(key);
            return;
        }
        if Key::parse("esc") != Some(key) {
            before.push(key);
            self.unbound(&before);
        }
    }

    /// The time for a longer sequence is over.
    pub(super) fn sequence_due(&mut self) {
        let now = self.context.instant;
        if self.typed.remark.as_ref().is_some_and(|(_, until)| *until <= now) {
            self.typed.remark = None;
        }
        if self.typed.waits || self.typed.since.is_none_or(|since| since + SEQUENCE > now) {
            return;
        }
        match self.context.keys.resolve(&self.scopes(), &self.typed.sequence) {
            Match::Prefix(Some(command)) => {
                self.typed.clear();
                self.call(command);
            }
            Match::Prefix(None) => self.typed.waits = true,
            Match::Command(_) | Match::None => self.typed.clear(),
        }
    }

    /// Calls a command: the top layer first, then the application itself.
    pub(super) fn call(&mut self, command: Command) {
        let (place, layer) = self.top();
        let own = layer.scopes().contains(&command.scope());
        let modal = layer.depth() == Depth::Modal;
        if own && !layer.enabled(command, &self.context) {
            self.remark(format!("Not now: {}", lower_first(command.entry().doc)));
            return;
        }
        if own && self.deliver(place, &Event::Command(command)) {
            return;
        }
        match command {
            Command::Terminal(command) => self.terminal(command),
            Command::Global(command) if own && !modal => self.global(command),
            other if own => self.remark(format!("Nothing to do: {}", lower_first(other.entry().doc))),
            _ => {}
        }
    }

    fn terminal(&mut self, command: Terminal) {
        match command {
            Terminal::Redraw => self.orders.push(Order::Redraw),
            Terminal::Suspend => self.suspend(),
        }
    }

    pub(super) fn suspend(&mut self) {
        match self.context.access {
            Access::Full => self.orders.push(Order::Suspend),
            Access::Restricted => {
                self.show(Toast::caution(
                    "This redraft is restricted: it does not give the terminal to a shell.",
                ));
            }
        }
    }

    fn global(&mut self, command: Global) {
        match command {
            Global::Dashboard => self.go(ScreenId::Dashboard, Visit::Plain),
            Global::Candidates => self.go(ScreenId::Candidates, Visit::Plain),
            Global::Batches => self.go(ScreenId::Batches, Visit::Plain),
            Global::Review => self.go(ScreenId::Review, Visit::Plain),
            Global::WriteBack => self.go(ScreenId::WriteBack, Visit::Plain),
            Global::Activity => self.go(ScreenId::Activity, Visit::Plain),
            Global::Help => {
                let help = Help::new(self.top().1.title(), self.offers(), &self.context);
                self.open(Box::new(help));
            }
            Global::Palette => {
                let palette = Palette::new(self.offers());
                self.open(Box::new(palette));
            }
            Global::NextPane | Global::PreviousPane => self.remark("There is one pane here.".to_owned()),
            Global::Cancel => {
                let again = shown(&Key::parse("ctrl-c").into_iter().collect::<Vec<_>>(), self.context.glyphs);
                self.remark(format!("Nothing is going on. {again} again within a second quits."));
            }
            Global::Back | Global::Quit => self.quit(),
        }
    }

    /// The commands of the top layer and whether they can be called now.
    fn offers(&self) -> Vec<Offer> {
        let (_, layer) = self.top();
        let entries = self.scopes().into_iter().flat_map(Scope::entries);
        entries
            .map(|entry| {
                let now = layer.enabled(entry.command, &self.context);
                (entry, if now { Availability::Now } else { Availability::NotNow })
            })
            .collect()
    }

    fn unbound(&mut self, keys: &[Key]) {
        let help = self.context.keys.shown(Global::Help.into(), self.context.glyphs);
        let keys = shown(keys, self.context.glyphs);
        let offers_help = self.top().1.scopes().contains(&Scope::Global);
        self.remark(match help.filter(|_| offers_help) {
            Some(help) => format!("{keys} does nothing here · {help} shows what does"),
            None => format!("{keys} does nothing here"),
        });
    }

    fn remark(&mut self, text: String) {
        self.typed.remark = Some((text, self.context.instant + REMARK));
    }
}

fn lower_first(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}
