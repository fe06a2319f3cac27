//! The four sections of a made-up résumé.
//!
//! The style (bullets, dates, how roles are headed) is thrown once a person, as people have one. Lines are not repeated
//! within a résumé while there are others.

use super::{
    career::Stint,
    data::{Locale, Occupation, data},
    template::{Filling, Verb, capitalised, fill},
};
use crate::dice::Dice;

/// The four sections as somebody wrote them, before blemishes.
pub struct Resume {
    /// Who the person is.
    pub summary: String,
    /// Dated roles with bullets.
    pub experience: String,
    /// Skills.
    pub skills: String,
    /// Degrees and certificates.
    pub education: String,
}

/// Of whom a résumé speaks.
pub struct Subject<'a> {
    /// The words of the occupation, in the language of the résumé.
    pub occupation: &'a Occupation,
    /// Where the person lives.
    pub locale: &'a Locale,
    /// The given name as it is shown.
    pub first: &'a str,
    /// The town in Latin letters.
    pub city: &'a str,
    /// Years of experience.
    pub years: usize,
    /// The roles, the newest first.
    pub stints: &'a [Stint],
}

/// How roles are headed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heading {
    /// Title and employer, the dates below.
    TwoLines,
    /// Title, employer and dates in one line.
    OneLine,
    /// The dates first.
    DatesFirst,
    /// With names of months.
    Words,
}

struct Style {
    heading: Heading,
    marker: &'static str,
    /// What lines without one get at their end.
    full_stop: &'static str,
    /// What lines lose at their end.
    dropped: char,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Style {
    fn throw(dice: &mut Dice) -> Self {
        let heading = match dice.below(100) {
            0..64 => Heading::TwoLines,
            64..76 => Heading::OneLine,
            76..86 => Heading::DatesFirst,
            _ => Heading::Words,
        };
        let marker = match dice.below(100) {
            0..58 => "• ",
            58..84 => "- ",
            84..94 => "* ",
            _ => "– ",
        };
        let (full_stop, dropped) = match dice.below(100) {
            0..25 => (".", '\0'),
            25..70 => ("", '.'),
            _ => ("", '\0'),
        };
        Self { heading, marker, full_stop, dropped }
    }
}

/// What changes with the language.
struct Terms {
    present: &'static str,
    certificates: &'static str,
    and: &'static str,
    thousands: &'static str,
}

fn terms(language: &str) -> Terms {
    let (present, certificates, and, thousands) = match language {
        "de" => ("heute", "Zertifikate", "und", "."),
        "fr" => ("aujourd'hui", "Formations", "et", " "),
        "es" => ("actualidad", "Cursos", "y", "."),
        "pl" => ("obecnie", "Kursy", "i", " "),
        _ => ("present", "Certificates", "and", ","),
    };
    Terms { present, certificates, and, thousands }
}

/// Takes items in a thrown order, starting again only when all were taken.
struct Deck<'a> {
    cards: Vec<&'a str>,
    next: usize,
}

impl<'a> Deck<'a> {
    fn new(items: impl IntoIterator<Item = &'a String>, dice: &mut Dice) -> Self {
        let mut cards: Vec<&str> = items.into_iter().map(String::as_str).collect();
        dice.shuffle(&mut cards);
        Self { cards, next: 0 }
    }

    fn draw(&mut self) -> &'a str {
        let card = self.cards.get(self.next % self.cards.len().max(1)).copied().unwrap_or_default();
        self.next += 1;
        card
    }

    /// The next one that somebody so high up could write; beginners do not train others.
    fn draw_for(&mut self, level: usize) -> &'a str {
        let grown = [
            "apprentice",
            "train~",
            "trained",
            "supervis",
            "mentor",
            "precept",
            "new starters",
            "new drivers",
        ];
        let mut card = self.draw();
        for _ in 0..3 {
            if level > 0 || !grown.iter().any(|word| card.contains(word)) {
                break;
            }
            card = self.draw();
        }
        card
    }

    const fn is_used_up(&self) -> bool {
        self.next >= self.cards.len()
    }
}

struct Writer<'a> {
    subject: &'a Subject<'a>,
    terms: Terms,
    style: Style,
    skills: Vec<&'a str>,
    dice: Dice,
}

/// Writes the résumé.
pub fn write(subject: &Subject<'_>, mut dice: Dice) -> Resume {
    let mut skills: Vec<&str> = subject.occupation.skills.0.iter().map(String::as_str).collect();
    dice.shuffle(&mut skills);
    skills.truncate(dice.between(8, 16));
    let style = Style::throw(&mut dice);
    let terms = terms(subject.occupation.language());
    let mut writer = Writer { subject, terms, style, skills, dice };
    let experience = writer.experience();
    let summary = writer.summary();
    Resume { summary, experience, skills: writer.skill_section(), education: writer.education() }
}

impl Writer<'_> {
    fn fill(&mut self, template: &str, verb: Verb, out: &mut String) {
        let Self { subject, skills, terms, .. } = self;
        let slot = |name: &str, dice: &mut Dice| match name {
            "skill" => dice.pick(skills).copied().unwrap_or_default().to_owned(),
            "stem" => dice.pick(&data().common.stems.0).cloned().unwrap_or_default(),
            "years" => subject.years.to_string(),
            "occupation" => lower(&subject.occupation.name),
            "called" => subject.occupation.called.clone(),
            "field" => subject.occupation.field.clone(),
            "first" => subject.first.to_owned(),
            "city" => subject.city.to_owned(),
            _ => String::new(),
        };
        let filling = Filling { verb, thousands: terms.thousands, slot: &slot };
        fill(template, &filling, &mut self.dice, out);
    }

    fn filled(&mut self, template: &str) -> String {
        let mut out = String::new();
        self.fill(template, Verb::Past, &mut out);
        out
    }

    fn english(&self) -> bool {
        self.subject.occupation.language() == "en"
    }

    fn summary(&mut self) -> String {
        let occupation = self.subject.occupation;
        let mut own: Vec<&str> = occupation.summary.0.iter().map(String::as_str).collect();
        let mut sentences = Vec::new();
        if self.english() {
            sentences.extend(self.dice.pick(&data().common.introductions.0).map(String::as_str));
            self.dice.shuffle(&mut own);
            own.truncate(self.dice.between(2, 4));
            let mut fillers = Deck::new(&data().common.fillers.0, &mut self.dice);
            for _ in 0..self.dice.between(1, 4) {
                own.push(fillers.draw());
            }
        } else if !own.is_empty() {
            sentences.push(own.remove(0));
            own.truncate(self.dice.between(3, 5));
        }
        sentences.extend(own);
        let filled: Vec<String> = sentences.into_iter().map(|sentence| self.sentence(sentence)).collect();
        filled.join(" ")
    }

    /// Fills a template so that no skill is named twice in it.
    fn sentence(&mut self, template: &str) -> String {
        let mut out = String::new();
        let mut left: Vec<&str> = self.skills.clone();
        self.dice.shuffle(&mut left);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{skill}") {
            self.fill(before, Verb::Past, &mut out);
            out.push_str(&inside(left.pop().unwrap_or_default()));
            rest = after;
        }
        self.fill(rest, Verb::Past, &mut out);
        out
    }

    fn experience(&mut self) -> String {
        let occupation = self.subject.occupation;
        let mut duties = Deck::new(&occupation.duties.0, &mut self.dice);
        let mut plain = Deck::new(&occupation.plain.0, &mut self.dice);
        let mut achievements = Deck::new(&occupation.achievements.0, &mut self.dice);
        let mut chores = Deck::new(&data().common.chores.0, &mut self.dice);
        let per_role = match self.subject.stints.len() {
            0..3 => 6..=7,
            3 => 5..=7,
            _ => 3..=6,
        };
        let mut out = String::new();
        for (index, stint) in self.subject.stints.iter().enumerate() {
            if index > 0 {
                out.push_str("\n\n");
            }
            self.heading(stint, &mut out);
            let count =
                if self.english() { self.dice.between(*per_role.start(), *per_role.end()) } else { 5 };
            for _ in 0..count {
                out.push('\n');
                out.push_str(self.style.marker);
                let line = match self.dice.below(100) {
                    0..18 if !achievements.is_used_up() => self.filled(achievements.draw_for(stint.level)),
                    18..30 if !plain.is_used_up() => self.filled(plain.draw()),
                    30..36 if self.english() => self.duty(chores.draw_for(stint.level)),
                    _ if !duties.is_used_up() => self.duty(duties.draw_for(stint.level)),
                    _ if self.english() => self.duty(chores.draw_for(stint.level)),
                    _ => self.filled(plain.draw()),
                };
                let line = line.strip_suffix(self.style.dropped).unwrap_or(&line);
                out.push_str(line);
                if !line.ends_with('.') {
                    out.push_str(self.style.full_stop);
                }
            }
        }
        out
    }

    /// A duty with one of the openings that people think of.
    fn duty(&mut self, template: &str) -> String {
        let common = &data().common;
        let mut out = String::new();
        match self.dice.below(100) {
            34..52 => {
                out.push_str(self.dice.pick(&common.past_openings.0).map_or("", String::as_str));
                out.push(' ');
                self.fill(template, Verb::Past, &mut out);
            }
            52..94 if !is_half_a_part(template) => {
                out.push_str(self.dice.pick(&common.gerund_openings.0).map_or("", String::as_str));
                out.push(' ');
                self.fill(template, Verb::Gerund, &mut out);
            }
            94.. => self.fill(template, Verb::Gerund, &mut out),
            _ => self.fill(template, Verb::Past, &mut out),
        }
        if self.dice.chance(130) && out.len() < 110 && !out.contains("ly") {
            out.push(' ');
            out.push_str(self.dice.pick(&common.tails.0).map_or("", String::as_str));
        }
        capitalised(&out)
    }

    fn heading(&mut self, stint: &Stint, out: &mut String) {
        let occupation = self.subject.occupation;
        let title = occupation.titles.0.get(stint.level).cloned().unwrap_or_default();
        let employer = self.dice.pick(&occupation.employers.0).cloned().unwrap_or_default();
        let employer = self.filled(&employer);
        let town = self.dice.pick(&self.subject.locale.cities.0).map_or("", |city| &city.latin);
        let dates = self.dates(stint.from, stint.to);
        let pieces = match self.style.heading {
            Heading::TwoLines => [&title, " — ", &employer, ", ", town, "\n", &dates, ""],
            Heading::OneLine => [&title, " — ", &employer, ", ", town, " (", &dates, ")"],
            Heading::DatesFirst => [&dates, "\n", &title, " — ", &employer, ", ", town, ""],
            Heading::Words => [&title, ", ", &employer, ", ", town, " | ", &dates, ""],
        };
        out.extend(pieces);
    }

    fn dates(&self, from: usize, to: Option<usize>) -> String {
        let month = |months: usize| match self.style.heading {
            Heading::Words if self.english() => {
                format!("{} {}", MONTHS.get(months % 12).unwrap_or(&"Jan"), months / 12)
            }
            Heading::TwoLines | Heading::OneLine | Heading::DatesFirst | Heading::Words => {
                format!("{:02}/{}", months % 12 + 1, months / 12)
            }
        };
        let dash = if self.style.heading == Heading::Words { "-" } else { "–" };
        format!("{} {dash} {}", month(from), to.map_or_else(|| self.terms.present.to_owned(), month))
    }

    fn skill_section(&mut self) -> String {
        let mut skills = self.skills.clone();
        if self.english() {
            let mut soft = Deck::new(&data().common.soft_skills.0, &mut self.dice);
            for _ in 0..self.dice.between(1, 4) {
                skills.push(soft.draw());
            }
            self.dice.shuffle(&mut skills);
        }
        match self.dice.below(100) {
            0..46 => skills.join(", "),
            46..58 => skills.join("; "),
            58..74 => skills.join("\n"),
            74..90 => skills
                .iter()
                .map(|skill| format!("{}{skill}", self.style.marker))
                .collect::<Vec<_>>()
                .join("\n"),
            _ => skills.chunks(4).map(|row| row.join(", ")).collect::<Vec<_>>().join("\n"),
        }
    }

    fn education(&mut self) -> String {
        let occupation = self.subject.occupation;
        let start = self.subject.stints.last().map_or(2010 * 12, |stint| stint.from);
        let mut degrees = Deck::new(&occupation.degrees.0, &mut self.dice);
        let mut taken = [degrees.draw(), degrees.draw()];
        // The newest stands first, and a master's degree is the newer one.
        taken.sort_by_key(|degree| !degree.starts_with('M'));
        let mut schools = Deck::new(&data().common.schools.0, &mut self.dice);
        let mut out = String::new();
        let mut end = start - self.dice.between(1, 6);
        let count = self.dice.between(1, 2);
        for (index, degree) in taken.into_iter().take(count).enumerate() {
            let from = end - 12 * self.dice.between(2, 4);
            let dates = self.dates(from, Some(end));
            let town = self.dice.pick(&self.subject.locale.cities.0).map_or("", |city| &city.latin);
            let pieces =
                [if index > 0 { "\n\n" } else { "" }, degree, ", ", schools.draw(), ", ", town, "\n", &dates];
            out.extend(pieces);
            end = from - self.dice.between(1, 3);
        }
        let mut certificates = Deck::new(&occupation.certificates.0, &mut self.dice);
        out.push_str("\n\n");
        out.push_str(self.terms.certificates);
        out.push(':');
        for _ in 0..self.dice.between(1, 3) {
            let certificate = self.filled(certificates.draw());
            let year = self.dice.between((start / 12).min(2024), 2025).to_string();
            out.extend([" ", &certificate, " (", &year, ");"]);
        }
        out.pop();
        if self.dice.chance(300) && self.english() {
            let and = self.terms.and;
            let hours = self.dice.between(2, 9) * 10;
            let line = format!("\nVarious internal courses {and} seminars, about {hours} hours in total");
            out.push_str(&line);
        }
        out
    }
}

/// Whether the line says already that others had a part in it.
fn is_half_a_part(template: &str) -> bool {
    let verbs = ["took~taking part", "helped~", "stood~", "worked~", "supported~", "assisted~"];
    verbs.iter().any(|verb| template.starts_with(verb))
}

/// Names of products that look like ordinary words.
const PRODUCTS: &str = "Adobe Canva Docker Excel Fidelio Git Go Google Java Kafka Kotlin Kubernetes Linux Microsoft \
    Opera Personio Python Redis Salesforce Snowflake Spring Tableau Terraform Workday Zendesk";

/// A skill inside a sentence: an ordinary word loses its capital.
fn inside(skill: &str) -> String {
    let proper = |word: &str| {
        PRODUCTS.split(' ').any(|product| product == word)
            || word.chars().count() == 1
            || word.chars().skip(1).any(|c| c.is_uppercase() || c.is_ascii_digit())
    };
    if skill.split(' ').any(proper) { skill.to_owned() } else { lower(skill) }
}

/// Lower case, but for words of capitals.
fn lower(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        if word.chars().skip(1).any(char::is_uppercase) { word.to_owned() } else { word.to_lowercase() }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_of_names_survive_inside_a_sentence() {
        assert_eq!(lower("ICU Nurse"), "ICU nurse");
        assert_eq!(inside("Stock control"), "stock control");
        assert_eq!(inside("SAP EWM"), "SAP EWM");
        assert_eq!(inside("Google Classroom"), "Google Classroom");
        assert_eq!(inside("Budgeting"), "budgeting");
    }

    #[test]
    fn a_deck_gives_each_card_once_before_it_repeats() {
        let cards: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let mut deck = Deck::new(&cards, &mut Dice::new(1));
        let mut drawn = [deck.draw(), deck.draw(), deck.draw()];
        drawn.sort_unstable();
        assert_eq!(drawn, ["a", "b", "c"]);
        assert!(deck.is_used_up());
        assert_eq!(Deck::new(&[], &mut Dice::new(1)).draw(), "");
    }
}
