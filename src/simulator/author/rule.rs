//! Rules that replace words by words: how they are written, found and applied.
//!
//! The language of the rules is described at the top of `assets/demo/phrases/en.txt`. No rule contains a digit, so that
//! whatever is rewritten keeps its numbers.

use std::collections::HashMap;

use super::{
    token::{Token, capitalised, lowered, needs_an, part, tokens},
    verb::{self, Form, Verb},
};
use crate::dice::Dice;

/// Part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// The beginning of the sentence.
    Begin,
    /// The end of the sentence; marks may follow.
    End,
    /// This word or mark.
    Word(String),
    /// This word or mark, or nothing.
    Perhaps(String),
    /// One to five words.
    Any,
    /// A verb in a form.
    Form(Form),
}

/// One rule.
#[derive(Debug)]
struct Rule {
    pattern: Vec<Piece>,
    replacements: Vec<String>,
}

/// Rules, by the word they begin with.
#[derive(Debug, Default)]
pub struct Bank {
    rules: Vec<Rule>,
    by_first: HashMap<String, Vec<usize>>,
    /// Those that begin with something else than one word.
    others: Vec<usize>,
}

/// Which rules count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// All.
    All,
    /// Those that do not ask for the beginning of the sentence.
    Inside,
}

/// What a pattern found.
#[derive(Default, Clone)]
struct Found {
    /// How many tokens it took.
    length: usize,
    /// What its wildcards took, in tokens.
    wild: Vec<(usize, usize)>,
    /// Its verb.
    verb: Option<Verb>,
}

/// The most words that a wildcard takes.
const WILD: usize = 5;

impl Bank {
    /// Reads a file of rules; a line without ` =` is none.
    pub fn read(text: &str) -> Self {
        let mut bank = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((pattern, replacements)) = line.split_once(" =") else { continue };
            let pattern: Vec<Piece> =
                pattern.split(' ').filter(|word| !word.is_empty()).flat_map(pieces).collect();
            let replacements = replacements.split('|').map(|text| text.trim().to_owned()).collect();
            let first = pattern.iter().find(|piece| **piece != Piece::Begin).cloned();
            match first {
                Some(Piece::Word(word)) => bank.by_first.entry(word).or_default().push(bank.rules.len()),
                _ => bank.others.push(bank.rules.len()),
            }
            bank.rules.push(Rule { pattern, replacements });
        }
        let longest_first = |rules: &[Rule], list: &mut Vec<usize>| {
            list.sort_by_key(|index| usize::MAX - rules.get(*index).map_or(0, |rule| rule.pattern.len()));
        };
        bank.by_first.values_mut().for_each(|list| longest_first(&bank.rules, list));
        longest_first(&bank.rules, &mut bank.others);
        bank
    }

    /// How many rules there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// The sentence after the rules, each applied in `permille` of 1,000 cases.
    pub fn apply(&self, sentence: &str, rules: Rules, permille: usize, dice: &mut Dice) -> String {
        let tokens = tokens(sentence);
        let mut out = String::with_capacity(sentence.len());
        let mut copied = 0;
        let mut at = 0;
        while at < tokens.len() {
            let Some((rule, found)) = self.find(&tokens, at, rules) else {
                at += 1;
                continue;
            };
            let taken = dice.chance(permille);
            let choice = dice.pick(&rule.replacements).map_or("", String::as_str);
            if taken && let (Some(first), Some(last)) = (tokens.get(at), tokens.get(at + found.length - 1)) {
                out.push_str(part(sentence, copied, first.start));
                let text = replacement(choice, sentence, &tokens, at, &found);
                put(&mut out, &text, part(sentence, last.end, sentence.len()));
                copied = last.end;
            }
            at += found.length.max(1);
        }
        out.push_str(part(sentence, copied, sentence.len()));
        if tokens.iter().find(|token| token.is_word()).is_some_and(Token::is_capital) {
            out = capitalised(&out);
        }
        out.trim_start().to_owned()
    }

    fn find(&self, tokens: &[Token<'_>], at: usize, rules: Rules) -> Option<(&Rule, Found)> {
        let first = tokens.get(at)?;
        let key = &first.key;
        // A capital in the middle belongs to a name.
        if first.is_capital() && key != "i" && tokens.iter().take(at).any(Token::is_word) {
            return None;
        }
        let listed = self.by_first.get(key).into_iter().flatten();
        listed.chain(&self.others).filter_map(|index| self.rules.get(*index)).find_map(|rule| {
            if rules == Rules::Inside && rule.pattern.first() == Some(&Piece::Begin) {
                return None;
            }
            let found = matches(&rule.pattern, tokens, at, Found::default(), at)?;
            (found.length > 0).then_some((rule, found))
        })
    }
}

fn pieces(word: &str) -> Vec<Piece> {
    match word {
        "^" => vec![Piece::Begin],
        "$" => vec![Piece::End],
        "*" => vec![Piece::Any],
        "{ing}" => vec![Piece::Form(Form::Gerund)],
        "{past}" => vec![Piece::Form(Form::Past)],
        "{base}" => vec![Piece::Form(Form::Base)],
        _ => match word.strip_suffix('?').filter(|word| !word.is_empty()) {
            Some(word) => vec![Piece::Perhaps(word.to_owned())],
            None => tokens(word).into_iter().map(|token| Piece::Word(token.key)).collect(),
        },
    }
}

/// Matches the pattern at token `at` of a pattern that began at `start`.
fn matches(
    pattern: &[Piece],
    tokens: &[Token<'_>],
    at: usize,
    mut found: Found,
    start: usize,
) -> Option<Found> {
    let Some((piece, rest)) = pattern.split_first() else {
        found.length = at - start;
        return Some(found);
    };
    let here = tokens.get(at);
    match piece {
        Piece::Begin => (at == 0).then(|| matches(rest, tokens, at, found, start))?,
        Piece::End => tokens
            .get(at..)
            .is_some_and(|rest| !rest.iter().any(Token::is_word))
            .then(|| matches(rest, tokens, at, found, start))?,
        Piece::Word(word) => (here?.key == *word).then(|| matches(rest, tokens, at + 1, found, start))?,
        Piece::Perhaps(word) => {
            let with = here.filter(|token| token.key == *word);
            with.and_then(|_| matches(rest, tokens, at + 1, found.clone(), start))
                .or_else(|| matches(rest, tokens, at, found, start))
        }
        Piece::Form(form) => {
            found.verb = Some(verb::find(&here?.key, *form)?);
            matches(rest, tokens, at + 1, found, start)
        }
        Piece::Any => (1..=WILD).find_map(|count| {
            let taken = tokens.get(at..at + count)?;
            if !taken.iter().all(Token::is_word) {
                return None;
            }
            let mut found = found.clone();
            found.wild.push((at, at + count));
            matches(rest, tokens, at + count, found, start)
        }),
    }
}

/// The replacement with what wildcards and verbs took.
fn replacement(template: &str, sentence: &str, tokens: &[Token<'_>], at: usize, found: &Found) -> String {
    let mut out = String::new();
    let mut next = 0;
    for word in template.split(' ').filter(|word| !word.is_empty()) {
        let wild = |number: usize| {
            let (from, to) = found.wild.get(number).copied().unwrap_or((at, at));
            match (tokens.get(from), to.checked_sub(1).and_then(|last| tokens.get(last))) {
                (Some(first), Some(last)) => {
                    let text = part(sentence, first.start, last.end);
                    // What stood at the beginning loses its capital inside, unless it is one of several.
                    let inside = from == 0 && !template.starts_with('*');
                    if inside && !first.text.chars().skip(1).any(char::is_uppercase) {
                        lowered(text)
                    } else {
                        text.to_owned()
                    }
                }
                _ => String::new(),
            }
        };
        let (core, mark) = word.strip_suffix(',').map_or((word, ""), |core| (core, ","));
        let form = |form| found.verb.map_or_else(String::new, |verb| verb::conjugate(verb, form).to_owned());
        let text = match core {
            "*" => {
                next += 1;
                wild(next - 1)
            }
            "*1" => wild(0),
            "*2" => wild(1),
            "*3" => wild(2),
            "{ing}" => form(Form::Gerund),
            "{past}" => form(Form::Past),
            "{base}" => form(Form::Base),
            _ => core.to_owned(),
        };
        let joins = text.starts_with([',', '.', ';']) || out.is_empty();
        out.push_str(if joins { "" } else { " " });
        out.push_str(&text);
        out.push_str(mark);
    }
    out
}

/// Appends what replaces the matched words: `rest` follows.
fn put(out: &mut String, text: &str, rest: &str) {
    if text.is_empty() || text.starts_with([',', '.', ';']) {
        out.truncate(out.trim_end_matches([' ', '\u{a0}']).len());
        let ends = rest.trim_start().is_empty() || rest.trim_start().starts_with(['.', ';', '!', ',']);
        if text.is_empty() && ends && out.ends_with(',') {
            out.pop();
        }
        if text.is_empty() && out.is_empty() {
            return;
        }
    } else {
        correct_article(out, text);
    }
    out.push_str(text);
}

/// Makes the article at the end of `out` fit the word that follows.
fn correct_article(out: &mut String, next: &str) {
    let trimmed = out.trim_end();
    let Some(word) = trimmed.rsplit(' ').next().filter(|word| ["a", "an", "A", "An"].contains(word)) else {
        return;
    };
    let article = match (word.starts_with('A'), needs_an(next)) {
        (true, true) => "An ",
        (true, false) => "A ",
        (false, true) => "an ",
        (false, false) => "a ",
    };
    out.truncate(trimmed.len() - word.len());
    out.push_str(article);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(rules: &str, sentence: &str) -> String {
        Bank::read(rules).apply(sentence, Rules::All, 1_000, &mut Dice::new(1))
    }

    #[test]
    fn words_are_replaced_and_capitals_kept() {
        assert_eq!(apply("in order to = to", "In order to help, in order to win."), "To help, to win.");
        assert_eq!(apply("very =", "A very tidy room"), "A tidy room");
        assert_eq!(
            apply("hard working = diligent", "An eager, hard working cook"),
            "An eager, diligent cook"
        );
        assert_eq!(apply("big = enormous", "A big house, a big one"), "An enormous house, an enormous one");
        assert_eq!(apply("and so on $ =", "Bread, rolls, and so on"), "Bread, rolls");
    }

    #[test]
    fn wildcards_and_verbs_are_taken_along() {
        assert_eq!(
            apply(", it was * before = , down from *", "Closed it in 4 days, it was nine days before."),
            "Closed it in 4 days, down from nine days."
        );
        assert_eq!(
            apply("for the purpose of {ing} = to {base}", "Ordered early for the purpose of saving time"),
            "Ordered early to save time"
        );
        assert_eq!(
            apply(
                "^ i have been working in * for * years = *2 years in *1",
                "I have been working in human resources for 14 years."
            ),
            "14 years in human resources."
        );
    }

    #[test]
    fn the_longest_rule_counts_and_anchors_hold() {
        let rules = "as a result of = after\nas a = like a\n^ i = we\nnow $ = at last";
        assert_eq!(apply(rules, "I saw, as a result of it, I left now"), "We saw, after it, I left at last");
        assert_eq!(apply(rules, "now I go"), "now I go");
        assert_eq!(apply(rules, "I left now."), "We left at last.");
        assert_eq!(apply("big = large", "He likes Big Data"), "He likes Big Data");
    }

    #[test]
    fn a_comma_goes_with_what_it_led_to() {
        assert_eq!(apply("which was hard =", "Did it all, which was hard."), "Did it all.");
        assert_eq!(apply(",? so to speak =", "The bridge, so to speak, held"), "The bridge, held");
    }
}
