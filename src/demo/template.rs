//! Sentences with places to fill: `{day|night} shift of {8..30} pickers`.
//!
//! - `{a|b|c}` is one of them;
//! - `{8..30}` is a number between, `{100..900/50}` one in steps of 50 from the lower bound;
//! - `{name}` is asked for;
//! - `planned~planning` is a verb in two forms of which the sentence takes one.

use crate::dice::Dice;

/// Which form the verbs take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// The first one: past tense.
    Past,
    /// The second one: -ing form.
    Gerund,
}

/// What a template is filled with.
pub struct Filling<'a> {
    /// The form of the verbs.
    pub verb: Verb,
    /// What stands between the thousands of a number.
    pub thousands: &'static str,
    /// Answers for a named place.
    pub slot: &'a dyn Fn(&str, &mut Dice) -> String,
}

/// Appends the filled template to `out`.
pub fn fill(template: &str, filling: &Filling<'_>, dice: &mut Dice, out: &mut String) {
    let mut rest = template;
    while let Some((before, place, after)) = next_place(rest) {
        push_verbs(before, filling.verb, out);
        if place.contains('|') {
            out.push_str(choose(place, dice));
        } else if let Some(number) = throw(place, dice) {
            if filling.thousands == "," && needs_an(number) && (out.ends_with(" a ") || out == "a ") {
                out.truncate(out.len() - 1);
                out.push_str("n ");
            }
            push_number(number, filling.thousands, out);
        } else {
            out.push_str(&(filling.slot)(place, dice));
        }
        rest = after;
    }
    push_verbs(rest, filling.verb, out);
}

/// Text before the first place, what stands in it, and the text behind.
fn next_place(template: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = template.split_once('{')?;
    let (place, after) = rest.split_once('}')?;
    Some((before, place, after))
}

fn choose<'a>(place: &'a str, dice: &mut Dice) -> &'a str {
    let index = dice.below(place.split('|').count());
    place.split('|').nth(index).unwrap_or_default()
}

fn throw(place: &str, dice: &mut Dice) -> Option<usize> {
    let (low, rest) = place.split_once("..")?;
    let (high, step) = rest.split_once('/').unwrap_or((rest, "1"));
    let (low, high, step): (usize, usize, usize) =
        (low.parse().ok()?, high.parse().ok()?, step.parse().ok()?);
    Some(low + dice.between(0, high.checked_sub(low)?.checked_div(step)?) * step)
}

/// Whether English says `an` before it: eight, eleven, eighteen and what begins with them.
fn needs_an(number: usize) -> bool {
    let mut leading = number;
    while leading >= 1_000 {
        leading /= 1_000;
    }
    leading == 11 || leading == 18 || leading.to_string().starts_with('8')
}

fn push_number(number: usize, thousands: &str, out: &mut String) {
    let digits = number.to_string();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len() - index;
        if index > 0 && left.is_multiple_of(3) && digits.len() > 3 {
            out.push_str(thousands);
        }
        out.push(digit);
    }
}

fn push_verbs(text: &str, verb: Verb, out: &mut String) {
    if !text.contains('~') {
        out.push_str(text);
        return;
    }
    for piece in text.split_inclusive(' ') {
        match piece.split_once('~') {
            None => out.push_str(piece),
            Some((past, gerund)) => match verb {
                Verb::Past => {
                    out.push_str(past);
                    // The end of the piece: punctuation or the space.
                    out.extend(gerund.chars().filter(|c| !c.is_alphanumeric() && *c != '-'));
                }
                Verb::Gerund => out.push_str(gerund),
            },
        }
    }
}

/// The text with its first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, verb: Verb) -> String {
        let filling = Filling { verb, thousands: ",", slot: &|name, _| format!("<{name}>") };
        let mut out = String::new();
        fill(template, &filling, &mut Dice::new(3), &mut out);
        out
    }

    #[test]
    fn verbs_take_the_form_that_is_asked_for() {
        let template = "checked~checking stock and, when it was wrong, corrected~correcting it";
        assert_eq!(filled(template, Verb::Past), "checked stock and, when it was wrong, corrected it");
        assert_eq!(filled(template, Verb::Gerund), "checking stock and, when it was wrong, correcting it");
        assert_eq!(filled("drew~drawing, cut~cutting", Verb::Past), "drew, cut");
        assert_eq!(filled("road-tested~road-testing cars", Verb::Past), "road-tested cars");
    }

    #[test]
    fn places_are_chosen_thrown_or_asked_for() {
        assert_eq!(filled("a {name}.", Verb::Past), "a <name>.");
        assert_eq!(filled("{7..7} and {12000..12000/500}", Verb::Past), "7 and 12,000");
        assert_eq!(filled("a {8..8}-room house, a {12..12}", Verb::Past), "an 8-room house, a 12");
        assert!(["x y", "z y"].contains(&filled("{x|z} y", Verb::Past).as_str()));
        for _ in 0..50 {
            let number: usize = filled("{100..900/50}", Verb::Past).parse().unwrap();
            assert!((100..=900).contains(&number) && number.is_multiple_of(50), "{number}");
        }
    }

    #[test]
    fn what_is_no_place_stays() {
        assert_eq!(filled("an open { brace", Verb::Past), "an open { brace");
        assert_eq!(filled("{9..3}", Verb::Past), "<9..3>");
        assert_eq!(capitalised("été"), "Été");
        assert_eq!(capitalised(""), "");
    }
}
