//! The form of server-sent events: bytes in, whole events out.
//!
//! Lines end with LF, CRLF or CR; UTF-8 is looked at only when an event is whole, so that a cut inside a character is no
//! matter. It knows nothing of what the events say, and a partial event at the end of the stream is never an event.

/// The most bytes of one event.
pub(super) const EVENT_CAP: usize = 1024 * 1024;

/// One event. The slices are valid until the next is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SseEvent<'a> {
    /// The value of `event:`; empty if there was none.
    pub name: &'a [u8],
    /// The value of `data:`; several are joined by LF.
    pub data: &'a [u8],
}

/// An event that is larger than [`EVENT_CAP`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge;

/// Takes bytes as they come and gives whole events.
#[derive(Debug, Default)]
pub(super) struct SseReader {
    buffer: Vec<u8>,
    /// Up to here the buffer was given away as lines.
    taken: usize,
    /// Up to here the buffer holds no end of a line.
    scanned: usize,
    /// Whether anything was read: a byte order mark can stand only at the very start.
    begun: bool,
    name: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    /// Whether `name` and `data` were given away.
    given: bool,
}

impl SseReader {
    /// Adds bytes from the network.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.scanned -= self.taken;
            self.taken = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether the buffered bytes begin an event that is not whole.
    pub(super) fn is_partial(&self) -> bool {
        self.taken < self.buffer.len() || (!self.given && (self.has_data || !self.name.is_empty()))
    }

    /// Returns the next whole event.
    pub(super) fn next(&mut self) -> Result<Option<SseEvent<'_>>, TooLarge> {
        if self.given {
            self.name.clear();
            self.data.clear();
            (self.has_data, self.given) = (false, false);
        }
        if !self.skip_mark() {
            return Ok(None);
        }
        while let Some((start, end)) = self.line() {
            if self.data.len() + (end - start) > EVENT_CAP {
                return Err(TooLarge);
            }
            if start == end {
                if self.has_data {
                    self.given = true;
                    return Ok(Some(SseEvent { name: &self.name, data: &self.data }));
                }
                self.name.clear();
            } else {
                self.field(start, end);
            }
        }
        if self.data.len() + (self.buffer.len() - self.taken) > EVENT_CAP {
            return Err(TooLarge);
        }
        Ok(None)
    }

    /// Skips a byte order mark at the very start; false while that cannot be told.
    fn skip_mark(&mut self) -> bool {
        const MARK: &[u8] = b"\xEF\xBB\xBF";
        if self.begun {
            return true;
        }
        if self.buffer.len() < MARK.len() && MARK.starts_with(&self.buffer) {
            return false;
        }
        self.begun = true;
        if self.buffer.starts_with(MARK) {
            (self.taken, self.scanned) = (MARK.len(), MARK.len());
        }
        true
    }

    /// Takes a whole line and returns where it stands in the buffer, without its end.
    fn line(&mut self) -> Option<(usize, usize)> {
        let start = self.taken;
        let from = self.scanned.max(start);
        let open = self.buffer.get(from..).unwrap_or_default();
        let Some(found) = memchr::memchr2(b'\n', b'\r', open) else {
            self.scanned = self.buffer.len();
            return None;
        };
        let end = from + found;
        let mut behind = end + 1;
        if self.buffer.get(end) == Some(&b'\r') {
            match self.buffer.get(behind) {
                Some(b'\n') => behind += 1,
                Some(_) => {}
                // An LF that belongs to it may still come.
                None => {
                    self.scanned = end;
                    return None;
                }
            }
        }
        (self.taken, self.scanned) = (behind, behind);
        Some((start, end))
    }

    fn field(&mut self, start: usize, end: usize) {
        let line = self.buffer.get(start..end).unwrap_or_default();
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (field, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
                self.has_data = true;
            }
            b"event" => {
                self.name.clear();
                self.name.extend_from_slice(value);
            }
            // Comments have an empty name; `id` and `retry` are for browsers that reconnect.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut reader = SseReader::default();
        let mut events = Vec::new();
        for piece in pieces {
            reader.push(piece);
            while let Some(event) = reader.next().unwrap() {
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                events.push((text(event.name), text(event.data)));
            }
        }
        events
    }

    fn event(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn events_are_told_apart_by_empty_lines_of_every_form() {
        let expected = [event("", "one"), event("error", "two")];
        for text in [
            "data: one\n\nevent: error\ndata: two\n\n",
            "data: one\r\n\r\nevent: error\r\ndata: two\r\n\r\n",
            "data: one\r\revent: error\rdata: two\r\r\n",
            "\u{feff}data:one\n\n: a comment\n\n\nevent:error\nid: 7\nretry: 5\nfoo\ndata:two\n\n",
        ] {
            assert_eq!(read(&[text.as_bytes()]), expected, "{text:?}");
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(read(&bytes), expected, "byte by byte: {text:?}");
        }
    }

    #[test]
    fn lines_of_data_are_joined_and_a_name_without_data_is_forgotten() {
        assert_eq!(read(&[b"data: a\ndata\ndata:  b\n\n"]), [event("", "a\n\n b")]);
        assert_eq!(read(&[b"event: error\n\ndata: x\n\n"]), [event("", "x")]);
    }

    #[test]
    fn a_partial_event_at_the_end_is_none_and_can_be_told() {
        let mut reader = SseReader::default();
        reader.push(b"data: one\n\ndata: tw");
        assert_eq!(reader.next(), Ok(Some(SseEvent { name: b"", data: b"one" })));
        assert_eq!(reader.next(), Ok(None));
        assert!(reader.is_partial());
        reader.push(b"o\n");
        assert_eq!(reader.next(), Ok(None));
        assert!(reader.is_partial(), "the empty line is missing");
        reader.push(b"\n");
        assert!(reader.next().unwrap().is_some());
        assert!(!reader.is_partial());
    }

    #[test]
    fn an_event_has_a_most_length() {
        let mut fits = b"data: ".to_vec();
        fits.resize(EVENT_CAP - 10, b'x');
        fits.extend_from_slice(b"\n\n");
        let mut reader = SseReader::default();
        reader.push(&fits);
        assert_eq!(reader.next().unwrap().unwrap().data.len(), EVENT_CAP - 16);
        let mut reader = SseReader::default();
        let mut outcome = Ok(None);
        for _ in 0..17 {
            reader.push(&vec![b'x'; 65_536]);
            outcome = reader.next();
            if outcome.is_err() {
                break;
            }
        }
        assert_eq!(outcome, Err(TooLarge));
        let mut lines = SseReader::default();
        let line = [b"data: ".as_slice(), &vec![b'x'; 65_536], b"\n"].concat();
        let refused = (0..17).any(|_| {
            lines.push(&line);
            lines.next().is_err()
        });
        assert!(refused, "many lines of one event");
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_does_not_matter(
            lines in prop::collection::vec(
                prop_oneof![
                    Just(String::new()), Just(": ping".to_owned()), Just("event: error".to_owned()),
                    "data: ?[a-zé东{}\":]{0,12}",
                ],
                0..20,
            ),
            ends in prop::collection::vec(prop::sample::select(vec!["\n", "\r\n", "\r"]), 20),
            cuts in prop::collection::vec(1usize..9, 1..60),
        ) {
            let text: String = lines.iter().zip(&ends).flat_map(|(line, end)| [line.as_str(), end]).collect();
            let whole = read(&[text.as_bytes()]);
            let (mut rest, mut pieces) = (text.as_bytes(), Vec::new());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, behind) = rest.split_at((*cut).min(rest.len()));
                pieces.push(piece);
                rest = behind;
            }
            prop_assert_eq!(read(&pieces), whole);
        }
    }
}
