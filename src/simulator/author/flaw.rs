//! What goes wrong now and then: the author does what language models do, in known shares, so that there is something
//! to be found.

use std::{collections::HashMap, sync::LazyLock};

use serde::{Deserialize, Serialize};

use super::{
    draft::{Draft, Lines, Topic},
    language::Language,
    layout::{Kind, Line},
    posting::Wanted,
    skills,
    token::{Token, part, tokens},
};
use crate::dice::Dice;

/// Of 1,000 seeds so many invent a number or inflate one.
pub const NUMBER: usize = 60;
/// Of 1,000 seeds so many inflate a title.
pub const TITLE: usize = 30;
/// Of 1,000 seeds so many drop a bullet.
pub const DROP: usize = 40;
/// Of 1,000 seeds so many add a skill that the résumé lacks.
pub const SKILL: usize = 50;
/// Of 1,000 seeds so many add an achievement with a number.
pub const ACHIEVEMENT: usize = 30;

/// Something that the reply says and the résumé does not, or the other way round, in the exact words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Flaw {
    /// A number that is nowhere in the résumé.
    InventedNumber {
        /// What was added to a line.
        words: String,
    },
    /// A number made larger.
    InflatedNumber {
        /// As the résumé has it.
        from: String,
        /// As the reply has it.
        to: String,
    },
    /// A job title made higher.
    InflatedTitle {
        /// As the résumé has it.
        from: String,
        /// As the reply has it.
        to: String,
    },
    /// A bullet left out.
    DroppedBullet {
        /// As the résumé has it.
        text: String,
    },
    /// A skill that the résumé lacks.
    AddedSkill {
        /// As the reply has it.
        skill: String,
    },
    /// An achievement that the résumé lacks.
    AddedAchievement {
        /// As the reply has it.
        text: String,
    },
}

/// What is made up, in one language.
#[derive(Debug, Default, Deserialize)]
struct Inventions {
    results: String,
    achievements: String,
    skills: String,
}

static INVENTIONS: LazyLock<HashMap<String, Inventions>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../assets/demo/phrases/flaws.toml")).unwrap_or_default()
});

fn invented(language: Language, which: fn(&Inventions) -> &str, dice: &mut Dice) -> Option<String> {
    let key = match language {
        Language::English | Language::Unknown => "en",
        Language::German => "de",
        Language::French => "fr",
        Language::Spanish => "es",
        Language::Polish => "pl",
    };
    let lines: Vec<&str> = which(INVENTIONS.get(key)?).lines().filter(|line| !line.is_empty()).collect();
    let template = dice.pick(&lines)?;
    let (before, rest) = template.split_once('{').unwrap_or((template, ""));
    let Some((range, after)) = rest.split_once('}') else { return Some((*template).to_owned()) };
    let (low, high) = range.split_once("..")?;
    Some(format!("{before}{}{after}", dice.between(low.parse().ok()?, high.parse().ok()?)))
}

/// What the flaws work on.
pub struct Work<'a> {
    /// The sections.
    pub drafts: &'a mut [Draft],
    /// The language of the résumé.
    pub language: Language,
    /// The posting.
    pub wanted: &'a Wanted,
    /// The résumé in lower case.
    pub source: &'a str,
}

/// Puts in what the seed has drawn, and tells it. A flaw for which the résumé has no place is left out.
pub fn put(work: &mut Work<'_>, dice: &Dice) -> Vec<Flaw> {
    type Kind = fn(&mut Work<'_>, &mut Dice) -> Option<Flaw>;
    let kinds: [(usize, Kind); 5] =
        [(DROP, drop_bullet), (NUMBER, number), (TITLE, title), (SKILL, skill), (ACHIEVEMENT, achievement)];
    let mut out = Vec::new();
    for (index, (share, kind)) in (0..).zip(kinds) {
        let mut dice = dice.fork(index);
        if dice.chance(share) {
            out.extend(kind(work, &mut dice));
        }
    }
    out
}

/// Lines of the body that tell what somebody did.
fn deeds(work: &Work<'_>) -> Vec<(usize, usize)> {
    let bodies = work.drafts.iter().enumerate().filter(|(_, draft)| draft.topic == Topic::Body);
    bodies
        .flat_map(|(section, draft)| {
            let told = |line: &Line| {
                matches!(line.kind, Kind::Bullet | Kind::Prose) && line.text.split(' ').count() >= 4
            };
            draft
                .lines
                .iter()
                .enumerate()
                .filter(move |(_, line)| told(line))
                .map(move |(at, _)| (section, at))
        })
        .collect()
}

fn line<'a>(work: &'a mut Work<'_>, place: (usize, usize)) -> Option<&'a mut Line> {
    work.drafts.get_mut(place.0)?.lines.get_mut(place.1)
}

fn number(work: &mut Work<'_>, dice: &mut Dice) -> Option<Flaw> {
    let mut places = deeds(work);
    dice.shuffle(&mut places);
    if dice.chance(500) {
        for &place in &places {
            let line = line(work, place)?;
            if let Some((text, from, to)) = inflated(&line.text, dice) {
                line.text = text;
                return Some(Flaw::InflatedNumber { from, to });
            }
        }
    }
    let words = invented(work.language, |inventions| &inventions.results, dice)?;
    let plain = |text: &str| !text.chars().any(|sign| sign.is_ascii_digit()) && !text.contains(". ");
    let place = places.into_iter().find(|&place| line(work, place).is_some_and(|line| plain(&line.text)))?;
    let line = line(work, place)?;
    let dot = if line.text.ends_with('.') { "." } else { "" };
    line.text = format!("{}{words}{dot}", line.text.trim_end_matches('.'));
    Some(Flaw::InventedNumber { words: words.trim_start_matches([',', ' ']).to_owned() })
}

/// The text with its first whole number made larger, that number, and what it became.
fn inflated(text: &str, dice: &mut Dice) -> Option<(String, String, String)> {
    tokens(text).iter().find_map(|token| {
        let (digits, unit) = match token.text.strip_suffix('%') {
            Some(digits) => (digits, "%"),
            None => (token.text, ""),
        };
        let plain = digits.replace(',', "");
        let value: usize = plain.parse().ok().filter(|value| (3..50_000).contains(value))?;
        if (1_900..2_100).contains(&value) && !digits.contains(',') {
            return None;
        }
        let percent = unit == "%" || part(text, token.end, text.len()).trim_start().starts_with('%');
        let larger = if percent { (value + dice.between(15, 40)).min(98) } else { value * 10 };
        let to = if digits.contains(',') {
            format!("{},{:03}", larger / 1_000, larger % 1_000)
        } else {
            larger.to_string()
        };
        let before = part(text, 0, token.start);
        let changed = format!("{before}{to}{unit}{}", part(text, token.end, text.len()));
        (larger > value).then(|| (changed, token.text.to_owned(), format!("{to}{unit}")))
    })
}

/// Lines that head a role with its title, as places.
fn headings(work: &Work<'_>) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    for (section, draft) in work.drafts.iter().enumerate().filter(|(_, draft)| draft.topic == Topic::Body) {
        let dated = |at: Option<usize>| {
            at.and_then(|at| draft.lines.get(at))
                .is_some_and(|line| line.kind == Kind::Dated && title_of(&line.text).is_none())
        };
        for (at, line) in draft.lines.iter().enumerate() {
            let heads = match line.kind {
                Kind::Dated => true,
                Kind::Fixed => dated(at.checked_sub(1)) || dated(Some(at + 1)),
                Kind::Blank | Kind::Bullet | Kind::Prose => false,
            };
            if heads && title_of(&line.text).is_some() {
                out.push((section, at));
            }
        }
    }
    out
}

/// The job title at the beginning of a heading.
fn title_of(text: &str) -> Option<&str> {
    let title = [" — ", " – ", " - ", " | ", ", ", " , "]
        .iter()
        .filter_map(|mark| text.split(mark).next())
        .min_by_key(|title| title.len())?;
    let words: Vec<Token<'_>> = tokens(title);
    let good = (1..=6).contains(&words.len())
        && words.iter().all(|word| !word.key.chars().any(|sign| sign.is_ascii_digit()));
    (good && title.len() < text.len() && title.len() >= 4).then_some(title)
}

fn title(work: &mut Work<'_>, dice: &mut Dice) -> Option<Flaw> {
    let place = *dice.pick(&headings(work))?;
    let language = work.language;
    let line = line(work, place)?;
    let from = title_of(&line.text)?.to_owned();
    let to = higher(&from, language);
    line.text = line.text.replacen(&from, &to, 1);
    Some(Flaw::InflatedTitle { from, to })
}

fn higher(title: &str, language: Language) -> String {
    let low = ["Junior ", "Assistant ", "Apprentice ", "Trainee ", "Graduate "];
    match language {
        Language::French => format!("{title} senior"),
        Language::Spanish => format!("{title} sénior"),
        Language::English | Language::German | Language::Polish | Language::Unknown => {
            if let Some(rest) = title.strip_prefix("Senior ") {
                format!("Lead {rest}")
            } else {
                let rest = low.iter().find_map(|word| title.strip_prefix(word));
                rest.map_or_else(|| format!("Senior {title}"), str::to_owned)
            }
        }
    }
}

fn drop_bullet(work: &mut Work<'_>, dice: &mut Dice) -> Option<Flaw> {
    let bodies = work.drafts.iter().enumerate().filter(|(_, draft)| draft.topic == Topic::Body);
    let groups: Vec<_> = bodies
        .flat_map(|(section, draft)| draft.groups(3).into_iter().map(move |group| (section, group)))
        .collect();
    let (section, group) = dice.pick(&groups)?.clone();
    let at = dice.between(group.start + 1, group.end - 1);
    let draft = work.drafts.get_mut(section)?;
    (at < draft.lines.len()).then(|| Flaw::DroppedBullet { text: draft.lines.remove(at).source })
}

fn skill(work: &mut Work<'_>, dice: &mut Dice) -> Option<Flaw> {
    let lacking = work.wanted.lacking(work.source);
    let other = || {
        let skill = |dice: &mut Dice| invented(work.language, |inventions| &inventions.skills, dice);
        let mut dice = dice.clone();
        (0..20).find_map(|_| skill(&mut dice).filter(|skill| !work.source.contains(&skill.to_lowercase())))
    };
    let skill = dice.clone().pick(&lacking).cloned().or_else(other)?;
    let free = |draft: &&mut Draft| draft.topic == Topic::Skills && draft.counted == Lines::Free;
    let mut lists = work.drafts.iter_mut().filter(free);
    let added = lists.any(|draft| skills::add(&mut draft.lines, &skill));
    added.then_some(Flaw::AddedSkill { skill })
}

fn achievement(work: &mut Work<'_>, dice: &mut Dice) -> Option<Flaw> {
    let bodies = work.drafts.iter().enumerate().filter(|(_, draft)| draft.topic == Topic::Body);
    let mut groups =
        bodies.flat_map(|(section, draft)| draft.groups(2).into_iter().map(move |group| (section, group)));
    let (section, group) = groups.next()?;
    let mut text = invented(work.language, |inventions| &inventions.achievements, dice)?;
    let lines = &mut work.drafts.get_mut(section)?.lines;
    let first = lines.get(group.start)?.clone();
    if first.text.ends_with('.') {
        text.push('.');
    }
    lines.insert(group.start + 1, Line { text: text.clone(), ..first });
    Some(Flaw::AddedAchievement { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_inventions() {
        for language in
            [Language::English, Language::German, Language::French, Language::Spanish, Language::Polish]
        {
            let lists: [fn(&Inventions) -> &str; 3] =
                [|made_up| &made_up.results, |made_up| &made_up.achievements, |made_up| &made_up.skills];
            for which in lists {
                let text = invented(language, which, &mut Dice::new(1)).unwrap();
                assert!(!text.contains(['{', '}']), "{text}");
            }
        }
    }

    #[test]
    fn numbers_grow_and_years_do_not() {
        let grown = |text| inflated(text, &mut Dice::new(1)).map(|(text, ..)| text);
        assert_eq!(grown("Led 40 people").as_deref(), Some("Led 400 people"));
        assert_eq!(grown("Moved 2,500 pallets.").as_deref(), Some("Moved 25,000 pallets."));
        assert!(grown("Cut it by 12%").is_some_and(|text| text != "Cut it by 12%" && text.ends_with('%')));
        for text in ["Since 2014", "In 3.5 days", "Two of 2", "Paid 98% of it"] {
            assert_eq!(grown(text), None, "{text}");
        }
    }

    #[test]
    fn titles_rise_by_one_step() {
        for (from, to) in [
            ("Engineer", "Senior Engineer"),
            ("Senior Engineer", "Lead Engineer"),
            ("Junior Developer", "Developer"),
            ("Apprentice Carpenter", "Carpenter"),
        ] {
            assert_eq!(higher(from, Language::English), to);
        }
        assert_eq!(title_of("Shift Leader — Kestrel Logistics, Leeds"), Some("Shift Leader"));
        assert_eq!(title_of("03/2018 – 06/2021"), None);
        assert_eq!(
            title_of("Site Engineer, Dunmore Construction, Gyumri | Mar 2025 - Aug 2025"),
            Some("Site Engineer")
        );
    }
}
