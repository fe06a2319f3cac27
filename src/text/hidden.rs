//! Which characters a reader cannot see, or that would steer the terminal, and what they are called.
//!
//! The decision depends on the neighbours: a joiner inside a Persian word or an emoji family is part of the
//! writing, the same joiner between Latin letters is a hiding place.

/// How a character that must not be shown as it is appears instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// One visible character that stands for it.
    Picture(char),
    /// Its short name, shown in angle quotes.
    Name(&'static str),
    /// Its number, shown in angle quotes.
    Number(u32),
}

/// Returns how `c` is shown if a reader would not see it between `before` and `after`, else `None`.
///
/// Tabs and line ends are not hidden: the caller handles them first.
pub(super) fn hidden(before: Option<char>, c: char, after: Option<char>) -> Option<Shown> {
    // The common case first: letters of the Latin, Greek and Cyrillic scripts, Chinese and Japanese.
    if matches!(c, ' '..='~' | '\u{A0}'..='\u{AC}' | '\u{AE}'..='\u{34E}' | '\u{370}'..='\u{600}' | '\u{3001}'..='\u{3163}' | '\u{3400}'..='\u{9FFF}')
    {
        return None;
    }
    control(c).or_else(|| format(c)).or_else(|| by_neighbours(before, c, after))
}

const fn control(c: char) -> Option<Shown> {
    let number = c as u32;
    match number {
        0..=0x1F => match char::from_u32(0x2400 + number) {
            Some(picture) => Some(Shown::Picture(picture)),
            None => Some(Shown::Number(number)),
        },
        0x7F => Some(Shown::Picture('\u{2421}')),
        0x80..=0x9F => Some(Shown::Number(number)),
        _ => None,
    }
}

const fn format(c: char) -> Option<Shown> {
    let name = match c {
        '\u{AD}' => "SHY",
        '\u{34F}' => "CGJ",
        '\u{61C}' => "ALM",
        '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' => "FILLER",
        '\u{17B4}' | '\u{17B5}' => "VOWEL",
        '\u{180E}' => "MVS",
        '\u{200B}' => "ZWSP",
        '\u{200E}' => "LRM",
        '\u{200F}' => "RLM",
        '\u{2028}' => "LS",
        '\u{2029}' => "PS",
        '\u{202A}' => "LRE",
        '\u{202B}' => "RLE",
        '\u{202C}' => "PDF",
        '\u{202D}' => "LRO",
        '\u{202E}' => "RLO",
        '\u{2060}' => "WJ",
        '\u{2066}' => "LRI",
        '\u{2067}' => "RLI",
        '\u{2068}' => "FSI",
        '\u{2069}' => "PDI",
        '\u{2800}' => "BLANK",
        '\u{FEFF}' => "BOM",
        '\u{2061}'..='\u{2065}'
        | '\u{206A}'..='\u{206F}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{FFFE}'..='\u{FFFF}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0080}'..='\u{E00FF}'
        | '\u{E01F0}'..='\u{E0FFF}' => return Some(Shown::Number(c as u32)),
        _ => return None,
    };
    Some(Shown::Name(name))
}

fn by_neighbours(before: Option<char>, c: char, after: Option<char>) -> Option<Shown> {
    let (name, belongs) = match c {
        '\u{200C}' => ("ZWNJ", before.is_some_and(joins) && after.is_some_and(joins)),
        '\u{200D}' => ("ZWJ", joiner_belongs(before, after)),
        '\u{FE00}'..='\u{FE0F}' => ("VS", before.is_some_and(|base| varies(base, after))),
        '\u{180B}'..='\u{180D}' | '\u{180F}' => {
            ("FVS", before.is_some_and(|base| ('\u{1820}'..='\u{18AA}').contains(&base)))
        }
        '\u{E0100}'..='\u{E01EF}' => ("VS", before.is_some_and(is_ideograph)),
        // Tags are let through by the caller when they spell one of the known flags.
        '\u{E0000}'..='\u{E007F}' => ("TAG", false),
        _ => return None,
    };
    (!belongs).then_some(Shown::Name(name))
}

fn joiner_belongs(before: Option<char>, after: Option<char>) -> bool {
    before.is_some_and(joins)
        || (before.is_some_and(|c| is_pictograph(c) || c == '\u{FE0F}') && after.is_some_and(is_pictograph))
}

/// Scripts whose letters change their shape with a joiner: Arabic, Syriac, N'Ko, the scripts of India and
/// South-East Asia, Mongolian.
const fn joins(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{61B}' | '\u{61D}'..='\u{7FF}' | '\u{840}'..='\u{DFF}' | '\u{F00}'..='\u{109F}' | '\u{1780}'..='\u{17B3}'
        | '\u{17B6}'..='\u{17FF}' | '\u{1820}'..='\u{18AA}' | '\u{1A20}'..='\u{1AAD}' | '\u{1B00}'..='\u{1BFF}'
        | '\u{A840}'..='\u{A8FF}' | '\u{A980}'..='\u{A9FF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
        | '\u{11000}'..='\u{11FFF}')
}

const fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}')
}

const fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{A9}' | '\u{AE}' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21FF}'
        | '\u{2300}'..='\u{23FF}' | '\u{2460}'..='\u{27BF}' | '\u{2900}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}'
        | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Whether a variation selector after `base` picks a form that exists: text or emoji, or the form of a symbol or
/// an ideograph. Digits have one only as key caps.
fn varies(base: char, after: Option<char>) -> bool {
    match base {
        '#' | '*' | '0'..='9' => after == Some('\u{20E3}'),
        '\u{1000}'..='\u{109F}' | '\u{2200}'..='\u{22FF}' | '\u{2A00}'..='\u{2AFF}' => true,
        _ => is_pictograph(base) || is_ideograph(base),
    }
}

/// Returns the length in bytes of the flag of England, Scotland or Wales at the start of `text`, if there is one:
/// the only flags that are written with tags.
pub(super) fn tag_flag(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('\u{1F3F4}')?;
    ["gbeng", "gbsct", "gbwls"].into_iter().find_map(|region| {
        let mut tags = rest.chars();
        let spelt =
            region.chars().all(|letter| tags.next().map(u32::from) == Some(0xE0000 + u32::from(letter)));
        (spelt && tags.next() == Some('\u{E007F}')).then(|| text.len() - tags.as_str().len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_needs_is_not_hidden() {
        for (before, c, after) in [
            ('\u{6CC}', '\u{200C}', '\u{62E}'),     // Persian
            ('\u{94D}', '\u{200D}', '\u{937}'),     // Devanagari
            ('\u{1F469}', '\u{200D}', '\u{1F4BB}'), // woman technologist
            ('\u{2764}', '\u{FE0F}', ' '),          // red heart
            ('1', '\u{FE0F}', '\u{20E3}'),          // key cap
            ('\u{845B}', '\u{E0100}', ' '),         // a form of an ideograph
        ] {
            assert_eq!(hidden(Some(before), c, Some(after)), None, "{before:?} {c:?} {after:?}");
        }
    }

    #[test]
    fn the_same_characters_elsewhere_are() {
        for c in ['\u{200C}', '\u{200D}', '\u{FE0F}', '\u{E0100}', '\u{E0041}', '\u{180B}'] {
            assert!(hidden(Some('a'), c, Some('b')).is_some(), "{c:?}");
            assert!(hidden(None, c, None).is_some(), "{c:?}");
        }
    }

    #[test]
    fn every_control_and_bidi_character_has_a_stand_in() {
        let controls = (0..0x20u32).chain(0x7F..0xA0);
        let bidi = [0x61C, 0x200E, 0x200F].into_iter().chain(0x202A..=0x202E).chain(0x2066..=0x2069);
        for number in controls.chain(bidi) {
            let c = char::from_u32(number).unwrap();
            assert!(hidden(Some('a'), c, Some('b')).is_some(), "{number:x}");
        }
    }

    #[test]
    fn only_known_flags_may_carry_tags() {
        let flag = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}";
        assert_eq!(tag_flag(&format!("{flag}!")), Some(flag.len()));
        assert_eq!(tag_flag("\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}"), None);
        assert_eq!(tag_flag("flag"), None);
    }
}
