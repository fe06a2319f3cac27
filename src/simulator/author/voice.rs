//! The first person and the passive, which a résumé does without.
//!
//! Both are all or nothing: a sentence that would still say `I` or `my` stays as it was.

use super::{
    bank,
    rule::Rules,
    token::{Token, capitalised, lowered, part, tokens},
    verb::{self, Form},
};
use crate::dice::Dice;

const PERSON: &[&str] = &["i", "i'm", "i've", "i'd", "i'll", "me", "my", "myself", "mine"];

/// Whether the text speaks of its writer.
pub fn is_personal(text: &str) -> bool {
    tokens(text).iter().any(|token| PERSON.contains(&token.key.as_str()))
}

/// The sentence without its first person; `None` if it has none or cannot do without.
pub fn impersonal(sentence: &str, dice: &mut Dice) -> Option<String> {
    if !is_personal(sentence) {
        return None;
    }
    let spelled = spelled_out(sentence);
    let mut text = bank::voice().apply(&spelled, Rules::All, 1_000, dice);
    if let Some(rest) = text.strip_prefix("I ").or_else(|| text.strip_prefix("i ")) {
        let words = tokens(rest);
        let first = words.first()?;
        let second = words.get(1).map_or("", |token| token.key.as_str());
        let adverb =
            first.key.ends_with("ly") || ["also", "always", "often", "never"].contains(&first.key.as_str());
        let verb = if adverb { second } else { &first.key };
        verb::any(verb).filter(|(_, form)| *form != Form::Gerund)?;
        text = capitalised(rest);
    }
    // "…, also checked and I wrote" leaves a second subject: try once more.
    let text = bank::voice().apply(&text, Rules::All, 1_000, dice);
    (!is_personal(&text) && text.split_whitespace().count() > 1).then_some(text)
}

fn spelled_out(sentence: &str) -> String {
    let plain = sentence.replace("I’m ", "I am ").replace("I'm ", "I am ").replace("I’ve ", "I have ");
    plain.replace("I've ", "I have ").replace("don’t", "don't")
}

/// `The rota was written by me every week` as `Wrote the rota every week`; `None` if it is no such sentence.
pub fn active(sentence: &str, is_name: &dyn Fn(&str) -> bool) -> Option<String> {
    let tokens = tokens(sentence);
    let by = tokens.windows(2).position(|pair| match pair {
        [by, me] => by.key == "by" && ["me", "myself"].contains(&me.key.as_str()),
        _ => false,
    })?;
    let auxiliary = tokens
        .iter()
        .take(by)
        .position(|token| ["was", "were", "is", "are"].contains(&token.key.as_str()))?;
    let (participle, verb) = participle(&tokens, auxiliary + 1, by)?;
    let behind = tokens.get(by + 2);
    if auxiliary == 0 || auxiliary > 12 || behind.is_some_and(|token| token.key == "and") {
        return None;
    }
    let past = if verb::conjugate(verb, Form::Base) == "do" {
        "carried out"
    } else {
        verb::conjugate(verb, Form::Past)
    };
    let subject = part(sentence, 0, tokens.get(auxiliary - 1)?.end);
    let adverbs = part(sentence, tokens.get(auxiliary)?.end, tokens.get(participle)?.start).trim();
    let particles = part(sentence, tokens.get(participle)?.end, tokens.get(by)?.start).trim();
    let rest = behind.map_or("", |token| part(sentence, token.start, sentence.len()));
    let object = if may_be_small(tokens.first()?, is_name) { lowered(subject) } else { subject.to_owned() };
    // A particle that belongs to the verb stays with it: "looked after".
    let close = ["after", "through", "out", "up", "over", "in", "off", "down"].contains(&particles);
    let pieces =
        if close { [adverbs, past, particles, &object, ""] } else { [adverbs, past, &object, particles, ""] };
    let mut out = pieces.iter().filter(|piece| !piece.is_empty()).copied().collect::<Vec<_>>().join(" ");
    if !rest.is_empty() {
        out.push_str(if rest.starts_with(['.', ',', ';', ':', '!']) { "" } else { " " });
        out.push_str(rest);
    }
    let out = capitalised(&bank::voice().apply(&second_passive(&out), Rules::All, 1_000, &mut Dice::new(0)));
    (!is_personal(&out)).then_some(out)
}

/// The participle between auxiliary and agent, with its verb; an adverb may stand before it.
fn participle(tokens: &[Token<'_>], from: usize, to: usize) -> Option<(usize, verb::Verb)> {
    let known = |at: usize| Some((at, verb::find(&tokens.get(at)?.key, Form::Past)?));
    let (at, verb) = known(from).or_else(|| known(from + 1))?;
    (at < to && to - at <= 6).then_some((at, verb))
}

/// `… and the results were put up` behind an active verb: `…, with the results put up`.
fn second_passive(text: &str) -> String {
    let words = tokens(text);
    for at in 0..words.len() {
        let is = |offset: usize, list: &[&str]| {
            words.get(at + offset).is_some_and(|token| list.contains(&token.key.as_str()))
        };
        if is(0, &["and"]) && is(1, &["the", "all", "their", "its"]) && is(3, &["was", "were"]) {
            let (Some(and), Some(was)) = (words.get(at), words.get(at + 3)) else { break };
            let before = part(text, 0, and.start).trim_end();
            let subject = part(text, and.end, was.start).trim();
            return format!("{before}, with {subject}{}", part(text, was.end, text.len()));
        }
    }
    text.to_owned()
}

/// Whether the first word of the sentence is an ordinary one, which loses its capital inside.
fn may_be_small(first: &Token<'_>, is_name: &dyn Fn(&str) -> bool) -> bool {
    let shouted = first.text.chars().skip(1).any(|sign| sign.is_uppercase() || sign.is_ascii_digit());
    !shouted && !is_name(&first.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(sentence: &str) -> String {
        impersonal(sentence, &mut Dice::new(1)).unwrap_or_else(|| format!("= {sentence}"))
    }

    #[test]
    fn the_first_person_goes() {
        for (before, after) in [
            (
                "I am a dedicated cook with 4 years of experience.",
                "A dedicated cook with 4 years of experience.",
            ),
            (
                "I’m punctual, I am independent and I like to travel.",
                "Punctual, independent and keen to travel.",
            ),
            ("I have worked in hotels and bistros.", "Worked in hotels and bistros."),
            (
                "I hold a licence and I have a good safety record.",
                "Hold a licence with a good safety record.",
            ),
            ("I can work under pressure and I don't shout.", "Able to work under pressure without shouting."),
        ] {
            let got = without(before);
            assert!(got == after || got == after.replacen("A d", "D", 1), "{got}");
        }
    }

    #[test]
    fn a_sentence_that_cannot_do_without_stays() {
        for sentence in
            ["Customers often ask for me by name.", "Cars are my life.", "Led the team.", "My name is Ann."]
        {
            assert_eq!(without(sentence), format!("= {sentence}"));
        }
    }

    #[test]
    fn passives_become_active() {
        let active = |sentence| active(sentence, &|_| false).unwrap_or_default();
        for (before, after) in [
            ("The rota was written by me every week.", "Wrote the rota every week."),
            ("Relatives were kept informed by me by telephone.", "Kept relatives informed by telephone."),
            ("The recall system was looked after by me", "Looked after the recall system"),
            ("The audit was done by me and the results were put up in the hall.", ""),
            (
                "The audit was done by me each month and the results were put up.",
                "Carried out the audit each month, with the results put up.",
            ),
            ("SAP reports were always checked by me.", "Always checked SAP reports."),
            ("The soup was made by me and my commis.", ""),
            ("The soup was eaten.", ""),
        ] {
            assert_eq!(active(before), after, "{before}");
        }
    }
}
