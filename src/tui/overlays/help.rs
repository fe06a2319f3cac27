//! What the keys do here: from the table, with the keys as they are bound now, and a search.

use ratatui::{Frame, layout::Rect};

use super::{
    framed,
    offer::{Availability, Offer, search},
};
use crate::text::Safe;
use crate::tui::{
    Context, Event, Handled, Layer,
    command::{self, Command, Scope},
    effect::Effect,
    theme::Meaning,
    widgets::{Focus, Input, List, Row, wrapped},
};

/// The columns of the keys.
const KEYS: usize = 14;

/// Whether keys search or move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Reading,
    Searching,
}

/// One line of the help.
enum Line {
    Heading(Scope),
    /// A command and the first line of its sentence.
    Offer(Offer, Safe<'static>),
    /// A further line of a sentence.
    More(Availability, Safe<'static>),
}

/// The help for the layer below.
#[derive(Debug, Clone)]
pub struct Help {
    title: String,
    offers: Vec<Offer>,
    input: Input,
    mode: Mode,
    list: List,
}

impl Help {
    /// Explains `offers`, which are those of the layer called `title`.
    pub fn new(title: &str, offers: Vec<Offer>, context: &Context) -> Self {
        let mut help = Self {
            title: format!("Keys: {title}"),
            offers,
            input: Input::default(),
            mode: Mode::Reading,
            list: List::default(),
        };
        help.list.set_len(help.lines(context).len());
        help
    }

    /// With a heading for each scope; a search shows the best matches first, without headings.
    fn lines(&self, context: &Context) -> Vec<Line> {
        // The frame, the focus and the indent take five columns.
        let columns = usize::from(width(context.size.width)).saturating_sub(KEYS + 1 + 5);
        let mut lines = Vec::new();
        if !self.input.is_empty() {
            for offer in search(&self.offers, &self.input.text()) {
                lines.extend(told(offer, columns));
            }
            return lines;
        }
        let mut last = None;
        for offer in &self.offers {
            let scope = offer.0.command.scope();
            if last != Some(scope) {
                lines.push(Line::Heading(scope));
                last = Some(scope);
            }
            lines.extend(told(*offer, columns));
        }
        lines
    }

    fn menu(&mut self, command: command::Menu, context: &Context) -> Handled {
        if self.list.handle_menu(command) {
            return Handled::done();
        }
        match command {
            command::Menu::Search => self.mode = Mode::Searching,
            _ if !self.input.is_empty() => self.search_for("", context),
            _ => return Effect::Close.into(),
        }
        Handled::done()
    }

    fn prompt(&mut self, command: command::Prompt, context: &Context) -> Handled {
        match command {
            command::Prompt::Accept => self.mode = Mode::Reading,
            command::Prompt::Cancel => {
                self.mode = Mode::Reading;
                self.search_for("", context);
            }
            command::Prompt::Next => return self.menu(command::Menu::Down, context),
            command::Prompt::Previous => return self.menu(command::Menu::Up, context),
            command::Prompt::Complete => {}
        }
        Handled::done()
    }

    fn search_for(&mut self, text: &str, context: &Context) {
        self.input.set(text);
        self.searched(context);
    }

    fn searched(&mut self, context: &Context) {
        self.list.set_len(self.lines(context).len());
        self.list.select(0);
    }
}

/// The columns of the box on a screen of so many.
fn width(columns: u16) -> u16 {
    columns.saturating_sub(4).min(100)
}

/// One command with its whole sentence, in as many lines as that takes.
fn told(offer: Offer, columns: usize) -> Vec<Line> {
    let (entry, availability) = offer;
    let not_now = if availability == Availability::NotNow { " (not now)" } else { "" };
    let mut sentence = wrapped(&Safe::new(&format!("{}{not_now}", entry.doc)), columns).into_iter();
    let first = Line::Offer(offer, sentence.next().unwrap_or_default());
    std::iter::once(first).chain(sentence.map(|line| Line::More(availability, line))).collect()
}

fn meaning(availability: Availability) -> Meaning {
    match availability {
        Availability::Now => Meaning::Dialog,
        Availability::NotNow => Meaning::Disabled,
    }
}

fn row(line: &Line, context: &Context) -> Row<'static> {
    match line {
        Line::Heading(scope) => Row::of(Meaning::Title, scope.doc()),
        Line::Offer((entry, availability), sentence) => {
            let keys = context.keys.all_shown(entry.command, context.glyphs);
            let key = match availability {
                Availability::Now => Meaning::Key,
                Availability::NotNow => Meaning::Disabled,
            };
            let keys = Row::of(key, keys).fit(KEYS).pad(KEYS + 1);
            Row::of(Meaning::Dialog, "  ").and(keys.put(meaning(*availability), sentence.clone()))
        }
        Line::More(availability, sentence) => {
            Row::new().pad(KEYS + 3).put(meaning(*availability), sentence.clone())
        }
    }
}

impl Layer for Help {
    fn title(&self) -> &'static str {
        "Help"
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.mode {
            Mode::Reading => &[Scope::Menu],
            Mode::Searching => &[Scope::Prompt],
        }
    }

    fn handle(&mut self, event: &Event, context: &Context) -> Handled {
        match event {
            Event::Command(Command::Menu(command)) => self.menu(*command, context),
            Event::Command(Command::Prompt(command)) => self.prompt(*command, context),
            Event::Command(Command::Global(command::Global::Help)) => Effect::Close.into(),
            Event::Key(key) if self.mode == Mode::Searching && self.input.handle(*key) => {
                self.searched(context);
                Handled::done()
            }
            Event::Paste(text) if self.mode == Mode::Searching => {
                self.input.insert(text);
                self.searched(context);
                Handled::done()
            }
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let size = (width(area.width), area.height.saturating_sub(2));
        let inner = framed(frame, area, size, &self.title, context);
        let lines = self.lines(context);
        let body = Rect { height: inner.height.saturating_sub(1), ..inner };
        self.list.draw(frame, body, (Focus::Here, context), |index| {
            lines.get(index).map_or_else(Row::new, |line| row(line, context))
        });
        let Some(foot) = inner.rows().next_back() else { return };
        if self.mode == Mode::Searching || !self.input.is_empty() {
            Row::of(Meaning::Strong, " search: ").draw(frame.buffer_mut(), foot, &context.theme);
            let rest = Rect { x: foot.x + 9, width: foot.width.saturating_sub(9), ..foot };
            if self.mode == Mode::Searching {
                self.input.draw(frame, rest, "", context);
            } else {
                Row::of(Meaning::Input, self.input.text()).draw(frame.buffer_mut(), rest, &context.theme);
            }
            return;
        }
        let key =
            |command: command::Menu| context.keys.shown(command.into(), context.glyphs).unwrap_or_default();
        Row::of(Meaning::Key, format!(" {}", key(command::Menu::Search)))
            .put(Meaning::Label, " search  ")
            .put(Meaning::Key, key(command::Menu::Close))
            .put(Meaning::Label, " close")
            .draw(frame.buffer_mut(), foot, &context.theme);
    }
}
