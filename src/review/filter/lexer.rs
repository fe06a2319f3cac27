//! From text to tokens. A token knows where it stands, and which of its characters were in quotes: those mean
//! nothing but themselves.

use std::ops::Range;

use super::error::FilterError;

/// A character of an atom: where it stands, what it is, whether it is literal (in quotes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Glyph {
    at: usize,
    char: char,
    literal: bool,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `-` before a term.
    Minus,
    /// The word `or`.
    Or,
    /// The word `and`, which says what standing side by side says anyway.
    And,
    /// A word, or a field with its value.
    Atom(Atom),
}

/// A word, or a field with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atom {
    /// The field's name as it was written, if there is one.
    pub field: Option<Value>,
    /// The word, or the field's value.
    glyphs: Vec<Glyph>,
    /// Where all of it stands.
    pub span: Range<usize>,
}

/// A piece of text with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The text, without quotes.
    pub text: String,
    /// Whether any of it was in quotes: then it is no keyword and no range.
    pub quoted: bool,
    /// How many bytes stand before the first quotes: all of the text if there are none.
    pub plain: usize,
    /// Where it stands.
    pub span: Range<usize>,
}

impl Atom {
    /// All of the word or value.
    pub fn value(&self) -> Value {
        Value::new(&self.glyphs, self.span.end)
    }

    /// The parts of the value between commas.
    pub fn list(&self) -> Vec<Value> {
        let parts = self.glyphs.split(|glyph| glyph.char == ',' && !glyph.literal);
        parts.map(|part| Value::new(part, self.span.end)).collect()
    }
}

impl Value {
    fn new(glyphs: &[Glyph], otherwise: usize) -> Self {
        let start = glyphs.first().map_or(otherwise, |glyph| glyph.at);
        let end = glyphs.last().map_or(otherwise, |glyph| glyph.at + glyph.char.len_utf8());
        let plain = glyphs.iter().take_while(|glyph| !glyph.literal).map(|glyph| glyph.char.len_utf8()).sum();
        let text: String = glyphs.iter().map(|glyph| glyph.char).collect();
        Self { quoted: plain < text.len(), plain, text, span: start..end }
    }

    /// The text as a keyword; `None` if it was in quotes.
    pub fn keyword(&self) -> Option<&str> {
        (!self.quoted).then_some(self.text.as_str())
    }
}

/// Splits `text` into tokens with their places.
pub fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, FilterError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut found = Vec::new();
    while let Some(char) = lexer.peek() {
        let start = lexer.at;
        let token = match char {
            '(' => lexer.single(Token::Open),
            ')' => lexer.single(Token::Close),
            '-' => lexer.single(Token::Minus),
            space if space.is_whitespace() => {
                lexer.bump();
                continue;
            }
            _ => lexer.atom()?,
        };
        found.push((token, start..lexer.at));
    }
    Ok(found)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn bump(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        Some(char)
    }

    fn single(&mut self, token: Token) -> Token {
        self.bump();
        token
    }

    fn atom(&mut self) -> Result<Token, FilterError> {
        let start = self.at;
        let mut glyphs = Vec::new();
        let mut quotes = false;
        while let Some(char) = self.peek() {
            if char == '"' {
                quotes = true;
                self.quoted(&mut glyphs)?;
            } else if char.is_whitespace() || char == '(' || char == ')' {
                break;
            } else {
                glyphs.push(Glyph { at: self.at, char, literal: false });
                self.bump();
            }
        }
        let span = start..self.at;
        let word: String = glyphs.iter().map(|glyph| glyph.char).collect();
        Ok(match word.to_ascii_lowercase().as_str() {
            "or" if !quotes => Token::Or,
            "and" if !quotes => Token::And,
            _ => Token::Atom(split(glyphs, span)),
        })
    }

    fn quoted(&mut self, glyphs: &mut Vec<Glyph>) -> Result<(), FilterError> {
        let start = self.at;
        self.bump();
        loop {
            let at = self.at;
            let char = match self.bump() {
                Some('"') => return Ok(()),
                Some('\\') => self.bump(),
                other => other,
            };
            let Some(char) = char else {
                return Err(FilterError::new("A quotation mark is not closed.", start..self.text.len())
                    .hint("Write \\\" for a quotation mark inside quotation marks."));
            };
            glyphs.push(Glyph { at, char, literal: true });
        }
    }
}

/// Takes the field off the value at the first colon, if what stands before it can be a field's name.
fn split(glyphs: Vec<Glyph>, span: Range<usize>) -> Atom {
    let colon = glyphs.iter().position(|glyph| glyph.char == ':' && !glyph.literal);
    let Some((name, value)) = colon.and_then(|at| Some((glyphs.get(..at)?, glyphs.get(at + 1..)?))) else {
        return Atom { field: None, glyphs, span };
    };
    let quoted = !name.is_empty() && name.iter().all(|glyph| glyph.literal);
    let plain = name.first().is_some_and(|first| first.char.is_alphabetic() || first.char == '_')
        && name.iter().all(|glyph| {
            !glyph.literal && (glyph.char.is_alphanumeric() || matches!(glyph.char, '_' | '.' | '-'))
        });
    if !quoted && !plain {
        return Atom { field: None, glyphs, span };
    }
    Atom { field: Some(Value::new(name, span.start)), glyphs: value.to_vec(), span }
}

/// Writes `text` so that it reads back as one word or value: in quotes if it must be.
pub fn quote(text: &str, also: impl Fn(&str) -> bool) -> String {
    let special = |char: char| char.is_whitespace() || "()\",:\\".contains(char);
    let word = text.to_ascii_lowercase();
    let keyword = matches!(word.as_str(), "" | "or" | "and" | "none" | "any");
    let sign = text.starts_with(['-', '<', '>', '=']) || text.contains("..");
    if keyword || sign || text.contains(special) || also(&word) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text.to_owned()
    }
}
