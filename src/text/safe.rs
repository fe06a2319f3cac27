//! The one way by which text from outside reaches a widget.
//!
//! Nothing is dropped silently: what a reader could not see, or what would steer the terminal, is replaced by a
//! visible stand-in and counted. What is kept and what is shown is decided in `hidden`.

use std::{
    borrow::Cow,
    fmt,
    ops::{Deref, Range},
};

use unicode_segmentation::UnicodeSegmentation;

use super::{
    hidden::{Shown, hidden, tag_flag},
    width::{grapheme_width, width},
};

/// The most code points that one grapheme cluster keeps; no script and no family of emoji in use needs more.
pub(super) const CLUSTER_CAP: usize = 8;
/// The distance of tab stops in cells.
const TAB: usize = 8;

/// Text that can be shown: no control but line ends, nothing invisible, no cell with a heap of accents.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Safe<'a>(Cow<'a, str>);

impl<'a> Safe<'a> {
    /// Makes `text` safe, not asking how much was hidden in it.
    pub fn new(text: &'a str) -> Self {
        inspect(text).text
    }

    /// Makes `text` safe for a single line, line ends shown as spaces.
    pub fn line(text: &'a str) -> Self {
        inspect_line(text, Newline::Space).text
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, however long it lives.
    pub fn into_owned(self) -> Safe<'static> {
        Safe(Cow::Owned(self.0.into_owned()))
    }

    /// The text as a string.
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }

    /// The cells it takes on one line.
    pub fn width(&self) -> usize {
        width(&self.0)
    }

    /// Bytes `range` of the text; empty if the range is outside or cuts a character.
    pub fn slice(&self, range: Range<usize>) -> Safe<'_> {
        Safe(Cow::Borrowed(self.0.get(range).unwrap_or_default()))
    }

    /// Appends `other`.
    pub fn push(&mut self, other: &Safe<'_>) {
        self.0.to_mut().push_str(&other.0);
    }

    /// Wraps what this room has made out of safe text.
    pub(super) const fn trusted(text: Cow<'a, str>) -> Self {
        Self(text)
    }
}

impl Deref for Safe<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Safe<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'a> From<&'a str> for Safe<'a> {
    fn from(text: &'a str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Safe<'_> {
    fn from(text: String) -> Self {
        if is_plain(&text) {
            return Safe(Cow::Owned(text));
        }
        inspect(&text).text.into_owned()
    }
}

/// A text made visible, with what was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected<'a> {
    /// The text to show.
    pub text: Safe<'a>,
    /// How many characters a reader could not have seen; tabs and line ends do not count.
    pub hidden: usize,
}

/// How a line end shows in a text of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newline {
    /// As `␊`.
    Symbol,
    /// As a space.
    Space,
}

/// Makes everything in `text` visible; line ends stay, CRLF becomes LF.
///
/// Borrows when there is nothing to do, which is the common case.
pub fn inspect(text: &str) -> Inspected<'_> {
    if is_plain(text) {
        return Inspected { text: Safe(Cow::Borrowed(text)), hidden: 0 };
    }
    rewrite(text, "\n")
}

/// Makes everything in `text` visible on one line.
pub fn inspect_line(text: &str, newline: Newline) -> Inspected<'_> {
    if !text.as_bytes().contains(&b'\n') {
        return inspect(text);
    }
    rewrite(
        text,
        match newline {
            Newline::Symbol => "␊",
            Newline::Space => " ",
        },
    )
}

/// Whether every character shows as itself and is a cluster of its own, whatever stands beside it.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n'))
        || text.chars().all(|c| {
            matches!(c, ' '..='~' | '\n' | '\u{A0}'..='\u{AC}' | '\u{AE}'..='\u{2FF}' | '\u{370}'..='\u{482}'
                | '\u{48A}'..='\u{52F}' | '\u{1E00}'..='\u{1FFF}' | '\u{2010}'..='\u{2027}'
                | '\u{2030}'..='\u{205E}' | '\u{20A0}'..='\u{20CF}' | '\u{2100}'..='\u{23FF}'
                | '\u{2500}'..='\u{259F}' | '\u{25A0}'..='\u{26FF}' | '\u{3001}'..='\u{3029}'
                | '\u{3041}'..='\u{3096}' | '\u{30A0}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}')
        })
}

fn rewrite(text: &str, newline: &str) -> Inspected<'static> {
    let mut sink =
        Sink { out: String::with_capacity(text.len() + 16), hidden: 0, run: None, at: 0, column: 0 };
    let mut rest = text;
    let mut before = None;
    while let Some(c) = rest.chars().next() {
        let tail = rest.split_at(c.len_utf8()).1;
        let after = tail.chars().next();
        let mut seen = Some(c);
        match c {
            '\r' if after == Some('\n') => {}
            '\n' => sink.plain(newline),
            '\t' => sink.tab(),
            _ => {
                if let Some((flag, behind)) = tag_flag(rest).map(|length| rest.split_at(length)) {
                    sink.plain(flag);
                    (before, rest) = (None, behind);
                    continue;
                }
                match hidden(before, c, after) {
                    Some(shown) => {
                        sink.stand_in(shown);
                        seen = None;
                    }
                    None => sink.plain(c.encode_utf8(&mut [0; 4])),
                }
            }
        }
        (before, rest) = (seen, tail);
    }
    sink.end_run();
    let (out, cut) = cap_clusters(sink.out);
    Inspected { text: Safe(Cow::Owned(out)), hidden: sink.hidden + cut }
}

struct Sink {
    out: String,
    hidden: usize,
    /// The name of the stand-in that is being repeated, and how often.
    run: Option<(&'static str, usize)>,
    /// Up to where `column` is counted.
    at: usize,
    column: usize,
}

impl Sink {
    fn plain(&mut self, text: &str) {
        self.end_run();
        self.out.push_str(text);
    }

    fn stand_in(&mut self, shown: Shown) {
        self.hidden += 1;
        match (shown, &mut self.run) {
            (Shown::Name(name), Some((running, times))) if *running == name => *times += 1,
            (Shown::Name(name), _) => {
                self.end_run();
                self.run = Some((name, 1));
            }
            (Shown::Picture(picture), _) => self.plain(picture.encode_utf8(&mut [0; 4])),
            (Shown::Number(number), _) => self.plain(&format!("‹{number:02X}›")),
        }
    }

    fn end_run(&mut self) {
        match self.run.take() {
            None => {}
            Some((name, 1)) => self.out.extend(["‹", name, "›"]),
            Some((name, times)) => self.out.extend(["‹", name, "×", &times.to_string(), "›"]),
        }
    }

    fn tab(&mut self) {
        self.end_run();
        let new = self.out.get(self.at..).unwrap_or_default();
        let line_start = new.rfind('\n');
        let counted = line_start.map_or(self.column, |_| 0);
        self.column = counted + width(line_start.map_or(new, |start| new.split_at(start).1));
        let blanks = TAB - self.column % TAB;
        self.out.extend(std::iter::repeat_n(' ', blanks));
        self.column += blanks;
        self.at = self.out.len();
    }
}

/// Cuts heaps of accents, and gives an accent without a letter a dotted circle to stand on.
fn cap_clusters(text: String) -> (String, usize) {
    let odd = |cluster: &str| {
        cluster.len() > 1
            && (cluster.chars().nth(CLUSTER_CAP).is_some()
                || (grapheme_width(cluster) == 0 && cluster != "\r\n"))
    };
    if !text.graphemes(true).any(odd) {
        return (text, 0);
    }
    let (mut out, mut cut) = (String::with_capacity(text.len()), 0);
    for cluster in text.graphemes(true) {
        let length = cluster.chars().count();
        if odd(cluster) && grapheme_width(cluster) == 0 {
            let carried = format!("\u{25CC}{cluster}");
            if carried.graphemes(true).count() > 1 {
                out.extend(cluster.chars().take(CLUSTER_CAP).map(|c| format!("‹{:02X}›", u32::from(c))));
                continue;
            }
            out.push('\u{25CC}');
        }
        if length <= CLUSTER_CAP {
            out.push_str(cluster);
        } else {
            out.push_str(cut_cluster(cluster));
            out.push('\u{FFFD}');
            cut += length - CLUSTER_CAP;
        }
    }
    (out, cut)
}

/// The start of a cluster that is too long, without a joiner or selector that would now join nothing.
pub(super) fn cut_cluster(cluster: &str) -> &str {
    let end = cluster.char_indices().nth(CLUSTER_CAP).map_or(cluster.len(), |(at, _)| at);
    cluster.split_at(end).0.trim_end_matches(
        |c| matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E01EF}'),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        inspect(text).text.into_string()
    }

    #[test]
    fn the_common_case_is_borrowed() {
        for text in ["", "Warehouse supervisor.\n• 8 years – 99.95 %", "Müller, Łódź, Пётр, 山田"]
        {
            assert!(matches!(inspect(text).text.0, Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn what_a_reader_cannot_see_is_shown_and_counted() {
        for (text, expected, hidden) in [
            ("A\u{1b}[31mB", "A␛[31mB", 1),
            ("bell\u{7}\u{7f}", "bell␇␡", 2),
            ("a\u{9b}31m", "a‹9B›31m", 1),
            ("abc\u{202e}fed", "abc‹RLO›fed", 1),
            ("a\u{200b}\u{200b}\u{200b}b", "a‹ZWSP×3›b", 3),
            ("hi\u{e0041}\u{e0042}\u{e007f}", "hi‹TAG×3›", 3),
            ("x\u{3164}y\u{2800}", "x‹FILLER›y‹BLANK›", 2),
            ("a\u{200d}b", "a‹ZWJ›b", 1),
            ("a\tb\r\nabc\td", "a       b\nabc     d", 0),
            ("lone\rCR", "lone␍CR", 1),
            ("\u{301}x", "◌\u{301}x", 0),
        ] {
            let found = inspect(text);
            assert_eq!((found.text.as_str(), found.hidden), (expected, hidden), "{text:?}");
        }
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        let england = "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}";
        for text in
            ["👩\u{200D}💻", "❤\u{FE0F}", england, "山田", "क्षि", "می\u{200C}خواهم", "e\u{301}te\u{301}"]
        {
            assert_eq!((shown(text).as_str(), inspect(text).hidden), (text, 0));
        }
    }

    #[test]
    fn a_heap_of_accents_is_cut() {
        let heap = format!("A{}", "\u{301}".repeat(10_000));
        let found = inspect(&heap);
        assert_eq!((found.text.len(), found.hidden), (18, 9_993));
        assert!(found.text.ends_with('\u{FFFD}'));
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(inspect_line("a\r\nb\n", Newline::Symbol).text.as_str(), "a␊b␊");
        assert_eq!(Safe::line("a\nb").as_str(), "a b");
    }

    #[test]
    fn a_line_of_tabs_costs_no_more_than_its_length() {
        let tabs = "\t".repeat(50_000);
        assert_eq!(shown(&tabs).len(), 400_000);
    }

    fn forbidden(c: char) -> bool {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{AD}')
    }

    /// Strings rich in what the sanitiser is there for.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => "[ -~]{0,6}",
            2 => any::<char>().prop_map(String::from),
            1 => prop::char::range('\u{0}', '\u{9f}').prop_map(String::from),
            2 => prop::char::range('\u{2000}', '\u{206f}').prop_map(String::from),
            1 => prop::char::range('\u{e0000}', '\u{e01ff}').prop_map(String::from),
            1 => "[\u{300}\u{301}\u{fe0f}\u{200d}\u{1f469}\u{1f3f4}\u{64a}\u{94d}]{1,12}",
            1 => prop_oneof![Just("\x1b[2J"), Just("\x1b]0;x\x07"), Just("\u{9b}1m"), Just("\r\n"), Just("\t")]
                .prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_reaches_the_terminal_but_text(text in hostile()) {
            let found = inspect(&text);
            prop_assert!(!found.text.chars().any(forbidden), "{:?}", found.text);
            for cluster in found.text.graphemes(true).filter(|cluster| *cluster != "\n") {
                prop_assert!(cluster.len() <= 64, "{cluster:?}");
                prop_assert!(grapheme_width(cluster) > 0, "{cluster:?}");
            }
            let line = inspect_line(&text, Newline::Symbol).text;
            prop_assert!(!line.contains('\n') && !line.chars().any(forbidden));
        }

        #[test]
        fn safe_text_is_a_fixed_point(text in hostile()) {
            let once = shown(&text);
            let again = inspect(&once);
            prop_assert_eq!((again.text.as_str(), again.hidden), (once.as_str(), 0));
        }

        #[test]
        fn plain_text_passes_unchanged(text in "[ -~\näöüß–—•’“”é山田]{0,40}") {
            prop_assert_eq!(shown(&text), text);
        }
    }
}
