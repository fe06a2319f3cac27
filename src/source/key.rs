//! Keys as text: the parts of a compound key are joined by `/`; `/` and `%` inside a part are written `%2F`, `%25`.

use crate::domain::CandidateId;

/// The text of a key.
pub(super) fn join<S: AsRef<str>>(parts: &[S]) -> CandidateId {
    let parts: Vec<String> =
        parts.iter().map(|part| part.as_ref().replace('%', "%25").replace('/', "%2F")).collect();
    CandidateId(parts.join("/"))
}

/// The parts of a key of `number` columns; `None` if the text has another number of them.
pub(super) fn split(key: &str, number: usize) -> Option<Vec<String>> {
    let parts: Vec<String> =
        key.split('/').map(|part| part.replace("%2F", "/").replace("%25", "%")).collect();
    (parts.len() == number).then_some(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_simple_key_is_its_own_text() {
        assert_eq!(join(&["4871"]).0, "4871");
        assert_eq!(join(&["de", "7/8"]).0, "de/7%2F8");
        assert_eq!(split("de/7%2F8", 2), Some(vec!["de".to_owned(), "7/8".to_owned()]));
        assert_eq!(split("de/7/8", 2), None);
    }

    proptest! {
        #[test]
        fn a_key_reads_back_as_its_parts(parts in proptest::collection::vec("[a-z/%2F5 ]{0,6}", 1..4)) {
            prop_assert_eq!(split(&join(&parts).0, parts.len()), Some(parts));
        }
    }
}
