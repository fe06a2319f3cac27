//! Weak openings of a line made strong: `Responsible for planning the rota` becomes `Planned the rota`.
//!
//! An opening that says that others had a part in it keeps saying so.

use super::{
    bank::{Part, openings, verbs},
    rule::Rules,
    token::{Token, capitalised, part, tokens},
    verb::{self, Form},
    voice::is_personal,
};
use crate::dice::Dice;

/// The line with a strong opening; `None` if it has no weak one that can be replaced.
pub fn strengthened(line: &str, tense: Form, dice: &mut Dice) -> Option<String> {
    let tokens = tokens(line);
    let Some((length, part_of)) = opening(&tokens) else {
        // A bare -ing form.
        return converted(line, &tokens, tense)
            .filter(|_| !is_subject(&tokens))
            .map(|text| capitalised(&text));
    };
    let rest = skip_adverb(tokens.get(length..)?);
    let whole = tokens.get(length - 1)?.key != "responsible";
    if !whole && !rest.first().is_some_and(|next| ["that", "to"].contains(&next.key.as_str())) {
        return None;
    }
    let text = match part_of {
        Part::Own => own(line, rest, tense, dice),
        Part::Share => share(line, &tokens, rest, tense, dice),
        Part::Drop => {
            dropped(line, rest, tokens.get(length - 1)?.key == "have").filter(|text| !is_personal(text))
        }
    };
    text.map(|text| capitalised(&text))
}

fn opening(tokens: &[Token<'_>]) -> Option<(usize, Part)> {
    openings().iter().find_map(|(words, part)| {
        let here = tokens.get(..words.len())?;
        here.iter().zip(words).all(|(token, word)| token.key == *word).then_some((words.len(), *part))
    })
}

fn skip_adverb<'a, 'b>(rest: &'b [Token<'a>]) -> &'b [Token<'a>] {
    match rest {
        [first, behind @ ..]
            if ["also", "mainly", "primarily", "mostly", ":"].contains(&first.key.as_str()) =>
        {
            behind
        }
        _ => rest,
    }
}

/// From the token to the end of the line.
fn from<'a>(line: &'a str, rest: &[Token<'_>]) -> &'a str {
    rest.first().map_or("", |token| part(line, token.start, line.len()))
}

fn own(line: &str, rest: &[Token<'_>], tense: Form, dice: &mut Dice) -> Option<String> {
    let first = rest.first()?;
    if let Some(text) = converted(line, rest, tense).or_else(|| of_noun(line, rest, tense)) {
        return Some(text);
    }
    if first.key.ends_with("ly")
        && let Some(text) = rest.get(1..).and_then(|rest| converted(line, rest, tense))
    {
        return Some(format!("{} {text}", first.text));
    }
    match (first.key.as_str(), rest.get(1)) {
        ("that", Some(_)) => {
            Some(format!("{} {}", verb::convert("ensure", Form::Base, tense)?, from(line, rest)))
        }
        ("to", Some(next)) => {
            let verb = verb::convert(&next.key, Form::Base, tense)?;
            Some(format!("{verb}{}", with_infinitives(line, rest.get(1..)?, tense)))
        }
        _ => {
            let verb = verb_for(rest, dice);
            Some(format!("{} {}", verb::convert(verb, Form::Base, tense)?, from(line, rest)))
        }
    }
}

fn share(line: &str, all: &[Token<'_>], rest: &[Token<'_>], tense: Form, dice: &mut Dice) -> Option<String> {
    let first = rest.first()?;
    let simple = converted(line, rest, Form::Base).or_else(|| of_noun(line, rest, Form::Base));
    if let Some(text) = simple.filter(|_| dice.chance(700)) {
        return Some(format!("{} {text}", join("help", "", tense)?));
    }
    let worked_on = all.iter().take(3).any(|token| token.key == "worked");
    if verb::is_gerund(&first.key, rest.get(1).map(|token| token.key.as_str())) {
        return Some(format!("{} {}", join("contribute", "to", tense)?, from(line, rest)));
    }
    if worked_on {
        return None;
    }
    let verb = if dice.chance(500) { join("contribute", "to", tense)? } else { join("support", "", tense)? };
    Some(format!("{verb} {}", from(line, rest)))
}

/// A verb in a form with a preposition.
fn join(verb: &str, preposition: &str, form: Form) -> Option<String> {
    let verb = verb::convert(verb, Form::Base, form)?;
    Some(if preposition.is_empty() { verb } else { format!("{verb} {preposition}") })
}

/// What can stand without its subject.
fn dropped(line: &str, rest: &[Token<'_>], perfect: bool) -> Option<String> {
    let first = rest.first()?;
    let (verb, form) = verb::any(&first.key)?;
    let known = form == Form::Past || first.key == verb::conjugate(verb, Form::Base) && !perfect;
    if !known
        || ["be", "have"].contains(&verb::conjugate(verb, Form::Base))
        || first.is_capital() && first.start > 0
    {
        return None;
    }
    let word = if perfect { verb::conjugate(verb, Form::Past) } else { first.text };
    Some(format!("{word}{}", part(line, first.end, line.len())))
}

/// `the planning of shifts` and `maintenance of pumps`, with the verb in a form.
fn of_noun(line: &str, rest: &[Token<'_>], form: Form) -> Option<String> {
    let rest = match rest {
        [first, behind @ ..] if ["the", "a", "an", "all"].contains(&first.key.as_str()) => behind,
        _ => rest,
    };
    let [noun, of, behind @ ..] = rest else { return None };
    let verb = verb::of_noun(&noun.key).or_else(|| verb::find(&noun.key, Form::Gerund))?;
    (of.key == "of" && !behind.is_empty())
        .then(|| format!("{} {}", verb::conjugate(verb, form), from(line, behind)))
}

/// The rest of the line behind its first verb, with `and to check` as `and checked`.
fn with_infinitives(line: &str, rest: &[Token<'_>], form: Form) -> String {
    let mut copied = rest.first().map_or(line.len(), |token| token.end);
    let mut out = String::new();
    for three in rest.windows(3) {
        let [and, to, verb] = three else { continue };
        let converted = verb::convert(&verb.key, Form::Base, form);
        if let Some(converted) = converted.filter(|_| and.key == "and" && to.key == "to") {
            out.push_str(part(line, copied, to.start));
            out.push_str(&converted);
            copied = verb.end;
        }
    }
    out + part(line, copied, line.len())
}

/// Whether the -ing form at the beginning is what the sentence is about: `Cooking is my passion`.
fn is_subject(tokens: &[Token<'_>]) -> bool {
    let finite = ["is", "are", "was", "were", "has", "have", "will", "can", "i", "my", "me"];
    tokens.iter().any(|token| finite.contains(&token.key.as_str()))
        && !tokens.iter().any(|token| ["when", "that", "which", "who", "what"].contains(&token.key.as_str()))
}

/// The rest of a line that begins with a chain of -ing forms, with all of them in another form.
///
/// `planning the rota and arranging cover` has two; in `planning and ordering of goods` they are nouns, so that there is none.
fn converted(line: &str, rest: &[Token<'_>], form: Form) -> Option<String> {
    let key = |at: usize| rest.get(at).map(|token| token.key.as_str());
    let first = rest.first()?;
    if !has_object(rest, 0)? {
        return None;
    }
    let mut out = match verb::convert(&first.key, Form::Gerund, form) {
        Some(verb) => verb,
        None if form == Form::Past && rest.len() > 2 => verb::past_of_unknown(&first.key)?,
        None => return None,
    };
    let mut copied = first.end;
    let mut inner = false;
    for at in 1..rest.len() {
        let (Some(token), Some(before)) = (rest.get(at), key(at - 1)) else { break };
        let Some(verb) = verb::find(&token.key, Form::Gerund) else { continue };
        if !["and", ",", "&", "or"].contains(&before) {
            inner |=
                ["for", "of", "in", "by", "with", "to", "before", "after", "without", "on"].contains(&before);
            continue;
        }
        let list = before == "," && !follows_and(rest, at);
        // "in a friendly and caring way": an adjective.
        let described = at.checked_sub(3).and_then(key).is_some_and(|word| ["a", "an"].contains(&word));
        if described || inner || list || has_object(rest, at) != Some(true) {
            break;
        }
        out.push_str(part(line, copied, token.start));
        out.push_str(verb::conjugate(verb, form));
        copied = token.end;
    }
    out.push_str(part(line, copied, line.len()));
    Some(out)
}

/// Whether an `and` with another -ing form comes behind.
fn follows_and(rest: &[Token<'_>], at: usize) -> bool {
    rest.windows(2).skip(at).any(|pair| match pair {
        [and, next] => and.key == "and" && verb::find(&next.key, Form::Gerund).is_some(),
        _ => false,
    })
}

/// Whether the -ing form at `at` has an object, perhaps after others that share it; `None` if it is no such form.
fn has_object(rest: &[Token<'_>], at: usize) -> Option<bool> {
    let token = rest.get(at)?;
    let next = rest.get(at + 1).map(|token| token.key.as_str());
    if !verb::is_gerund(&token.key, next) {
        return if token.key.ends_with("ing") { Some(false) } else { None };
    }
    let Some(next) = next else { return Some(false) };
    if ["and", ",", "&", "/", "or"].contains(&next) {
        let behind = rest.get(at + 2)?;
        let behind = if behind.key == "and" { at + 3 } else { at + 2 };
        return Some(has_object(rest, behind) == Some(true));
    }
    if ["for", "in"].contains(&next) {
        let takes =
            ["cater", "care", "account", "apply", "look", "search", "participate", "stand", "succeed"];
        let base = verb::convert(&token.key, Form::Gerund, Form::Base);
        return Some(base.is_some_and(|base| takes.contains(&base.as_str())));
    }
    let nouns = ["of", "is", "was", ".", ";", ":", ")", "experience"];
    Some(!nouns.contains(&next))
}

/// Who or what is meant decides the verb.
const VERBS_FOR: [(&[&str], &[&str]); 6] = [
    (
        &[
            "team",
            "teams",
            "staff",
            "shift",
            "crew",
            "crews",
            "employees",
            "people",
            "nurses",
            "pickers",
            "apprentices",
            "personnel",
            "department",
            "group",
            "trainees",
            "students",
            "class",
            "pupils",
            "children",
        ],
        &["lead", "supervise"],
    ),
    (
        &[
            "report",
            "reports",
            "statements",
            "documents",
            "documentation",
            "records",
            "invoices",
            "minutes",
            "quotes",
        ],
        &["prepare", "produce"],
    ),
    (
        &[
            "equipment",
            "machines",
            "machine",
            "vehicles",
            "database",
            "system",
            "systems",
            "website",
            "network",
        ],
        &["maintain", "operate"],
    ),
    (
        &["customers", "clients", "patients", "guests", "callers", "visitors", "residents"],
        &["support", "serve"],
    ),
    (
        &["budget", "accounts", "payroll", "process", "sales", "project", "projects", "programme"],
        &["manage", "oversee"],
    ),
    (
        &["give-aways", "keys", "questions", "queries", "calls", "complaints", "tickets", "requests"],
        &["handle", "manage"],
    ),
];

fn verb_for(rest: &[Token<'_>], dice: &mut Dice) -> &'static str {
    let mut near = rest.iter().take(7).take_while(|token| token.key != "," && token.key != ".");
    let known =
        near.find_map(|token| VERBS_FOR.iter().find(|(nouns, _)| nouns.contains(&token.key.as_str())));
    let verbs = known.map_or(&["manage", "oversee", "handle"][..], |(_, verbs)| verbs);
    dice.pick(verbs).copied().unwrap_or("manage")
}

/// The line with a stronger first verb.
pub fn with_strong_verb(line: &str, permille: usize, dice: &mut Dice) -> Option<String> {
    let tokens = tokens(line);
    let first = tokens.first()?;
    let (verb, form) = verb::any(&first.key)?;
    if form == Form::Gerund || !first.is_capital() {
        return None;
    }
    let based = format!("{}{}", verb::conjugate(verb, Form::Base), part(line, first.end, line.len()));
    let changed = verbs().apply(&based, Rules::All, permille, dice);
    if changed == based {
        return None;
    }
    let (word, rest) = changed.split_once(' ').unwrap_or((&changed, ""));
    let word = verb::convert(word, Form::Base, form)?;
    Some(capitalised(&format!("{word} {rest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(line: &str) -> String {
        strengthened(line, Form::Past, &mut Dice::new(4)).unwrap_or_else(|| format!("= {line}"))
    }

    #[test]
    fn what_somebody_was_responsible_for_is_what_they_did() {
        for (before, after) in [
            ("Responsible for planning the rota", "Planned the rota"),
            ("I was responsible for the planning of the rota.", "Planned the rota."),
            ("Duties: posting accruals and reconciling banks", "Posted accruals and reconciled banks"),
            (
                "My duties included planning, checking and ordering stock",
                "Planned, checked and ordered stock",
            ),
            (
                "Was in charge of checking deliveries, sorting them and reporting shortages",
                "Checked deliveries, sorted them and reported shortages",
            ),
            (
                "Took care of using tools for cutting and shaping wood",
                "Used tools for cutting and shaping wood",
            ),
            ("Responsible for maintenance of the pumps", "Maintained the pumps"),
            ("I was responsible that the section was clean", "Ensured that the section was clean"),
            (
                "Was responsible to keep the room in order and to check it",
                "Kept the room in order and checked it",
            ),
            ("Tasked with writing reports", "Wrote reports"),
            ("Responsible for actively promoting and selling tea", "Actively promoted and sold tea"),
            ("Coordinating up to 17 subcontractors", "Coordinated up to 17 subcontractors"),
        ] {
            assert_eq!(past(before), after);
        }
        for (before, verbs) in [
            ("Responsible for the day shift", ["Led", "Supervised"]),
            ("Responsible for monthly reports", ["Prepared", "Produced"]),
            ("In charge of training materials for the budget", ["Managed", "Oversaw"]),
        ] {
            assert!(verbs.iter().any(|verb| past(before).starts_with(verb)), "{}", past(before));
        }
    }

    #[test]
    fn help_stays_help() {
        for (before, after) in [
            (
                "Helped with checking deliveries",
                ["Helped check deliveries", "Contributed to checking deliveries"],
            ),
            (
                "Involved in the review of audits",
                ["Helped review audits", "Contributed to the review of audits"],
            ),
        ] {
            assert!(after.contains(&past(before).as_str()), "{}", past(before));
        }
        assert_eq!(past("Participated in decluttering the store"), "Contributed to decluttering the store");
        let meetings = past("Took part in weekly team meetings");
        assert!(
            ["Contributed to weekly team meetings", "Supported weekly team meetings"]
                .contains(&meetings.as_str())
        );
    }

    #[test]
    fn empty_openings_go_when_a_verb_follows() {
        assert_eq!(past("In this role I kept the site diary"), "Kept the site diary");
        assert_eq!(past("I have written the rota"), "Wrote the rota");
        assert_eq!(past("Also worked closely with sales"), "Worked closely with sales");
        assert_eq!(past("Also the rota"), "= Also the rota");
    }

    #[test]
    fn nouns_and_subjects_are_left_alone() {
        for line in [
            "Cooking is my passion",
            "Marketing campaigns for three brands",
            "Engineering drawings",
            "",
            "Trading",
        ] {
            assert_eq!(past(line), format!("= {line}"));
        }
    }

    #[test]
    fn first_verbs_become_stronger_in_their_form() {
        let strong = |line| with_strong_verb(line, 1_000, &mut Dice::new(1)).unwrap_or_default();
        assert!(
            ["Managed the garden", "Handled the garden"]
                .contains(&strong("Took care of the garden").as_str())
        );
        assert_eq!(strong("Check guests in and out of it"), "");
        assert_eq!(strong("Kept the records up to date"), "Kept the records current");
    }
}
