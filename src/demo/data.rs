//! The words of the made-up candidates, read once from `assets/demo/`.
//!
//! The files are part of the program; a test proves that they can be read. Were one broken nevertheless, its words would
//! be missing from the demo and nothing would fail.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use unicode_normalization::UnicodeNormalization as _;

/// Items of a multi-line text, one a line.
#[derive(Debug, Default)]
pub struct Lines(pub Vec<String>);

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()))
    }
}

/// What people of one occupation do and how they call it, in one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occupation {
    /// The name in the candidate database, always English.
    pub name: String,
    /// With its article, inside a sentence.
    pub called: String,
    /// The field, inside a sentence.
    pub field: String,
    /// `en` unless the file says otherwise.
    #[serde(default)]
    pub language: Option<String>,
    /// From the beginner to the boss.
    pub titles: Lines,
    /// Employers, as templates.
    pub employers: Lines,
    /// Duties as templates whose verbs have two forms.
    #[serde(default)]
    pub duties: Lines,
    /// Lines to be taken as they stand, as templates.
    pub plain: Lines,
    /// What was achieved, with numbers, as templates.
    pub achievements: Lines,
    /// Skills and tools.
    pub skills: Lines,
    /// Degrees.
    pub degrees: Lines,
    /// Certificates.
    pub certificates: Lines,
    /// Sentences of a summary, as templates; in other languages than English the first one is the introduction.
    pub summary: Lines,
}

impl Occupation {
    /// The language of the words, two letters.
    pub fn language(&self) -> &str {
        self.language.as_deref().unwrap_or("en")
    }
}

/// What all occupations share.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// Invented names that employers begin with.
    pub stems: Lines,
    /// Invented schools.
    pub schools: Lines,
    /// What stands before a verb in the past tense.
    pub past_openings: Lines,
    /// What stands before a verb in its -ing form.
    pub gerund_openings: Lines,
    /// What is hung on a line that needs nothing more.
    pub tails: Lines,
    /// First sentences of a summary.
    pub introductions: Lines,
    /// Further sentences of a summary.
    pub fillers: Lines,
    /// Duties of any occupation.
    pub chores: Lines,
    /// Skills of any occupation.
    pub soft_skills: Lines,
    /// Emoji that somebody put into a résumé.
    pub emoji: Lines,
}

/// A name in its own script and in Latin letters.
#[derive(Debug, Default, Clone)]
pub struct Name {
    /// As its bearer writes it.
    pub native: String,
    /// In Latin letters, perhaps with diacritics.
    pub latin: String,
    /// In lower-case ASCII letters.
    pub ascii: String,
}

/// Names of a list with commas.
#[derive(Debug, Default)]
pub struct Names(pub Vec<Name>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.split(',').map(|name| Name::new(name.trim())).collect()))
    }
}

impl Name {
    fn new(text: &str) -> Self {
        let (native, latin) = text.split_once('/').unwrap_or((text, text));
        Self { native: native.to_owned(), latin: latin.to_owned(), ascii: ascii(latin) }
    }
}

/// The letters of a Latin name without diacritics, in lower case.
fn ascii(latin: &str) -> String {
    let mut plain = String::new();
    for letter in latin.to_lowercase().nfkd() {
        match letter {
            'ß' => plain.push_str("ss"),
            'ł' => plain.push('l'),
            'ø' => plain.push('o'),
            'đ' => plain.push('d'),
            'ı' => plain.push('i'),
            'a'..='z' => plain.push(letter),
            _ => {}
        }
    }
    plain
}

/// A country with its people and places.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locale {
    /// Its name in English.
    pub country: String,
    /// How often people come from there.
    pub weight: usize,
    /// The language of some of the résumés, if there are words for it.
    pub language: Option<String>,
    /// A telephone number with `#` for digits.
    pub phone: String,
    /// Given names.
    pub given: Names,
    /// Family names.
    pub family: Names,
    /// Towns.
    pub cities: Names,
}

#[derive(Debug, Default, Deserialize)]
struct Locales {
    locale: Vec<Locale>,
}

/// A posting as its file has it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostingFile {
    /// The occupation that it looks for.
    pub occupation: String,
    /// The job title.
    pub title: String,
    /// The employer.
    pub company: String,
    /// Where.
    pub location: String,
    /// The description.
    pub text: String,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Data {
    /// In English.
    pub occupations: Vec<Occupation>,
    /// In other languages.
    pub translated: Vec<Occupation>,
    /// What all share.
    pub common: Common,
    /// Countries.
    pub locales: Vec<Locale>,
    /// Postings.
    pub postings: Vec<PostingFile>,
}

macro_rules! files {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(include_str!(concat!("../../assets/demo/", $folder, "/", $name, ".toml"))),*]
    };
}

const OCCUPATIONS: &[&str] = files!("occupations":
    "accountant", "auto-mechanic", "backend-developer", "carpenter", "chef", "customer-service-agent", "data-analyst",
    "dental-assistant", "electrician", "executive-assistant", "hotel-receptionist", "hr-generalist", "icu-nurse",
    "lab-technician", "marketing-coordinator", "mechanical-engineer", "payroll-analyst", "physiotherapist",
    "sales-representative", "site-manager", "social-worker", "teacher", "truck-driver", "warehouse-supervisor",
);
const TRANSLATED: &[&str] = files!("languages":
    "de-electrician", "de-icu-nurse", "es-sales-representative", "es-teacher", "fr-chef", "fr-hotel-receptionist",
    "pl-truck-driver", "pl-warehouse-supervisor",
);
const POSTINGS: &[&str] = files!("postings":
    "01-warehouse-supervisor", "02-icu-nurse", "03-backend-developer", "04-payroll-analyst", "05-chef",
    "06-electrician", "07-teacher", "08-data-analyst", "09-customer-service-agent", "10-mechanical-engineer",
    "11-social-worker", "12-hotel-receptionist",
);
const COMMON: &str = include_str!("../../assets/demo/common.toml");
const LOCALES: &str = include_str!("../../assets/demo/locales.toml");

fn read<T: DeserializeOwned>(files: &[&str]) -> Vec<T> {
    files.iter().filter_map(|text| toml::from_str(text).ok()).collect()
}

static DATA: LazyLock<Data> = LazyLock::new(|| Data {
    occupations: read(OCCUPATIONS),
    translated: read(TRANSLATED),
    common: toml::from_str(COMMON).unwrap_or_default(),
    locales: toml::from_str::<Locales>(LOCALES).unwrap_or_default().locale,
    postings: read(POSTINGS),
});

/// The words of the demo.
pub fn data() -> &'static Data {
    &DATA
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_can_be_read_and_is_full() {
        for text in OCCUPATIONS.iter().chain(TRANSLATED) {
            let occupation: Occupation = toml::from_str(text).unwrap();
            let lists = [
                &occupation.titles,
                &occupation.employers,
                &occupation.plain,
                &occupation.achievements,
                &occupation.skills,
                &occupation.degrees,
                &occupation.certificates,
                &occupation.summary,
            ];
            assert!(lists.iter().all(|list| list.0.len() >= 2), "{}", occupation.name);
            assert_eq!(occupation.titles.0.len(), 5, "{}", occupation.name);
            assert_eq!(occupation.duties.0.len() >= 12, occupation.language() == "en", "{}", occupation.name);
        }
        for text in POSTINGS {
            toml::from_str::<PostingFile>(text).unwrap();
        }
        toml::from_str::<Common>(COMMON).unwrap();
        toml::from_str::<Locales>(LOCALES).unwrap();
        assert_eq!((data().occupations.len(), data().translated.len(), data().postings.len()), (24, 8, 12));
    }

    #[test]
    fn translations_and_postings_belong_to_an_occupation() {
        let known = |name: &str| data().occupations.iter().any(|occupation| occupation.name == name);
        assert!(data().translated.iter().all(|occupation| known(&occupation.name)));
        assert!(data().postings.iter().all(|posting| known(&posting.occupation)));
        for language in data().locales.iter().filter_map(|locale| locale.language.as_deref()) {
            assert!(data().translated.iter().any(|occupation| occupation.language() == language));
        }
    }

    #[test]
    fn names_have_a_form_for_mail_addresses() {
        for locale in &data().locales {
            for name in locale.given.0.iter().chain(&locale.family.0) {
                assert!(name.ascii.len() >= 2, "{name:?}");
            }
        }
        assert_eq!(ascii("Ní Dhomhnaill"), "nidhomhnaill");
        assert_eq!(ascii("Żółtowska-Weiß"), "zoltowskaweiss");
        let name = Name::new("花子/Hanako");
        assert_eq!([&name.native, &name.latin, &name.ascii], ["花子", "Hanako", "hanako"]);
    }
}
