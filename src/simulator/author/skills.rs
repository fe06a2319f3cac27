//! Lists of skills: put in order, and lengthened when a skill is made up.

use super::layout::{Kind, Line};

/// Skills of character; they go last.
const SOFT: &[&str] = &[
    "team",
    "communication",
    "time management",
    "problem solving",
    "attention to detail",
    "flexib",
    "microsoft office",
    "organisational",
    "organizational",
    "reliab",
    "pressure",
    "leadership skills",
    "motivat",
    "work ethic",
    "punctual",
    "interpersonal",
];

/// How a list is written.
enum Shape {
    /// One a line.
    Lines,
    /// Several a line, parted by a mark.
    Marked(char),
}

/// The most words of an item that is still a skill and no sentence.
const ITEM_WORDS: usize = 6;

fn shape(lines: &[Line]) -> Option<Shape> {
    let texts = || lines.iter().filter(|line| line.kind != Kind::Blank).map(|line| line.text.as_str());
    let count = texts().count();
    let mark = [';', ',']
        .into_iter()
        .find(|mark| texts().map(|text| split(text, *mark).len()).sum::<usize>() >= 2 * count.max(1));
    let shape = mark.map_or(Shape::Lines, Shape::Marked);
    let plain = texts().all(|text| !text.contains(':') && !text.ends_with('.'));
    let short =
        texts().flat_map(|text| pieces(text, &shape)).all(|item| item.split(' ').count() <= ITEM_WORDS);
    (plain && short && count > 0).then_some(shape)
}

fn pieces<'a>(text: &'a str, shape: &Shape) -> Vec<&'a str> {
    match shape {
        Shape::Lines => vec![text],
        Shape::Marked(mark) => split(text, *mark),
    }
}

/// The items between the marks that stand outside brackets.
fn split(text: &str, mark: char) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|sign| {
        match sign {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        sign == mark && depth == 0
    })
    .map(str::trim)
    .filter(|item| !item.is_empty())
    .collect()
}

/// All skills of a section; empty if it is no plain list.
pub fn items(lines: &[Line]) -> Vec<String> {
    let Some(shape) = shape(lines) else { return Vec::new() };
    let texts = lines.iter().filter(|line| line.kind != Kind::Blank);
    texts.flat_map(|line| pieces(&line.text, &shape)).map(str::to_owned).collect()
}

/// Puts what `first` wants at the beginning and skills of character at the end.
pub fn reorder(lines: &mut [Line], first: &dyn Fn(&str) -> bool) {
    let Some(shape) = shape(lines) else { return };
    let mut sorted = items(lines);
    sorted.sort_by_key(|item| {
        let small = item.to_lowercase();
        if first(item) { 0 } else { 1 + usize::from(SOFT.iter().any(|soft| small.contains(soft))) }
    });
    let mut sorted = sorted.into_iter();
    for line in lines.iter_mut().filter(|line| line.kind != Kind::Blank) {
        let count = pieces(&line.text, &shape).len();
        let taken: Vec<String> = sorted.by_ref().take(count).collect();
        line.text = match shape {
            Shape::Lines => taken.concat(),
            Shape::Marked(mark) => taken.join(&format!("{mark} ")),
        };
    }
}

/// Adds a skill at the end; returns whether there was a list to add it to.
pub fn add(lines: &mut Vec<Line>, skill: &str) -> bool {
    let Some(shape) = shape(lines) else { return false };
    let Some(at) = lines.iter().rposition(|line| line.kind != Kind::Blank) else { return false };
    let Some(last) = lines.get_mut(at) else { return false };
    match shape {
        Shape::Lines => {
            let line = Line { text: skill.to_owned(), ..last.clone() };
            lines.insert(at + 1, line);
        }
        Shape::Marked(mark) => last.text.extend([mark.to_string().as_str(), " ", skill]),
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::layout;
    use super::*;

    fn lines(text: &str) -> Vec<Line> {
        layout::read(&text.split('\n').collect::<Vec<_>>())
    }

    fn written(lines: &[Line]) -> String {
        lines.iter().map(Line::write).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn lists_keep_their_form_in_another_order() {
        for (before, after) in [
            ("Teamwork, Stock (raw, cooked), SAP", "SAP, Stock (raw, cooked), Teamwork"),
            ("Teamwork; Baking ;  SAP", "SAP; Baking; Teamwork"),
            ("- Teamwork\n- Baking\n- SAP", "- SAP\n- Baking\n- Teamwork"),
            ("Teamwork, Baking\nSAP, Cooking", "SAP, Baking\nCooking, Teamwork"),
            ("Languages: English, French", "Languages: English, French"),
            ("", ""),
        ] {
            let mut list = lines(before);
            reorder(&mut list, &|item| item == "SAP");
            assert_eq!(written(&list), after);
        }
    }

    #[test]
    fn a_skill_is_added_in_the_form_of_the_list() {
        for (before, after) in [("A, B, C", "A, B, C, X"), ("• A\n• B\n", "• A\n• B\n• X\n")] {
            let mut list = lines(before);
            assert!(add(&mut list, "X"));
            assert_eq!(written(&list), after);
        }
        assert!(!add(&mut lines("I know how to do this: everything."), "X"));
    }
}
