//! What reaches the terminal, byte by byte: how much, and that nothing in it comes from a text.

use std::io::{self, Write};

use proptest::prelude::*;
use ratatui::{
    Frame, Terminal,
    layout::{Rect, Size},
    style::Modifier,
};
use redraft::tui::{
    App, Context, Event, Handled, Layer,
    command::{Command, Scope},
    keymap::Key,
    layer::Depth,
    terminal::{Painter, Sink, Synchronized, keep_attributes},
    testing::{context, picture},
    theme::{self, Choice, Meaning, Theme},
    widgets::{Focus, Hint, List, Row, chrome},
};

/// Keeps what was written since it was last asked.
struct Tape {
    size: Size,
    bytes: Vec<u8>,
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Tape {
    fn size(&self) -> Size {
        self.size
    }
}

/// A long list beside a text pane, as most screens are.
struct Long {
    list: List,
    name: String,
}

impl Layer for Long {
    fn title(&self) -> &'static str {
        "Long"
    }

    fn depth(&self) -> Depth {
        Depth::Screen
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::List, Scope::Global]
    }

    fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
        match event {
            Event::Command(Command::List(command)) if self.list.handle(*command) => Handled::done(),
            _ => Handled::Ignored,
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        let parts = chrome::split(area, 1);
        chrome::title(frame, parts.title, self.name.as_str(), context);
        chrome::rule(frame, parts.rule, context);
        chrome::footer(frame, parts.footer, &[Hint::one(redraft::tui::command::List::Open)], context);
        let half = Rect { width: area.width / 2, ..parts.body };
        self.list.draw(frame, half, (Focus::Here, context), |row| {
            Row::of(Meaning::Strong, format!("C-{row:06} ")).text(self.name.as_str())
        });
    }
}

struct Session {
    app: App,
    terminal: Terminal<Painter<Tape>>,
}

impl Session {
    fn of(mut context: Context, name: &str) -> Self {
        let size = context.size;
        context.provider = redraft::tui::Provider::Simulated;
        let mut screens = redraft::tui::screens::all();
        screens[0] = Box::new(Long { list: List::new(100_000), name: name.to_owned() });
        let tape = Tape { size, bytes: Vec::new() };
        let terminal = Terminal::new(Painter::new(tape, Synchronized::On)).unwrap();
        Self { app: App::with_screens(context, screens), terminal }
    }

    fn at(columns: u16, rows: u16) -> Self {
        Self::of(context(columns, rows), "Jordan M.")
    }

    fn frame(&mut self) -> Vec<u8> {
        self.terminal.draw(|frame| self.app.draw(frame)).unwrap();
        std::mem::take(&mut self.terminal.backend_mut().sink().bytes)
    }

    fn press(&mut self, keys: &str) -> Vec<u8> {
        for name in keys.split(' ') {
            self.app.key(Key::parse(name).unwrap());
        }
        self.frame()
    }
}

#[test]
fn frames_stay_within_their_budgets() {
    for (columns, rows, first) in [(80, 24, 8_000), (160, 45, 32_000), (200, 60, 32_000)] {
        let mut session = Session::at(columns, rows);
        assert!(session.frame().len() <= first, "first frame at {columns}×{rows}");
        assert_eq!(session.frame().len(), 0, "an unchanged frame");
        let moved = session.press("j").len();
        assert!((1..=400).contains(&moved), "moving the focus: {moved}");
        for keys in ["G", "pgup", "?", "esc", ":", "a p p", "esc", "4", "1", "d"] {
            let bytes = session.press(keys).len();
            assert!(bytes <= 10_000, "{keys} at {columns}×{rows}: {bytes}");
        }
    }
}

#[test]
fn the_terminal_shows_what_was_drawn() {
    for name in ["Jordan M.", "山田 太郎", "Zoë e\u{301}te\u{301} 👩\u{200d}💻", "क्षि", "مرحبا"]
    {
        let mut session = Session::of(context(80, 24), name);
        let mut screen = vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0);
        for keys in ["j", "G", "pgup", "?", "esc", "4", "1", "k k k"] {
            screen.process(&session.press(keys));
            let app = &session.app;
            let mut fresh = Terminal::new(ratatui::backend::TestBackend::new(80, 24)).unwrap();
            fresh.draw(|frame| app.draw(frame)).unwrap();
            let expected = picture(fresh.backend().buffer());
            let shown: Vec<String> =
                screen.screen().rows(0, 80).map(|row| row.trim_end().to_owned()).collect();
            // The emulator and redraft may differ about the width of an emoji that is joined from several.
            if !name.contains('\u{200d}') {
                assert_eq!(shown.join("\n").trim_end(), expected.trim_end(), "{name} after {keys}");
            }
        }
    }
}

#[test]
fn the_focus_shows_without_colours() {
    keep_attributes();
    let mut context = context(80, 24);
    context.theme = Theme::new(Choice::Dark, theme::Depth::Mono).unwrap();
    let mut session = Session::of(context, "Jordan M.");
    let mut screen = vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0);
    let bytes = session.press("j");
    screen.process(&bytes);
    let inverse: Vec<u16> =
        (0..24).filter(|row| screen.screen().cell(*row, 3).is_some_and(vt100::Cell::inverse)).collect();
    assert_eq!(inverse, [3], "the second row of the list");
    assert!(!String::from_utf8(bytes).unwrap().contains("\u{1b}[38;"), "no colour is written");
}

#[test]
fn the_focus_is_reversed_in_sixteen_colours_too() {
    let theme = Theme::new(Choice::Dark, theme::Depth::Sixteen).unwrap();
    assert!(theme.style(Meaning::Cursor).add_modifier.contains(Modifier::REVERSED));
}

/// Takes the escape codes that redraft writes out of `bytes`; what is left is text.
fn text_of(bytes: &[u8]) -> Result<String, String> {
    let all = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let mut text = String::new();
    let mut rest = all;
    while let Some((before, code)) = rest.split_once('\u{1b}') {
        text.push_str(before);
        let code = code.strip_prefix('[').ok_or_else(|| format!("a code that is no CSI: {code:.10}"))?;
        let end = code.find(|c: char| ('@'..='~').contains(&c)).ok_or("an unfinished code")?;
        let (parameters, behind) = code.split_at(end);
        let (last, behind) = behind.split_at(1);
        let known = match last {
            "m" | "H" | "J" | "K" => parameters.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'),
            "h" | "l" => ["?25", "?1049", "?2004", "?2026"].contains(&parameters),
            _ => false,
        };
        if !known {
            return Err(format!("the code {parameters}{last}"));
        }
        rest = behind;
    }
    text.push_str(rest);
    Ok(text)
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,6}",
        any::<char>().prop_map(String::from),
        prop::char::range('\u{0}', '\u{9f}').prop_map(String::from),
        prop::char::range('\u{2000}', '\u{206f}').prop_map(String::from),
        prop::char::range('\u{e0000}', '\u{e01ff}').prop_map(String::from),
        "[\u{300}\u{301}\u{fe0f}\u{200d}\u{1f469}]{1,40}",
        prop_oneof![Just("\x1b[2J"), Just("\x1b]0;x\x07"), Just("\x1b]52;c;eA==\x07"), Just("\u{9b}1m")]
            .prop_map(String::from),
    ];
    prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn no_text_steers_the_terminal(name in hostile()) {
        let mut session = Session::of(context(80, 24), &name);
        session.app.show(redraft::tui::widgets::Toast::plain(name.as_str()));
        for keys in ["j", "/", "?"] {
            let bytes = session.press(keys);
            let text = text_of(&bytes);
            prop_assert!(text.is_ok(), "{:?}", text);
            let text = text.unwrap_or_default();
            let forbidden = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            prop_assert!(!text.contains(forbidden), "{text:?}");
        }
        for cell in &session.terminal.current_buffer_mut().content {
            prop_assert!(cell.symbol().len() <= 64);
        }
    }
}
