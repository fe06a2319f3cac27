//! What all events of a stream have in common: the bytes before and behind the text of one.
//!
//! A provider writes some hundred bytes around each token, nearly always the same. An event that differs from one that
//! was read before only inside of the string of its text need not be read as JSON once more.

/// The bytes around the text of an event that was read as JSON and brought nothing but text.
#[derive(Debug, Default)]
pub(super) struct Shape {
    before: Vec<u8>,
    behind: Vec<u8>,
}

impl Shape {
    /// Remembers what is around `text`, which must be a part of `event`, between the quotes of a string.
    pub(super) fn learn(&mut self, event: &[u8], text: &str) {
        let Some(start) = text.as_ptr().addr().checked_sub(event.as_ptr().addr()) else { return };
        let (Some(before), Some(behind)) = (event.get(..start), event.get(start + text.len()..)) else {
            return;
        };
        if before.ends_with(b"\"") && behind.starts_with(b"\"") {
            self.before.clear();
            self.before.extend_from_slice(before);
            self.behind.clear();
            self.behind.extend_from_slice(behind);
        }
    }

    /// Returns the text of an event of this shape. What would have to be read as JSON (an escape, a quote, a control
    /// character, bytes that are no UTF-8) is none.
    pub(super) fn text<'a>(&self, event: &'a [u8]) -> Option<&'a str> {
        if self.before.is_empty() {
            return None;
        }
        let text = event.strip_prefix(self.before.as_slice())?.strip_suffix(self.behind.as_slice())?;
        let is_plain = |byte: &u8| *byte >= b' ' && !matches!(byte, b'"' | b'\\');
        if text.iter().all(is_plain) { std::str::from_utf8(text).ok() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Event<'a> {
        #[serde(borrow)]
        text: std::borrow::Cow<'a, str>,
        n: u8,
    }

    const KNOWN: &[u8] = br#"{"id":"x","text":" is","n":1}"#;

    fn shape() -> Shape {
        let mut shape = Shape::default();
        let event: Event<'_> = serde_json::from_slice(KNOWN).unwrap();
        shape.learn(KNOWN, &event.text);
        shape
    }

    #[test]
    fn only_an_event_that_differs_in_its_plain_text_alone_has_the_shape() {
        let shape = shape();
        assert_eq!(shape.text(KNOWN), Some(" is"));
        assert_eq!(shape.text(r#"{"id":"x","text":"né €","n":1}"#.as_bytes()), Some("né €"));
        assert_eq!(shape.text(br#"{"id":"x","text":"","n":1}"#), Some(""));
        for other in [
            &br#"{"id":"y","text":" is","n":1}"#[..],
            br#"{"id":"x","text":" is","n":2}"#,
            br#"{"id":"x","text":"a\n","n":1}"#,
            br#"{"id":"x","text":"a\\","n":1}"#,
            br#"{"id":"x","text":"a","n":9,"n":1}"#,
            b"{\"id\":\"x\",\"text\":\"a\nb\",\"n\":1}",
            b"{\"id\":\"x\",\"text\":\"\xff\",\"n\":1}",
            br#"{"id":"x","text":"#,
            b"",
        ] {
            assert_eq!(shape.text(other), None, "{}", String::from_utf8_lossy(other));
        }
    }

    #[test]
    fn nothing_is_learned_of_a_text_from_elsewhere_and_without_learning_nothing_has_the_shape() {
        let mut shape = Shape::default();
        assert_eq!(shape.text(b""), None);
        shape.learn(KNOWN, "elsewhere");
        assert_eq!(shape.text(KNOWN), None);
    }

    proptest! {
        /// Whatever bytes stand there: a text that is found is the one that JSON has.
        #[test]
        fn what_is_found_is_what_json_says(middle in prop::collection::vec(any::<u8>(), 0..12), whole in any::<bool>()) {
            let mut event = br#"{"id":"x","text":""#.to_vec();
            event.extend(&middle);
            event.extend(if whole { &br#"","n":1}"#[..] } else { br#"","n":1"# });
            if let Some(text) = shape().text(&event) {
                let read: Event<'_> = serde_json::from_slice(&event).unwrap();
                prop_assert_eq!((&*read.text, read.n), (text, 1));
            }
        }

        /// Plain words are always found.
        #[test]
        fn plain_text_is_found(text in "[ a-zé€,.]{0,12}") {
            let event = format!(r#"{{"id":"x","text":"{text}","n":1}}"#);
            prop_assert_eq!(shape().text(event.as_bytes()), Some(text.as_str()));
        }
    }
}
