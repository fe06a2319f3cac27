//! Who the made-up candidates are.

use super::{
    blemish::blemish,
    career::{PRESENT, stints},
    data::{Locale, Name, Occupation, data},
    resume::{Resume, Subject, write},
};
use crate::dice::Dice;

/// A made-up candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// From 1.
    pub id: i64,
    /// The given name, in any script.
    pub first_name: String,
    /// The family name, in any script.
    pub last_name: String,
    /// An address under `example.com`, `.org` or `.net`.
    pub email: String,
    /// A number that cannot be called.
    pub phone: String,
    /// The town, in any script.
    pub city: String,
    /// The country in English.
    pub country: String,
    /// The occupation in English.
    pub occupation: String,
    /// Years of experience, 2 to 34.
    pub years: u32,
    /// Whether the person agreed to be worked with.
    pub consent: bool,
    /// When the row was last changed, as `2025-11-03 14:22:05`.
    pub updated_at: String,
    /// Section `summary`; `None` for NULL.
    pub summary: Option<String>,
    /// Section `experience`.
    pub experience: Option<String>,
    /// Section `skills`.
    pub skills: Option<String>,
    /// Section `education`.
    pub education: Option<String>,
}

/// Of 1,000 résumés from a country whose language we have, so many are written in it: about 8 % of all.
const OWN_LANGUAGE: usize = 380;
/// Of 100 candidates in a row one left hardly a text: the one with this remainder.
const SHORT: u64 = 13;

/// The first `count` candidates of a seed. Candidate n does not depend on `count`.
pub fn people(seed: u64, count: usize) -> impl Iterator<Item = Person> {
    (1..=count as u64).map(move |id| person(seed, id))
}

fn person(seed: u64, id: u64) -> Person {
    let mut dice = Dice::new(seed).fork(id);
    // Never: the data has both, which a test proves. An empty world would give empty people.
    let (nowhere, nothing) = (Locale::default(), Occupation::default());
    let locale = dice.weighted(&data().locales, |locale| locale.weight).unwrap_or(&nowhere);
    let occupation = occupation(locale, &mut dice).unwrap_or(&nothing);
    let (first, last) = (name(&locale.given.0, &mut dice), name(&locale.family.0, &mut dice));
    let city = name(&locale.cities.0, &mut dice);
    let own_script = dice.chance(620);
    let shown = |name: &Name| if own_script { name.native.clone() } else { name.latin.clone() };
    let years = if dice.chance(500) { dice.between(2, 12) } else { dice.between(4, 34) };
    let stints = stints(years, roles(years, occupation, &mut dice), &mut dice);
    let first_name = shown(&first);
    let subject =
        Subject { occupation, locale, first: &first_name, city: &city.latin, years, stints: &stints };
    let mut resume = write(&subject, dice.fork(1));
    blemish(&mut resume, id, dice.fork(2));
    let host = dice.pick(&["example.com", "example.org", "example.net"]).copied().unwrap_or_default();
    let email = format!("{}.{}{id}@{host}", first.ascii, last.ascii);
    let phone = locale.phone.chars().map(|sign| if sign == '#' { digit(&mut dice) } else { sign }).collect();
    let [summary, experience, skills, education] = sections(resume, id, &mut dice);
    Person {
        id: i64::try_from(id).unwrap_or(i64::MAX),
        last_name: shown(&last),
        first_name,
        email,
        phone,
        city: shown(&city),
        country: locale.country.clone(),
        occupation: occupation.name.clone(),
        years: u32::try_from(years).unwrap_or(u32::MAX),
        consent: dice.chance(960),
        updated_at: moment(&mut dice),
        summary,
        experience,
        skills,
        education,
    }
}

fn occupation(locale: &Locale, dice: &mut Dice) -> Option<&'static Occupation> {
    if let Some(language) = &locale.language
        && dice.chance(OWN_LANGUAGE)
    {
        let ours = |words: &Occupation| usize::from(words.language() == language);
        return dice.weighted(&data().translated, ours);
    }
    dice.pick(&data().occupations)
}

fn name(names: &[Name], dice: &mut Dice) -> Name {
    dice.pick(names).cloned().unwrap_or_default()
}

fn roles(years: usize, occupation: &Occupation, dice: &mut Dice) -> usize {
    match (occupation.language(), years) {
        ("en", 0..5) => dice.between(2, 3),
        ("en", 5..12) => dice.between(2, 5),
        ("en", _) => dice.between(3, 6),
        _ => 3,
    }
}

fn digit(dice: &mut Dice) -> char {
    u32::try_from(dice.below(10)).ok().and_then(|digit| char::from_digit(digit, 10)).unwrap_or('0')
}

/// A time in the two years before the present, as text.
fn moment(dice: &mut Dice) -> String {
    let month = PRESENT - dice.between(1, 24);
    let (day, hour) = (dice.between(1, 28), dice.between(7, 19));
    let (minute, second) = (dice.below(60), dice.below(60));
    format!("{}-{:02}-{day:02} {hour:02}:{minute:02}:{second:02}", month / 12, month % 12 + 1)
}

/// The sections as they are stored: now and then one is empty or NULL, and some people wrote hardly anything.
fn sections(resume: Resume, id: u64, dice: &mut Dice) -> [Option<String>; 4] {
    if id % 100 == SHORT {
        let hint = dice.pick(&["See attached CV.", "Please call me.", "CV follows by mail."]);
        return [hint.map(|text| (*text).to_owned()), None, Some(String::new()), None];
    }
    let mut sections = [resume.summary, resume.experience, resume.skills, resume.education].map(Some);
    if dice.chance(35)
        && let Some(&which) = dice.pick(&[0, 2, 3])
        && let Some(section) = sections.get_mut(which)
    {
        *section = dice.chance(600).then(String::new);
    }
    sections
}
