use ratatui::{Terminal, layout::Rect, style::Stylize, text::Line};

use super::*;

/// Counts writes and keeps their bytes.
#[derive(Default)]
struct Tape {
    writes: Vec<Vec<u8>>,
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Tape {
    fn size(&self) -> Size {
        Size::new(20, 3)
    }
}

fn terminal(synchronized: Synchronized) -> Terminal<Painter<Tape>> {
    Terminal::new(Painter::new(Tape::default(), synchronized)).unwrap()
}

fn draw(terminal: &mut Terminal<Painter<Tape>>, text: &str, cursor: Option<(u16, u16)>) -> Vec<Vec<u8>> {
    terminal
        .draw(|frame| {
            frame.render_widget(Line::from(text.bold()), Rect::new(0, 0, 20, 1));
            if let Some(cursor) = cursor {
                frame.set_cursor_position(cursor);
            }
        })
        .unwrap();
    mem::take(&mut terminal.backend_mut().sink().writes)
}

#[test]
fn a_frame_is_one_write_between_the_marks() {
    let writes = draw(&mut terminal(Synchronized::On), "hello", None);
    assert_eq!(writes.len(), 1);
    assert!(writes[0].starts_with(BEGIN) && writes[0].ends_with(END));
    let writes = draw(&mut terminal(Synchronized::Off), "hello", None);
    assert_eq!(writes.len(), 1);
    assert!(!writes[0].windows(BEGIN.len()).any(|window| window == BEGIN));
}

#[test]
fn an_unchanged_frame_writes_nothing() {
    let mut terminal = terminal(Synchronized::On);
    assert_eq!(draw(&mut terminal, "hello", None).len(), 1);
    assert!(draw(&mut terminal, "hello", None).is_empty());
    assert_eq!(draw(&mut terminal, "hello", Some((3, 0))).len(), 1);
    assert!(draw(&mut terminal, "hello", Some((3, 0))).is_empty());
}

#[test]
fn the_cursor_is_where_it_is_wanted() {
    let mut terminal = terminal(Synchronized::On);
    let mut screen = vt100::Parser::new(3.try_into().unwrap(), 20.try_into().unwrap(), 0);
    for (text, cursor) in [
        ("one", None),
        ("one", Some((3, 0))),
        ("onex", Some((4, 0))),
        ("onex", Some((1, 0))),
        ("on", None),
        ("on", Some((2, 0))),
    ] {
        for write in draw(&mut terminal, text, cursor) {
            screen.process(&write);
        }
        assert_eq!(screen.screen().contents().trim_end(), text);
        assert_eq!(screen.screen().hide_cursor(), cursor.is_none(), "{text} {cursor:?}");
        if let Some((x, y)) = cursor {
            assert_eq!(screen.screen().cursor_position(), (y, x), "{text}");
        }
    }
}

#[test]
fn wide_characters_and_clusters_stand_where_they_should() {
    let mut terminal = terminal(Synchronized::On);
    let mut screen = vt100::Parser::new(3.try_into().unwrap(), 20.try_into().unwrap(), 0);
    for text in ["山田 Jordan", "田 e\u{301}t", "plain"] {
        for write in draw(&mut terminal, text, None) {
            screen.process(&write);
        }
        assert_eq!(screen.screen().contents().trim_end(), text);
    }
}
