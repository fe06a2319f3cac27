//! The text of HTML, and another text in its place: tags, attributes, comments and all that is not touched stay as
//! they are, byte for byte.
//!
//! Blocks and line breaks become line ends, list items begin with `- `. These are not characters of the HTML: a text
//! that has others of them is refused, except that a new line end inside of a text becomes a line break.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{CodecError, entity};

/// A character that is shown, and the bytes that it is made from; `None` for one that a tag brings about.
#[derive(Debug, Clone)]
struct Shown {
    character: char,
    bytes: Option<Range<usize>>,
}

/// The text.
pub(super) fn get(html: &str) -> String {
    read(html).into_iter().map(|shown| shown.character).collect()
}

/// How many line ends a tag brings about, by its name.
fn breaks(name: &str) -> Option<usize> {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table" | "blockquote"
        | "pre" => Some(2),
        "div" | "li" | "tr" | "dt" | "dd" | "section" | "article" | "header" | "footer" | "hr" | "main"
        | "aside" => Some(1),
        _ => None,
    }
}

#[derive(Default)]
struct Reader {
    out: Vec<Shown>,
    /// Line ends that stand before the next text, if text stands before them.
    pending: usize,
    /// White space that stands before the next text of the line.
    space: Option<Range<usize>>,
    item: bool,
    pre: usize,
    /// How deep inside of lists.
    lists: usize,
}

fn read(html: &str) -> Vec<Shown> {
    let mut reader = Reader::default();
    let mut at = 0;
    while let Some(rest) = html.get(at..).filter(|rest| !rest.is_empty()) {
        at += match markup(rest) {
            Some((len, tag)) => {
                reader.tag(&tag);
                len
            }
            None => reader.character(rest, at),
        };
    }
    reader.out
}

/// What a piece of markup does.
struct Tag {
    name: String,
    closes: bool,
}

/// Markup at the beginning of `rest`: its length, and the tag if it is one. Scripts and styles are one piece.
fn markup(rest: &str) -> Option<(usize, Tag)> {
    let nothing = || Tag { name: String::new(), closes: false };
    if rest.starts_with("<!--") {
        return Some((rest.find("-->").map_or(rest.len(), |end| end + 3), nothing()));
    }
    let inner = rest.strip_prefix('<')?;
    if !inner.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '!' | '?')) {
        return None;
    }
    let len = end_of_tag(rest)?;
    let name = inner.trim_start_matches('/');
    let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
    let tag = Tag { name: name.to_ascii_lowercase(), closes: inner.starts_with('/') };
    if !tag.closes && matches!(tag.name.as_str(), "script" | "style" | "title" | "template") {
        let end = format!("</{}", tag.name);
        let lower = rest.to_ascii_lowercase();
        let close = lower.find(&end).unwrap_or(rest.len());
        let more = rest.get(close..).and_then(end_of_tag).unwrap_or(0);
        return Some((close + more, nothing()));
    }
    Some((len, tag))
}

/// The length of a tag; a `>` in a quoted value does not end it.
fn end_of_tag(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in rest.char_indices() {
        match (quote, character) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (Some(_) | None, _) => {}
        }
    }
    None
}

impl Reader {
    fn tag(&mut self, tag: &Tag) {
        match tag.name.as_str() {
            "br" => {
                self.space = None;
                self.pending += 1;
                return;
            }
            "pre" => self.pre = if tag.closes { self.pre.saturating_sub(1) } else { self.pre + 1 },
            "ul" | "ol" => {
                self.lists = if tag.closes { self.lists.saturating_sub(1) } else { self.lists + 1 }
            }
            "li" if !tag.closes => self.item = true,
            "td" | "th"
                if !tag.closes && self.pending == 0 && !self.out.is_empty() && self.space.is_none() =>
            {
                self.virtual_space();
            }
            _ => {}
        }
        let Some(most) = breaks(&tag.name) else { return };
        self.space = None;
        // A list inside of a list is no paragraph of its own.
        let list = matches!(tag.name.as_str(), "ul" | "ol") && self.lists > usize::from(!tag.closes);
        self.pending = self.pending.max(if list { 1 } else { most });
    }

    fn virtual_space(&mut self) {
        if self.out.last().is_some_and(|last| !last.character.is_whitespace()) {
            self.out.push(Shown { character: ' ', bytes: None });
        }
    }

    /// Takes one character; returns how many bytes it has.
    fn character(&mut self, rest: &str, at: usize) -> usize {
        let (character, len) = match entity::read(rest) {
            Some(found) => found,
            None => {
                rest.chars().next().map_or(('\0', rest.len()), |character| (character, character.len_utf8()))
            }
        };
        let bytes = at..at + len;
        if is_blank(character) && self.pre == 0 {
            self.space = Some(self.space.take().map_or(bytes.clone(), |space| space.start..bytes.end));
            return len;
        }
        let begins = self.out.is_empty() || self.pending > 0;
        if self.out.is_empty() {
            self.pending = 0;
        }
        for _ in 0..std::mem::take(&mut self.pending) {
            self.out.push(Shown { character: '\n', bytes: None });
        }
        if std::mem::take(&mut self.item) {
            self.out.extend("- ".chars().map(|character| Shown { character, bytes: None }));
        } else if let Some(space) = self.space.take().filter(|_| !begins) {
            self.out.push(Shown { character: ' ', bytes: Some(space) });
        }
        self.space = None;
        self.out.push(Shown { character, bytes: Some(bytes) });
        len
    }
}

const fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\u{c}' | '\r')
}

/// Words, blanks and signs: what is compared.
fn tokens(text: &[char]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, character) in text.iter().enumerate() {
        let goes_on = character.is_alphanumeric()
            && at > 0
            && text.get(at - 1).is_some_and(|before| before.is_alphanumeric());
        match found.last_mut() {
            Some(last) if goes_on => last.end = at + 1,
            Some(_) | None => found.push(at..at + 1),
        }
    }
    found
}

/// The HTML with `text` in the place of its text. The caller makes sure that this is then the text.
pub(super) fn put(html: &str, text: &str) -> Result<String, CodecError> {
    let shown = read(html);
    if shown.is_empty() {
        let blank = html.trim().is_empty();
        return if blank {
            Ok(from_text(text))
        } else {
            Err(CodecError("its HTML has no text that could be replaced."))
        };
    }
    let old: Vec<char> = shown.iter().map(|shown| shown.character).collect();
    let new: Vec<char> = text.chars().collect();
    let (old_tokens, new_tokens) = (tokens(&old), tokens(&new));
    let words = |text: &[char], tokens: &[Range<usize>]| -> Vec<String> {
        tokens.iter().map(|token| text.get(token.clone()).unwrap_or_default().iter().collect()).collect()
    };
    let ops = capture_diff_slices(Algorithm::Myers, &words(&old, &old_tokens), &words(&new, &new_tokens));
    let mut edits = Vec::new();
    for op in ops {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let of = |tokens: &[Range<usize>], range: Range<usize>, end: usize| {
            let start = tokens.get(range.start).map_or(end, |token| token.start);
            start
                ..range
                    .end
                    .checked_sub(1)
                    .and_then(|last| tokens.get(last))
                    .map_or(start, |token| token.end.max(start))
        };
        let gone = of(&old_tokens, op.old_range(), old.len());
        let came = if op.new_range().is_empty() { 0..0 } else { of(&new_tokens, op.new_range(), new.len()) };
        let gone = if op.old_range().is_empty() { gone.start..gone.start } else { gone };
        edits.push(Edit::new(html, &shown, gone, new.get(came).unwrap_or_default())?);
    }
    let mut out = html.to_owned();
    for edit in edits.iter().rev() {
        // From behind, so that the places before stay what they are.
        for bytes in edit.gone.iter().rev() {
            out.replace_range(bytes.clone(), "");
        }
        out.insert_str(edit.at, &edit.came);
    }
    Ok(out)
}

/// Bytes that go, and what comes in their place.
struct Edit {
    gone: Vec<Range<usize>>,
    at: usize,
    came: String,
}

impl Edit {
    fn new(html: &str, shown: &[Shown], gone: Range<usize>, came: &[char]) -> Result<Self, CodecError> {
        const STRUCTURE: CodecError =
            CodecError("it would need other lines or list items than its HTML has.");
        let bytes: Option<Vec<Range<usize>>> =
            shown.get(gone.clone()).unwrap_or_default().iter().map(|shown| shown.bytes.clone()).collect();
        let bytes = bytes.ok_or(STRUCTURE)?;
        let before = gone.start.checked_sub(1).and_then(|at| shown.get(at)?.bytes.as_ref());
        let behind = shown.get(gone.end).and_then(|shown| shown.bytes.as_ref());
        let at = match (bytes.first(), before, behind) {
            (Some(first), _, _) => first.start,
            // What is added behind an element does not become a part of it.
            (None, Some(before), Some(behind)) if closes(html, before.end..behind.start) => behind.start,
            (None, Some(before), _) => before.end,
            (None, None, Some(behind)) => behind.start,
            (None, None, None) => return Err(STRUCTURE),
        };
        let mut text = String::new();
        for character in came {
            match character {
                '\n' => text.push_str("<br>"),
                other => entity::push(&mut text, *other),
            }
        }
        Ok(Self { gone: bytes, at, came: text })
    }
}

/// Whether an element ends first between two characters.
fn closes(html: &str, between: Range<usize>) -> bool {
    html.get(between).is_some_and(|between| between.trim_start().starts_with("</"))
}

/// A plain text as HTML: paragraphs at empty lines, line breaks elsewhere.
pub fn from_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let text = text.replace("\r\n", "\n");
    for paragraph in
        text.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).filter(|p| !p.trim().is_empty())
    {
        out.push_str("<p>");
        for (index, line) in paragraph.split('\n').enumerate() {
            if index > 0 {
                out.push_str("<br>");
            }
            line.chars().for_each(|character| entity::push(&mut out, character));
        }
        out.push_str("</p>");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::Codec;
    use super::*;

    #[test]
    fn blocks_breaks_items_and_entities_are_read() {
        for (html, text) in [
            ("<p>One &amp; two</p>\n<p>three</p>", "One & two\n\nthree"),
            ("a<br/>b<br><br>c", "a\nb\n\nc"),
            ("<ul>\n <li>one</li>\n <li><b>t</b>wo</li>\n</ul><p>x</p>", "- one\n- two\n\nx"),
            ("<div>a</div><div> b  c </div>", "a\nb c"),
            ("<!-- no --><style>p { x }</style>x &lt; y &nonsense;", "x < y &nonsense;"),
            ("1 < 2 and <3", "1 < 2 and <3"),
            ("<a href=\"x>y\">link</a>", "link"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("caf&eacute;&nbsp;x", "caf\u{e9}\u{a0}x"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
            ("", ""),
        ] {
            assert_eq!(get(html), text, "{html}");
        }
    }

    #[test]
    fn only_the_text_changes() {
        for (html, text, put) in [
            (
                "<p class=x>Led a <b>team</b> of 5.</p>",
                "Ran a team of 5.",
                "<p class=x>Ran a <b>team</b> of 5.</p>",
            ),
            ("<p>R&amp;D caf&eacute;</p>", "R&D at caf\u{e9}", "<p>R&amp;D at caf&eacute;</p>"),
            ("<ul><li>one<li>two</ul>", "- 1 < 2\n- two", "<ul><li>1 &lt; 2<li>two</ul>"),
            ("<p>a b</p>", "a\nb", "<p>a<br>b</p>"),
            ("<p>one</p><!-- c --><p>two</p>", "one!\n\ntwo", "<p>one!</p><!-- c --><p>two</p>"),
        ] {
            assert_eq!(Codec::Html.put(html, text).unwrap(), put);
        }
    }

    #[test]
    fn other_lines_than_the_html_has_are_refused() {
        for (html, text) in [
            ("<ul><li>one</li><li>two</li></ul>", "- one"),
            ("<p>one</p><p>two</p>", "one two"),
            ("<p>one</p>", "one  two"),
            ("<img src=x>", "words"),
        ] {
            assert!(Codec::Html.put(html, text).is_err(), "{html}");
        }
    }

    #[test]
    fn a_plain_text_becomes_paragraphs() {
        let html = from_text("a & b\nc\n\n\nd\r\n");
        assert_eq!(html, "<p>a &amp; b<br>c</p><p>d</p>");
        assert_eq!(get(&html), "a & b\nc\n\nd");
    }
}
