//! A document as one sheet of plain text, to be edited as a whole: a line with the name over each section.

use thiserror::Error;

use crate::{
    domain::{Document, Role, Section},
    text::clean,
};

/// What stands before and after a name.
const MARK: &str = "=====";

/// Why a sheet is not the document any more.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SheetError {
    /// A line over a section is gone, or no longer in its place.
    #[error("The line \"{0}\" must stay in its place: it says which section the text below belongs to.")]
    Lost(String),
    /// There is text over the first section.
    #[error("There is text above the line of the first section: it belongs to none.")]
    Above,
}

fn title(section: &Section) -> String {
    format!("{MARK} {} {MARK}", section.id.0.to_uppercase())
}

/// Sections that are only shown are on no sheet.
fn is_edited(section: &Section) -> bool {
    section.role == Role::Rewritten
}

/// Writes a document as a sheet. Characters that nobody could see are left out, as from all that is written back.
pub fn write(document: &Document) -> String {
    let mut sheet = String::new();
    for section in document.sections.iter().filter(|section| is_edited(section)) {
        if !sheet.is_empty() {
            sheet.push('\n');
        }
        sheet.push_str(&title(section));
        sheet.push('\n');
        sheet.push_str(&clean(section.text.as_deref().unwrap_or_default()).text);
        sheet.push('\n');
    }
    sheet
}

/// Reads a sheet that [`write()`] made of `document` and somebody edited. A section whose text was left as it was keeps it
/// byte for byte.
pub fn read(sheet: &str, document: &Document) -> Result<Document, SheetError> {
    let mut lines = sheet.split_inclusive('\n').peekable();
    let is = |line: &str, section: &Section| line.trim() == title(section);
    let edited_ones: Vec<&Section> = document.sections.iter().filter(|section| is_edited(section)).collect();
    let mut above = edited_ones.first().copied();
    let mut sections = Vec::with_capacity(document.sections.len());
    let mut at = 0;
    for section in &document.sections {
        if !is_edited(section) {
            sections.push(section.clone());
            continue;
        }
        at += 1;
        if let Some(first) = above.take() {
            while lines.peek().is_some_and(|line| !is(line, first)) {
                if lines.next().is_some_and(|line| !line.trim().is_empty()) {
                    return Err(SheetError::Above);
                }
            }
        }
        if !lines.next().is_some_and(|line| is(line, section)) {
            return Err(SheetError::Lost(title(section)));
        }
        let next = edited_ones.get(at).copied();
        let mut text = String::new();
        while let Some(line) = lines.next_if(|line| !next.is_some_and(|next| is(line, next))) {
            text.push_str(line);
        }
        // The line end behind the text and the blank line before the next title are the sheet's.
        for end in ["\n", "\n"].into_iter().take(if next.is_some() { 2 } else { 1 }) {
            text = text.strip_suffix(end).map(str::to_owned).unwrap_or(text);
        }
        sections.push(edited(section, &text));
    }
    Ok(Document { sections })
}

fn edited(section: &Section, text: &str) -> Section {
    let before = section.text.as_deref().unwrap_or_default();
    if clean(before).text == text {
        return section.clone();
    }
    let text = clean(text).text.into_owned();
    Section { text: Some(text), ..section.clone() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Format, SectionId};

    fn document(texts: &[Option<&str>]) -> Document {
        let sections = texts.iter().zip(["summary", "experience", "skills"]).map(|(text, name)| Section {
            id: SectionId(name.to_owned()),
            format: Format::Text,
            text: text.map(str::to_owned),
            ..Section::default()
        });
        Document { sections: sections.collect() }
    }

    #[test]
    fn each_section_stands_under_its_name() {
        let before = document(&[Some("Led 3 people."), Some("- Sold bread\n- Baked it")]);
        let sheet = write(&before);
        assert_eq!(
            sheet,
            "===== SUMMARY =====\nLed 3 people.\n\n===== EXPERIENCE =====\n- Sold bread\n- Baked it\n"
        );
        let after = read(&sheet.replace("3 people", "4 people"), &before).unwrap();
        assert_eq!(after, document(&[Some("Led 4 people."), Some("- Sold bread\n- Baked it")]));
    }

    #[test]
    fn a_section_that_is_only_shown_is_not_on_the_sheet_and_stays() {
        let mut before = document(&[Some("a"), Some("b"), Some("c")]);
        before.sections[1].role = Role::Context;
        let sheet = write(&before);
        assert_eq!(sheet, "===== SUMMARY =====\na\n\n===== SKILLS =====\nc\n");
        let after = read(&sheet.replace("\nc\n", "\nd\n"), &before).unwrap();
        let texts: Vec<_> = after.sections.iter().filter_map(|section| section.text.as_deref()).collect();
        assert_eq!(texts, ["a", "b", "d"]);
    }

    #[test]
    fn a_sheet_that_lost_a_name_is_refused_with_the_line() {
        let before = document(&[Some("a"), Some("b")]);
        let lost = read("===== SUMMARY =====\na\nb\n", &before).unwrap_err();
        assert_eq!(lost, SheetError::Lost("===== EXPERIENCE =====".to_owned()));
        assert!(lost.to_string().starts_with("The line \"===== EXPERIENCE =====\" must stay"), "{lost}");
        let turned = "===== EXPERIENCE =====\nb\n===== SUMMARY =====\na\n";
        assert_eq!(read(turned, &before), Err(SheetError::Above));
        assert_eq!(read("", &before), Err(SheetError::Lost("===== SUMMARY =====".to_owned())));
        assert_eq!(read(&format!("x\n{}", write(&before)), &before), Err(SheetError::Above));
    }

    proptest! {
        #[test]
        fn an_untouched_sheet_is_the_document_byte_for_byte(texts in prop::collection::vec(
            prop::option::of("[a-z\u{200b} \\r\\n]{0,30}"), 0..4,
        )) {
            let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
            let document = document(&texts);
            prop_assert_eq!(read(&write(&document), &document), Ok(document));
        }

        #[test]
        fn what_is_written_into_a_section_comes_back(text in "[a-z .\\n]{1,40}", other in "[a-z]{0,9}") {
            let before = document(&[Some("Led 3 people."), Some(&other)]);
            let wanted = document(&[Some(&text), Some(&other)]);
            let sheet = write(&wanted);
            prop_assert_eq!(read(&sheet, &before), Ok(wanted));
        }
    }
}
