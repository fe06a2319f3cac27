//! What the names of tables and columns say, in several languages.

use unicode_normalization::UnicodeNormalization;

use super::lexicon::{Meaning, stems};

/// A stem of at least so many letters also counts in the middle of a word, as in `lebenslauftext`.
const INSIDE: usize = 7;

/// A stem of at most so many letters must be the whole word.
const WHOLE: usize = 4;

/// The words of a name: cut at signs, digits and humps, in lower case, without accents.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (index, &c) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| letters.get(index));
        let after = letters.get(index + 1);
        let hump = c.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase())
                || (before.is_some_and(|before| before.is_uppercase())
                    && after.is_some_and(|after| after.is_lowercase())));
        if (hump || !c.is_alphabetic()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphabetic() {
            word.push(c);
        }
    }
    words.push(word);
    words.iter().map(|word| plain(word)).filter(|word| !word.is_empty()).collect()
}

/// The name as one word.
pub(super) fn compact(name: &str) -> String {
    words(name).concat()
}

/// The last part of a table's name as one word, without the sign of the plural.
pub(super) fn singular(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let word = compact(last);
    for (end, instead) in [("ies", "y"), ("sses", "ss"), ("s", "")] {
        if let Some(stem) = word.strip_suffix(end).filter(|stem| stem.len() > 2) {
            return format!("{stem}{instead}");
        }
    }
    word
}

fn plain(word: &str) -> String {
    let lower = word.to_lowercase().replace('ß', "ss").replace('ø', "o").replace('æ', "ae");
    lower.nfd().filter(char::is_ascii_alphabetic).collect()
}

/// Whether a name has that meaning.
pub(super) fn means(name: &str, meaning: Meaning) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let words = words(last);
    let whole = words.concat();
    stems(meaning).iter().any(|stem| {
        if stem.len() <= WHOLE {
            words.iter().any(|word| word == stem || word.strip_suffix('s') == Some(stem)) || whole == *stem
        } else {
            words.iter().any(|word| word.starts_with(stem))
                || whole.starts_with(stem)
                || (stem.len() >= INSIDE && whole.contains(stem))
        }
    })
}

/// The first of `meanings` that a name has.
pub(super) fn first_of(name: &str, meanings: &[Meaning]) -> Option<Meaning> {
    meanings.iter().copied().find(|meaning| means(name, *meaning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_where_a_reader_would_cut_them() {
        for (name, expected) in [
            ("first_name", "first name"),
            ("firstName", "first name"),
            ("CVText", "cv text"),
            ("tabJob Applicant", "tab job applicant"),
            ("Résumé2", "resume"),
            ("emp_street1", "emp street"),
            ("Größe", "grosse"),
            ("", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn tables_have_a_singular() {
        for (name, expected) in [
            ("candidates", "candidate"),
            ("hr.candidate", "candidate"),
            ("companies", "company"),
            ("bus", "bus"),
        ] {
            assert_eq!(singular(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_means_what_it_says_and_no_more() {
        for (name, meaning) in [
            ("resume", Meaning::Resume),
            ("cv", Meaning::Resume),
            ("cv_text_version", Meaning::Resume),
            ("Lebenslauftext", Meaning::Resume),
            ("texte_cv", Meaning::Resume),
            ("work_history", Meaning::Experience),
            ("Berufserfahrung", Meaning::Experience),
            ("expérience", Meaning::Experience),
            ("key_skills", Meaning::Skills),
            ("compétences", Meaning::Skills),
            ("Kenntnisse", Meaning::Skills),
            ("resumen", Meaning::Summary),
            ("about_me", Meaning::Summary),
            ("eeo_gender", Meaning::Protected),
            ("dateOfBirth", Meaning::Protected),
            ("geburtsdatum", Meaning::Protected),
            ("desired_pay", Meaning::Pay),
            ("Wunschgehalt", Meaning::Pay),
            ("notes", Meaning::Notes),
            ("Bemerkung", Meaning::Notes),
            ("consent_to_keep_data", Meaning::Consent),
            ("site_id", Meaning::Tenant),
            ("Bewerber", Meaning::Candidate),
            ("postulantes", Meaning::Candidate),
            ("joborder", Meaning::Posting),
            ("Stellenanzeigen", Meaning::Posting),
        ] {
            assert!(means(name, meaning), "{name} {meaning:?}");
        }
        for (name, meaning) in [
            ("strasse", Meaning::Protected),
            ("destination", Meaning::Protected),
            ("language", Meaning::Protected),
            ("passage", Meaning::Protected),
            ("payload", Meaning::Pay),
            ("corporate", Meaning::Pay),
            ("cvs_id_external", Meaning::Skills),
            ("notified_at", Meaning::Notes),
            ("website", Meaning::Tenant),
        ] {
            assert!(!means(name, meaning), "{name} {meaning:?}");
        }
    }
}
