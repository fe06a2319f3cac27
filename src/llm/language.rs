//! Whether a reply is in another language than the source, by its small words. It claims nothing about short texts, and
//! nothing about languages that it does not know: a wrong alarm would cost a rewrite.

/// The small words of languages that résumés are written in; none of them is in two lists.
const WORDS: [(&str, &[&str]); 8] = [
    ("en", &["the", "and", "with", "for", "of", "has", "was", "from", "that", "this", "by", "which"]),
    ("de", &["und", "der", "die", "das", "mit", "für", "von", "ist", "ich", "im", "bei", "zur"]),
    ("fr", &["et", "les", "des", "une", "pour", "dans", "avec", "est", "sur", "du", "aux", "chez"]),
    ("es", &["y", "los", "las", "una", "para", "con", "por", "del", "más", "como", "desde", "muy"]),
    ("it", &["e", "il", "gli", "della", "di", "che", "sono", "nel", "alla", "ho", "delle", "presso"]),
    ("nl", &["en", "het", "een", "van", "voor", "met", "zijn", "ik", "bij", "naar", "ook", "aan"]),
    ("pl", &["i", "w", "na", "z", "się", "oraz", "do", "od", "jest", "dla", "przez", "przy"]),
    ("fi", &["ja", "on", "joka", "hän", "olen", "sekä", "myös", "kun", "että", "ovat", "oli", "mutta"]),
];

/// The fewest words that tell a language.
const ENOUGH: usize = 25;

/// Whether both texts are long enough to tell, and in different languages.
pub(super) fn differs(source: &str, reply: &str) -> bool {
    matches!((of(source), of(reply)), (Some(one), Some(other)) if one != other)
}

/// The language of a text, if its small words tell clearly.
fn of(text: &str) -> Option<&'static str> {
    let words: Vec<String> = text
        .split(|character: char| !character.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.len() < ENOUGH {
        return None;
    }
    let mut hits: Vec<(usize, &str)> = WORDS
        .iter()
        .map(|(language, small)| {
            (words.iter().filter(|word| small.contains(&word.as_str())).count(), *language)
        })
        .collect();
    hits.sort_unstable_by(|one, other| other.cmp(one));
    match hits.as_slice() {
        [(most, language), (next, _), ..] if *most * 12 >= words.len() && *most >= 2 * (*next + 1) => {
            Some(language)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "Managed the night shift of a regional hospital and planned the rosters for forty nurses, with a \
                           focus on the needs of the patients, and reduced the waiting time in the emergency room by a third.";
    const GERMAN: &str = "Leitete die Nachtschicht im Krankenhaus und plante die Dienste für vierzig Pflegekräfte, mit dem Blick \
                          auf das Wohl der Kranken, und verkürzte die Wartezeit in der Aufnahme um ein Drittel.";

    #[test]
    fn languages_are_told_by_their_small_words() {
        assert_eq!((of(ENGLISH), of(GERMAN)), (Some("en"), Some("de")));
        assert!(differs(ENGLISH, GERMAN) && differs(GERMAN, ENGLISH));
        assert!(!differs(ENGLISH, &ENGLISH.replace("Managed", "Led")));
    }

    #[test]
    fn what_does_not_tell_is_no_alarm() {
        let list = "Python, SQL, Docker, Linux, Kubernetes, Terraform, Ansible, Jenkins, Git, Kafka, Spark, Hadoop, Excel, \
                    Word, Outlook, Java, Kotlin, Scala, Rust, Go, Ruby, Perl, Bash, Helm, Istio, Vault, Consul";
        assert_eq!(of(list), None);
        assert!(!differs(ENGLISH, list) && !differs("Cook.", GERMAN) && !differs(ENGLISH, "Koch."));
    }
}
