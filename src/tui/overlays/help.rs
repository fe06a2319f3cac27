//! What the keys do here: from the table, with the keys as they are bound now, and a search.

use ratatui::{Frame, layout::Rect};

use super::{
    framed,
    offer::{Availability, Offer, search},
};
use crate::tui::{
    Context, Event, Handled, Layer,
    command::{self, Command, Scope},
    effect::Effect,
    theme::Meaning,
    widgets::{Focus, Input, List, Row},
};

/// Whether keys search or move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Reading,
    Searching,
}

/// One line of the help.
enum Line {
    Heading(Scope),
    Offer(Offer),
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
    pub fn new(title: &str, offers: Vec<Offer>) -> Self {
        let mut help = Self {
            title: format!("Keys: {title}"),
            offers,
            input: Input::default(),
            mode: Mode::Reading,
            list: List::default(),
        };
        help.list.set_len(help.lines().len());
        help
    }

    /// With a heading for each scope; a search shows the best matches first, without headings.
    fn lines(&self) -> Vec<Line> {
        if !self.input.is_empty() {
            return search(&self.offers, &self.input.text()).into_iter().map(Line::Offer).collect();
        }
        let mut lines = Vec::new();
        let mut last = None;
        for offer in &self.offers {
            let scope = offer.0.command.scope();
            if last != Some(scope) {
                lines.push(Line::Heading(scope));
                last = Some(scope);
            }
            lines.push(Line::Offer(*offer));
        }
        lines
    }

    fn menu(&mut self, command: command::Menu) -> Handled {
        if self.list.handle_menu(command) {
            return Handled::done();
        }
        match command {
            command::Menu::Search => self.mode = Mode::Searching,
            _ if !self.input.is_empty() => self.search_for(""),
            _ => return Effect::Close.into(),
        }
        Handled::done()
    }

    fn prompt(&mut self, command: command::Prompt) -> Handled {
        match command {
            command::Prompt::Accept => self.mode = Mode::Reading,
            command::Prompt::Cancel => {
                self.mode = Mode::Reading;
                self.search_for("");
            }
            command::Prompt::Next => return self.menu(command::Menu::Down),
            command::Prompt::Previous => return self.menu(command::Menu::Up),
            command::Prompt::Complete => {}
        }
        Handled::done()
    }

    fn search_for(&mut self, text: &str) {
        self.input.set(text);
        self.searched();
    }

    fn searched(&mut self) {
        self.list.set_len(self.lines().len());
        self.list.select(0);
    }
}

/// One command: keys, label, sentence.
pub(super) fn offer_row((entry, availability): Offer, keys: usize, context: &Context) -> Row<'static> {
    let shown = context.keys.all_shown(entry.command, context.glyphs);
    let (key, text) = match availability {
        Availability::Now => (Meaning::Key, Meaning::Dialog),
        Availability::NotNow => (Meaning::Disabled, Meaning::Disabled),
    };
    let mut row = Row::of(key, shown).fit(keys).pad(keys + 1).put(text, entry.doc);
    if availability == Availability::NotNow {
        row.push(Meaning::Disabled, " (not now)");
    }
    row
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

    fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
        match event {
            Event::Command(Command::Menu(command)) => self.menu(*command),
            Event::Command(Command::Prompt(command)) => self.prompt(*command),
            Event::Command(Command::Global(command::Global::Help)) => Effect::Close.into(),
            Event::Key(key) if self.mode == Mode::Searching && self.input.handle(*key) => {
                self.searched();
                Handled::done()
            }
            Event::Paste(text) if self.mode == Mode::Searching => {
                self.input.insert(text);
                self.searched();
                Handled::done()
            }
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let size = (area.width.saturating_sub(4).min(100), area.height.saturating_sub(2));
        let inner = framed(frame, area, size, &self.title, context);
        let lines = self.lines();
        let body = Rect { height: inner.height.saturating_sub(1), ..inner };
        self.list.draw(frame, body, (Focus::Here, context), |index| match lines.get(index) {
            Some(Line::Heading(scope)) => Row::of(Meaning::Title, scope.doc()),
            Some(Line::Offer(offer)) => Row::of(Meaning::Dialog, "  ").and(offer_row(*offer, 14, context)),
            None => Row::new(),
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
