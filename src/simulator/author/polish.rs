//! The sentences of one line, rewritten.

use super::{
    bank,
    language::Language,
    opening::{strengthened, with_strong_verb},
    rule::Rules,
    token::{Token, capitalised, lowered, part, tokens},
    verb::{self, Form},
    voice::{active, impersonal, is_personal},
};
use crate::{dice::Dice, text};

/// What the lines around say about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A bullet, or a line that stands for one, of a role that ended or is told in the past.
    Past,
    /// The same of a role that is told in the present.
    Present,
    /// A paragraph.
    Paragraph,
}

/// How a résumé is rewritten.
pub struct Polish<'a> {
    /// How much: of 1,000 chances so many are taken, give and take.
    pub effort: usize,
    /// In which language.
    pub language: Language,
    /// Whether a word, in lower case, is a name that keeps its capital.
    pub is_name: &'a dyn Fn(&str) -> bool,
}

/// The sentences of a text; what stands between them is given up.
pub fn sentences(text: &str) -> Vec<&str> {
    text::sentences(text).into_iter().map(|range| part(text, range.start, range.end)).collect()
}

/// The text without hidden and control characters and with single blanks.
pub fn tidy(text: &str) -> String {
    let hidden = |sign: &char| {
        sign.is_control() && !sign.is_whitespace()
            || matches!(sign, '\u{feff}' | '\u{200b}' | '\u{2060}' | '\u{ad}')
    };
    let visible: String = text.chars().filter(|sign| !hidden(sign)).collect();
    visible.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

impl Polish<'_> {
    /// The line rewritten.
    pub fn line(&self, text: &str, place: Place, dice: &mut Dice) -> String {
        let text = tidy(text);
        let edited: Vec<String> =
            sentences(&text).into_iter().map(|text| self.sentence(text, place, dice)).collect();
        joined(edited, self.effort, dice).join(" ")
    }

    /// One sentence rewritten.
    pub fn sentence(&self, sentence: &str, place: Place, dice: &mut Dice) -> String {
        if self.language != Language::English {
            return bank::phrases(self.language).apply(sentence, Rules::All, self.effort, dice);
        }
        let mut out = sentence.to_owned();
        if dice.chance(self.effort + 350) {
            out = self.stronger(&out, place, dice).unwrap_or(out);
        }
        if dice.chance(self.effort + 300) {
            out = impersonal(&out, dice).unwrap_or(out);
        }
        if place != Place::Paragraph {
            out = with_strong_verb(&out, self.effort, dice).unwrap_or(out);
        }
        let rules = if is_personal(&out) { Rules::Inside } else { Rules::All };
        bank::phrases(Language::English).apply(&out, rules, self.effort + 200, dice)
    }

    fn stronger(&self, sentence: &str, place: Place, dice: &mut Dice) -> Option<String> {
        let tense = if place == Place::Present { Form::Base } else { Form::Past };
        let bare = tokens(sentence).first().is_some_and(|token| token.key.ends_with("ing"));
        active(sentence, self.is_name).or_else(|| {
            let may = place != Place::Paragraph || !bare;
            may.then(|| strengthened(sentence, tense, dice)).flatten()
        })
    }
}

/// The longest sentence that is joined with another one, in characters.
const SHORT: usize = 75;

/// The sentences with some short neighbours joined.
pub fn joined(sentences: Vec<String>, permille: usize, dice: &mut Dice) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(sentences.len());
    for sentence in sentences {
        match out.last_mut() {
            Some(last) if fit(last, &sentence) && dice.chance(permille) => {
                last.pop();
                last.push_str(" and ");
                last.push_str(&lowered(&sentence));
            }
            _ => out.push(sentence),
        }
    }
    out
}

/// Whether both begin with a verb in the same form and are simple.
fn fit(first: &str, second: &str) -> bool {
    let form = |text: &str| {
        let tokens = tokens(text);
        let word = tokens.first().filter(|token| token.is_capital())?;
        verb::any(&word.key).map(|(_, form)| form).filter(|form| *form != Form::Gerund)
    };
    let simple = |text: &str| {
        text.chars().count() <= SHORT && ![" and ", ", ", ":"].iter().any(|mark| text.contains(mark))
    };
    first.ends_with('.')
        && simple(first)
        && simple(second)
        && form(first).is_some()
        && form(first) == form(second)
}

/// The line with the capital and the full stop that `like` has or has not.
pub fn shaped_like(text: &str, like: &str) -> String {
    let small = tokens(like).into_iter().find(Token::is_word).is_some_and(|token| !token.is_capital());
    let text = if small { text.trim().to_owned() } else { capitalised(text.trim()) };
    match (text.ends_with('.'), like.trim_end().ends_with('.')) {
        (true, false) if !text.contains(". ") => text.trim_end_matches('.').to_owned(),
        (false, true) if text.ends_with(char::is_alphanumeric) => text + ".",
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_neighbours_with_like_verbs_are_joined() {
        let join = |sentences: [&str; 2]| {
            joined(sentences.map(str::to_owned).to_vec(), 1_000, &mut Dice::new(1)).join(" ")
        };
        assert_eq!(
            join(["Planned the rota.", "Trained the staff."]),
            "Planned the rota and trained the staff."
        );
        assert_eq!(join(["Planned the rota.", "SAP is used."]), "Planned the rota. SAP is used.");
        assert_eq!(join(["Planned this and that.", "Trained them."]), "Planned this and that. Trained them.");
    }

    #[test]
    fn blanks_and_hidden_characters_are_tidied() {
        assert_eq!(tidy(" a\u{200b}b \t\r\n c\u{1b}[0m "), "ab c[0m");
        assert_eq!(shaped_like("led it", "Did it."), "Led it.");
        assert_eq!(shaped_like("Led it.", "Did it"), "Led it");
    }
}
