//! English verbs in their forms: what `planning`, `planned` and `plan` have to do with each other.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

/// A form of a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// `plan`
    Base,
    /// `planned`
    Past,
    /// `planning`
    Gerund,
}

/// A verb by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verb(usize);

struct Forms {
    base: String,
    past: String,
    gerund: String,
}

struct Lexicon {
    verbs: Vec<Forms>,
    by_form: HashMap<(String, Form), Verb>,
    nouns: HashSet<&'static str>,
    heads: HashSet<&'static str>,
    ambiguous: HashSet<&'static str>,
    nominals: HashMap<&'static str, Verb>,
}

const VERBS: &str = include_str!("../../../assets/demo/phrases/verbs.txt");
const NOUNS: &str = include_str!("../../../assets/demo/phrases/nouns.txt");
const HEADS: &str = include_str!("../../../assets/demo/phrases/heads.txt");
const NOMINALS: &str = include_str!("../../../assets/demo/phrases/nominals.txt");

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);

/// Items of a file that are separated by commas, comments left out.
fn items(file: &'static str) -> impl Iterator<Item = &'static str> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|item| !item.is_empty())
}

impl Lexicon {
    fn read() -> Self {
        let (heads, ambiguous) = HEADS.split_once("[ambiguous]").unwrap_or((HEADS, ""));
        let mut lexicon = Self {
            verbs: Vec::new(),
            by_form: HashMap::new(),
            nouns: items(NOUNS).collect(),
            heads: items(heads).collect(),
            ambiguous: items(ambiguous).collect(),
            nominals: HashMap::new(),
        };
        items(VERBS).for_each(|item| lexicon.add(item));
        let pairs =
            NOMINALS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
        for (noun, verb) in pairs {
            if let Some(&verb) = lexicon.by_form.get(&(verb.to_owned(), Form::Base)) {
                lexicon.nominals.insert(noun, verb);
            }
        }
        lexicon
    }

    fn add(&mut self, item: &str) {
        let mut words = item.split(' ');
        let first = words.next().unwrap_or_default();
        let base = first.trim_end_matches('+');
        let stem = match base.chars().next_back() {
            Some(last) if first.ends_with('+') => format!("{base}{last}"),
            _ => base.to_owned(),
        };
        let past = words.next().map_or_else(|| regular_past(&stem), str::to_owned);
        let participle = words.next().unwrap_or(&past).to_owned();
        let verb = Verb(self.verbs.len());
        let forms = Forms { base: base.to_owned(), gerund: gerund_of(&stem), past };
        for (word, form) in [
            (&forms.base, Form::Base),
            (&forms.past, Form::Past),
            (&participle, Form::Past),
            (&forms.gerund, Form::Gerund),
        ] {
            self.by_form.entry((word.clone(), form)).or_insert(verb);
        }
        self.verbs.push(forms);
    }
}

fn regular_past(stem: &str) -> String {
    if stem.ends_with('e') {
        return format!("{stem}d");
    }
    match stem.strip_suffix('y') {
        Some(before) if !before.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{before}ied"),
        Some(_) | None => format!("{stem}ed"),
    }
}

fn gerund_of(stem: &str) -> String {
    if let Some(before) = stem.strip_suffix("ie") {
        return format!("{before}ying");
    }
    let keeps = ["ee", "oe", "ye"].iter().any(|end| stem.ends_with(end)) || stem == "be";
    match stem.strip_suffix('e') {
        Some(before) if !keeps => format!("{before}ing"),
        Some(_) | None => format!("{stem}ing"),
    }
}

/// The verb of which `word`, in lower case, is that form. Participles count as past forms; a first part with a hyphen
/// is looked through: `road-testing` is a form of `test`.
pub fn find(word: &str, form: Form) -> Option<Verb> {
    let whole = LEXICON.by_form.get(&(word.to_owned(), form));
    let last = || LEXICON.by_form.get(&(word.rsplit_once('-')?.1.to_owned(), form));
    whole.or_else(last).copied()
}

/// The verb of `word` in any form, and that form; a word that could be past or base is taken for past.
pub fn any(word: &str) -> Option<(Verb, Form)> {
    [Form::Past, Form::Gerund, Form::Base].into_iter().find_map(|form| Some((find(word, form)?, form)))
}

/// The verb in a form.
pub fn conjugate(verb: Verb, form: Form) -> &'static str {
    LEXICON.verbs.get(verb.0).map_or("", |forms| match form {
        Form::Base => &forms.base,
        Form::Past => &forms.past,
        Form::Gerund => &forms.gerund,
    })
}

/// The word, in lower case and in form `from`, in form `to`; what stands before a hyphen stays.
pub fn convert(word: &str, from: Form, to: Form) -> Option<String> {
    let converted = conjugate(find(word, from)?, to);
    match word.rsplit_once('-') {
        Some((before, _)) if find(word, from) != LEXICON.by_form.get(&(word.to_owned(), from)).copied() => {
            Some(format!("{before}-{converted}"))
        }
        Some(_) | None => Some(converted.to_owned()),
    }
}

/// The past form of an -ing word that no list knows, by its spelling alone.
pub fn past_of_unknown(gerund: &str) -> Option<String> {
    let stem = gerund
        .strip_suffix("ing")
        .filter(|stem| stem.len() >= 4 && stem.chars().all(|sign| sign.is_ascii_alphabetic()))?;
    Some(regular_past(stem.strip_suffix('e').unwrap_or(stem)))
}

/// Whether an -ing word, in lower case, can be the verb of a line that goes on with `next`.
pub fn is_gerund(word: &str, next: Option<&str>) -> bool {
    let named = LEXICON.ambiguous.contains(word) && next.is_some_and(|next| LEXICON.heads.contains(next));
    word.ends_with("ing") && next.is_some() && !named && !LEXICON.nouns.contains(word)
}

/// The verb that says shorter what `noun` says before `of`.
pub fn of_noun(noun: &str) -> Option<Verb> {
    LEXICON.nominals.get(noun).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_take_their_forms() {
        for (gerund, past, base) in [
            ("planning", "planned", "plan"),
            ("managing", "managed", "manage"),
            ("carrying", "carried", "carry"),
            ("deploying", "deployed", "deploy"),
            ("overseeing", "oversaw", "oversee"),
            ("writing", "wrote", "write"),
            ("cutting", "cut", "cut"),
            ("referring", "referred", "refer"),
            ("developing", "developed", "develop"),
            ("leading", "led", "lead"),
            ("undertaking", "undertook", "undertake"),
            ("road-testing", "road-tested", "road-test"),
            ("log-keeping", "log-kept", "log-keep"),
        ] {
            assert_eq!(convert(gerund, Form::Gerund, Form::Past).as_deref(), Some(past));
            assert_eq!(convert(gerund, Form::Gerund, Form::Base).as_deref(), Some(base));
            assert_eq!(convert(past, Form::Past, Form::Gerund).as_deref(), Some(gerund));
        }
        assert_eq!(convert("written", Form::Past, Form::Past).as_deref(), Some("wrote"));
        assert_eq!(convert("elephanting", Form::Gerund, Form::Past), None);
        assert_eq!(any("cut").unwrap().1, Form::Past);
    }

    #[test]
    fn unknown_words_follow_the_rule_of_spelling() {
        assert_eq!(past_of_unknown("decluttering").as_deref(), Some("decluttered"));
        assert_eq!(past_of_unknown("defraying").as_deref(), Some("defrayed"));
        assert_eq!(past_of_unknown("dallying").as_deref(), Some("dallied"));
        assert_eq!(past_of_unknown("king"), None);
    }

    #[test]
    fn nouns_in_ing_are_no_verbs() {
        assert!(is_gerund("training", Some("new")));
        assert!(!is_gerund("training", Some("materials")));
        assert!(!is_gerund("marketing", Some("the")));
        assert!(!is_gerund("planning", None));
        assert_eq!(of_noun("maintenance").map(|verb| conjugate(verb, Form::Past)), Some("maintained"));
    }

    #[test]
    fn every_nominal_has_its_verb() {
        let lines = NOMINALS.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(LEXICON.nominals.len(), lines);
        assert!(LEXICON.verbs.len() > 350, "{}", LEXICON.verbs.len());
    }
}
