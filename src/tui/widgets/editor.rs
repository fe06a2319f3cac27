//! A text that is edited in place: many lines, wrapped at words, with undo and redo.

use ratatui::{Frame, layout::Rect, style::Style};
use tui_textarea::{TextArea, WrapMode};
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    text::{Safe, clean},
    tui::{command, context::Context, keymap::Key, theme::Meaning},
};

/// How many strokes can be taken back.
const UNDO: usize = 1_000;

/// How lines of the text end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Lf,
    CrLf,
}

impl LineEnd {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
        }
    }
}

/// A text under edit. Hidden characters are taken out when it is opened and when something is pasted, as they are
/// from everything that is written back.
#[derive(Debug, Clone)]
pub struct Editor {
    area: TextArea<'static>,
    first: Vec<String>,
    end: LineEnd,
}

impl Editor {
    /// Opens a text with the cursor at its beginning.
    pub fn new(text: &str, context: &Context) -> Self {
        let clean = clean(text).text;
        let end = if clean.contains("\r\n") { LineEnd::CrLf } else { LineEnd::Lf };
        let first: Vec<String> =
            clean.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned()).collect();
        let mut area = TextArea::new(first.clone());
        area.set_wrap_mode(WrapMode::WordOrGlyph);
        area.set_max_histories(UNDO);
        area.set_style(context.theme.style(Meaning::Input));
        area.set_cursor_line_style(Style::new());
        area.set_selection_style(context.theme.style(Meaning::Selection));
        // The terminal's own cursor is drawn instead, where screen readers and input methods find it.
        area.set_cursor_style(context.theme.style(Meaning::Input));
        Self { area, first, end }
    }

    /// The text as it is now.
    pub fn text(&self) -> String {
        self.area.lines().join(self.end.as_str())
    }

    /// Whether it differs from what was opened.
    pub fn is_changed(&self) -> bool {
        self.area.lines() != self.first
    }

    /// Takes a key that types or moves; says whether it did anything.
    pub fn handle(&mut self, key: Key) -> bool {
        if key.alt() {
            return false;
        }
        let before = self.area.cursor();
        self.area.input(key.event()) || self.area.cursor() != before
    }

    /// Takes back a stroke or does it again; says whether the command was one of those.
    pub fn command(&mut self, command: command::Edit) -> bool {
        match command {
            command::Edit::Undo => self.area.undo(),
            command::Edit::Redo => self.area.redo(),
            command::Edit::Done | command::Edit::Discard => return false,
        };
        true
    }

    /// Inserts text at the cursor.
    pub fn paste(&mut self, text: &str) {
        let text = clean(text).text.replace("\r\n", "\n");
        self.area.insert_str(text);
    }

    /// Draws the text so that the cursor shows.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        if area.is_empty() {
            return;
        }
        frame.render_widget(&self.area, area);
        make_safe(frame, area, context.theme.style(Meaning::Input));
        let (top, left) = self.area.scroll_offset();
        let cursor = self.area.screen_cursor();
        let cells = |at: usize, first: u16| u16::try_from(at).unwrap_or(u16::MAX).saturating_sub(first);
        let x = area.x.saturating_add(cells(cursor.col, left)).min(area.right() - 1);
        let y = area.y.saturating_add(cells(cursor.row, top)).min(area.bottom() - 1);
        frame.set_cursor_position((x, y));
    }
}

/// The widget draws what was typed as it is. What got into a cell and is no safe text is replaced.
fn make_safe(frame: &mut Frame<'_>, area: Rect, style: Style) {
    let buffer = frame.buffer_mut();
    for position in area.intersection(buffer.area).positions() {
        let symbol = buffer[position].symbol();
        if symbol.len() == 1 {
            continue;
        }
        let safe = Safe::new(symbol).into_owned();
        if safe.as_str() != symbol {
            let first = safe.graphemes(true).next().unwrap_or(" ").to_owned();
            buffer.set_stringn(position.x, position.y, first, 1, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::tui::testing::{context, picture};

    fn editor(text: &str) -> Editor {
        Editor::new(text, &context(80, 24))
    }

    fn keys(editor: &mut Editor, names: &str) {
        for name in names.split(' ') {
            assert!(editor.handle(Key::parse(name).unwrap()), "{name}");
        }
    }

    fn drawn(editor: &Editor, columns: u16, rows: u16) -> (String, (u16, u16)) {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| editor.draw(frame, frame.area(), &context(columns, rows))).unwrap();
        let position = terminal.get_cursor_position().unwrap();
        (picture(terminal.backend().buffer()), (position.x, position.y))
    }

    #[test]
    fn an_untouched_text_is_the_same_byte_for_byte() {
        for text in ["", "one", "one\ntwo\n", "\n\n", "a\r\nb\r\n", "山田\tx\n"] {
            let editor = editor(text);
            assert_eq!(editor.text(), text);
            assert!(!editor.is_changed());
        }
    }

    #[test]
    fn strokes_can_be_taken_back_and_done_again() {
        let mut editor = editor("led a team");
        keys(&mut editor, "L backspace end . enter x");
        assert_eq!(editor.text(), "led a team.\nx");
        for _ in 0..3 {
            assert!(editor.command(command::Edit::Undo));
        }
        assert_eq!(editor.text(), "led a team");
        editor.command(command::Edit::Redo);
        assert_eq!(editor.text(), "led a team.");
        assert!(editor.is_changed());
        assert!(!editor.command(command::Edit::Done));
    }

    #[test]
    fn what_is_pasted_is_cleaned() {
        let mut editor = editor("a\r\nb");
        editor.paste("x\r\ny\u{202e}\u{200b}");
        assert_eq!(editor.text(), "x\r\nya\r\nb");
    }

    #[test]
    fn words_wrap_and_the_cursor_is_in_sight() {
        let mut editor = editor("Supervised a day shift of 25 people\nsecond");
        assert_eq!(
            drawn(&editor, 14, 4),
            ("Supervised a\nday shift of\n25 people\nsecond\n".to_owned(), (0, 0))
        );
        keys(&mut editor, "down down down");
        let (shown, cursor) = drawn(&editor, 14, 2);
        assert_eq!((shown.as_str(), cursor), ("25 people\nsecond\n", (0, 1)));
    }

    #[test]
    fn nothing_unsafe_reaches_a_cell() {
        let mut editor = editor("a\u{1b}[31mb\u{e0041}");
        editor.handle(Key::char('\u{202e}'));
        editor.handle(Key::char('\u{e0041}'));
        let (shown, _) = drawn(&editor, 20, 2);
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{e0041}']), "{shown:?}");
    }
}
