//! The paragraph about the person: commonplaces go, what the posting asks for and the résumé has is named.

use super::{
    language::Language,
    polish::{Place, Polish, joined, sentences, tidy},
    posting::Wanted,
    token::tokens,
};
use crate::dice::Dice;

/// Words that tell nothing about a person.
const COMMONPLACES: &[&str] = &[
    "team player",
    "hard worker",
    "extra mile",
    "track record of doing",
    "under pressure",
    "quick learner",
    "give my best",
    "pride in my work",
    "positive attitude",
    "detail-oriented person",
    "use my skills and grow",
    "people person",
    "self-starter",
    "think outside the box",
    "fast learner",
    "do my best",
    "people skills",
    "work ethic",
    "multi-task",
];

/// The most words of a sentence that may be left out.
const COMMONPLACE_WORDS: usize = 18;

fn is_commonplace(sentence: &str) -> bool {
    let small = sentence.to_lowercase();
    let tokens = tokens(sentence);
    let names = tokens.iter().skip(1).any(|token| token.is_capital() && token.key != "i");
    COMMONPLACES.iter().any(|words| small.contains(words))
        && tokens.len() <= COMMONPLACE_WORDS
        && !names
        && !small.chars().any(|sign| sign.is_ascii_digit())
}

/// The paragraph rewritten; `skills` are those of the résumé.
pub fn rewritten(
    text: &str,
    polish: &Polish<'_>,
    skills: &[String],
    wanted: &Wanted,
    dice: &mut Dice,
) -> String {
    let text = tidy(text);
    let all = sentences(&text);
    let mut kept: Vec<&str> = Vec::new();
    for sentence in &all {
        let leave_out =
            polish.language == Language::English && is_commonplace(sentence) && dice.chance(polish.effort);
        if !leave_out {
            kept.push(sentence);
        }
    }
    if kept.is_empty() {
        kept = all;
    }
    let mut edited: Vec<String> =
        kept.into_iter().map(|sentence| polish.sentence(sentence, Place::Paragraph, dice)).collect();
    edited = joined(edited, polish.effort, dice);
    if polish.language == Language::English && dice.chance(550) {
        edited.extend(in_common(&edited.join(" "), polish, skills, wanted, dice));
    }
    edited.join(" ")
}

/// A sentence about what posting and résumé have in common and the paragraph does not say yet.
fn in_common(
    paragraph: &str,
    polish: &Polish<'_>,
    skills: &[String],
    wanted: &Wanted,
    dice: &mut Dice,
) -> Option<String> {
    let small = paragraph.to_lowercase();
    // A number said once more would be one too many.
    let plain = |skill: &str| !skill.chars().any(|sign| sign.is_ascii_digit());
    let fresh =
        |skill: &&String| plain(skill) && wanted.names(skill) && !small.contains(&skill.to_lowercase());
    let named: Vec<_> =
        skills.iter().filter(fresh).take(3).map(|skill| wanted.inside(skill, polish.is_name)).collect();
    let list = match named.as_slice() {
        [a, b] => format!("{a} and {b}"),
        [a, b, c] => format!("{a}, {b} and {c}"),
        _ => return None,
    };
    let start = dice.pick(&[
        "Hands-on experience with",
        "Practical experience in",
        "Particular strengths:",
        "Well versed in",
    ])?;
    Some(format!("{start} {list}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commonplaces_have_neither_numbers_nor_names() {
        assert!(is_commonplace("I am a good team player but I can also work independently."));
        assert!(!is_commonplace("I am a team player with 12 years at sea."));
        assert!(!is_commonplace("I am a team player at Kestrel."));
        assert!(!is_commonplace("I hold a forklift licence."));
    }

    #[test]
    fn only_what_both_have_is_named() {
        let wanted = Wanted::new("We need stock control and SAP EWM and 5S.");
        let skills = ["5S", "Stock control", "Baking", "SAP EWM"].map(str::to_owned);
        let polish = Polish { effort: 500, language: Language::English, is_name: &|_| false };
        let sentence = in_common("A cook.", &polish, &skills, &wanted, &mut Dice::new(1)).unwrap();
        assert!(sentence.ends_with(" stock control and SAP EWM."), "{sentence}");
        assert_eq!(in_common("Knows SAP EWM.", &polish, &skills, &wanted, &mut Dice::new(1)), None);
    }
}
