//! In which language a résumé is written, by its most frequent words.

/// A language of which the author knows phrases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, with grammar.
    English,
    /// German, phrases only.
    German,
    /// French, phrases only.
    French,
    /// Spanish, phrases only.
    Spanish,
    /// Polish, phrases only.
    Polish,
    /// Another one, or too little text to tell: only the order of things is changed.
    Unknown,
}

const WORDS: [(Language, &[&str]); 5] = [
    (Language::English, &["the", "and", "of", "with", "for", "in", "to", "was", "i", "on", "at", "by"]),
    (Language::German, &["und", "der", "die", "von", "für", "mit", "ich", "bei", "den", "im", "des", "in"]),
    (Language::French, &["et", "les", "des", "du", "une", "pour", "dans", "au", "la", "de", "le", "je"]),
    (Language::Spanish, &["y", "los", "las", "del", "con", "para", "una", "el", "en", "de", "la", "por"]),
    (Language::Polish, &["i", "w", "z", "na", "do", "się", "oraz", "przy", "o", "od", "dla", "jestem"]),
];

/// The language that has most of its words in the texts.
pub fn detect<'a>(texts: impl Iterator<Item = &'a str>) -> Language {
    let mut counts = [0_usize; WORDS.len()];
    for text in texts {
        for word in text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let word = word.to_lowercase();
            for (count, (_, words)) in counts.iter_mut().zip(&WORDS) {
                *count += usize::from(words.contains(&word.as_str()));
            }
        }
    }
    let best = counts.iter().zip(&WORDS).max_by_key(|(count, _)| **count);
    best.filter(|(count, _)| **count >= 3).map_or(Language::Unknown, |(_, (language, _))| *language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_enough() {
        for (language, text) in [
            (Language::English, "Responsible for the stock of the depot and for the rota in winter."),
            (Language::German, "Verantwortlich für die Versorgung von Patienten mit der Pflege im Team."),
            (Language::French, "Responsable de la préparation des sauces pour le service du soir."),
            (Language::Spanish, "Gestión de reclamaciones con el departamento y visitas a los clientes."),
            (Language::Polish, "Kontakt z klientem i załadunek naczep na hali w nocy, praca przy taśmie."),
            (Language::Unknown, "東京で働いています。"),
        ] {
            assert_eq!(detect([text].into_iter()), language, "{text}");
        }
    }
}
