//! From tokens to an expression: `or` binds weakest, standing side by side is *and*, `-` binds to what follows it.

use std::ops::Range;

use super::{
    error::FilterError,
    expr::Expr,
    lexer::{Atom, Token, tokens},
};

/// Parentheses and signs inside one another, at the most.
const DEPTH: usize = 32;
/// Terms, at the most.
const TERMS: usize = 200;

/// Reads `text`; `term` gives each atom its meaning.
pub fn parse<T>(
    text: &str,
    term: &mut dyn FnMut(&Atom) -> Result<Expr<T>, FilterError>,
) -> Result<Expr<T>, FilterError> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, terms: 0, end: text.len(), term };
    if parser.tokens.is_empty() {
        return Ok(Expr::ALL);
    }
    let filter = parser.either(0)?;
    match parser.peek() {
        None => Ok(filter),
        Some((_, span)) => Err(FilterError::new("This parenthesis closes nothing.", span)),
    }
}

struct Parser<'a, T> {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    terms: usize,
    end: usize,
    term: &'a mut dyn FnMut(&Atom) -> Result<Expr<T>, FilterError>,
}

impl<T> Parser<'_, T> {
    fn peek(&self) -> Option<(Token, Range<usize>)> {
        self.tokens.get(self.at).cloned()
    }

    fn either(&mut self, depth: usize) -> Result<Expr<T>, FilterError> {
        let mut parts = vec![self.all(depth)?];
        while let Some((Token::Or, _)) = self.peek() {
            self.at += 1;
            parts.push(self.all(depth)?);
        }
        Ok(Expr::any_of(parts))
    }

    fn all(&mut self, depth: usize) -> Result<Expr<T>, FilterError> {
        let mut parts = vec![self.one(depth)?];
        loop {
            match self.peek() {
                None | Some((Token::Or | Token::Close, _)) => return Ok(Expr::all_of(parts)),
                Some((Token::And, _)) => {
                    self.at += 1;
                    parts.push(self.one(depth)?);
                }
                Some((Token::Open | Token::Minus | Token::Atom(_), _)) => parts.push(self.one(depth)?),
            }
        }
    }

    fn one(&mut self, depth: usize) -> Result<Expr<T>, FilterError> {
        let Some((token, span)) = self.peek() else {
            return Err(FilterError::new(
                "Something is missing at the end of the filter.",
                self.end..self.end,
            ));
        };
        if depth > DEPTH {
            return Err(FilterError::new("This is nested too deeply.", span));
        }
        self.at += 1;
        match token {
            Token::Minus => Ok(self.one(depth + 1)?.negated()),
            Token::Open => self.group(depth, span),
            Token::Atom(atom) => {
                self.terms += 1;
                if self.terms > TERMS {
                    return Err(FilterError::new(format!("A filter has at most {TERMS} terms."), span));
                }
                (self.term)(&atom)
            }
            Token::Or => Err(missing("or", span)),
            Token::And => Err(missing("and", span)),
            Token::Close => Err(FilterError::new("Something is missing before this parenthesis.", span)),
        }
    }

    fn group(&mut self, depth: usize, open: Range<usize>) -> Result<Expr<T>, FilterError> {
        if let Some((Token::Close, _)) = self.peek() {
            self.at += 1;
            return Ok(Expr::ALL);
        }
        let inner = self.either(depth + 1)?;
        match self.peek() {
            Some((Token::Close, _)) => {
                self.at += 1;
                Ok(inner)
            }
            None | Some(_) => Err(FilterError::new("This parenthesis is not closed.", open)),
        }
    }
}

fn missing(word: &str, span: Range<usize>) -> FilterError {
    FilterError::new(format!("Something is missing before \"{word}\"."), span)
        .hint(format!("Write \"{word}\" in quotes to search for the word."))
}
