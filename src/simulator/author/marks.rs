//! The blocks of a prompt and of its reply.
//!
//! A block begins with a line `[[section:ID]]` and ends with a line `[[/section:ID]]`; `[[posting]]`,
//! `[[instructions]]` and `[[lines]]` are marked alike. What stands between blocks is of no interest to an author.

/// A section as the prompt has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// The line that opens it.
    pub open: &'a str,
    /// Its name.
    pub id: &'a str,
    /// Its lines; none is another thing than one empty line.
    pub lines: Vec<&'a str>,
    /// The line that closes it.
    pub close: String,
}

/// What a prompt holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Prompt<'a> {
    /// The sections, in order.
    pub sections: Vec<Block<'a>>,
    /// The posting, if there is one.
    pub posting: String,
    /// The sections that keep their number of lines.
    pub counted: Vec<&'a str>,
}

/// Reads a prompt.
pub fn read(prompt: &str) -> Prompt<'_> {
    let mut out = Prompt::default();
    let mut lines = prompt.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    while let Some(line) = lines.next() {
        if let Some(id) = line.strip_prefix("[[section:").and_then(|rest| rest.strip_suffix("]]")) {
            let close = format!("[[/section:{id}]]");
            let mut block = Block { open: line, id, lines: Vec::new(), close };
            for line in lines.by_ref() {
                if line == block.close || line == "[[/section]]" {
                    line.clone_into(&mut block.close);
                    break;
                }
                block.lines.push(line);
            }
            out.sections.push(block);
        } else if line == "[[posting]]" {
            let posting: Vec<&str> = lines.by_ref().take_while(|line| *line != "[[/posting]]").collect();
            out.posting = posting.join("\n");
        } else if line == "[[lines]]" {
            let counted = lines.by_ref().take_while(|line| *line != "[[/lines]]");
            out.counted = counted.filter_map(|line| Some(line.rsplit_once(": ")?.0)).collect();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_posting_are_found_among_other_text() {
        let text = "Rewrite this.\n[[posting]]\nA cook\n\nwanted\n[[/posting]]\n[[lines]]\na: 2\n[[/lines]]\n[[section:a]]\none\n\n[[/section:a]]\nbye\n\
                    [[section:b]]\n[[/section:b]]\n";
        let prompt = read(text);
        assert_eq!(prompt.posting, "A cook\n\nwanted");
        assert_eq!(prompt.counted, ["a"]);
        assert_eq!(prompt.sections.iter().map(|block| block.id).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(prompt.sections[0].lines, ["one", ""]);
        assert!(prompt.sections[1].lines.is_empty());
    }

    #[test]
    fn a_section_without_an_end_goes_on_to_the_end() {
        let prompt = read("[[section:a]]\none\r\n[[section:b]]");
        assert_eq!(prompt.sections.len(), 1);
        assert_eq!(prompt.sections[0].lines, ["one", "[[section:b]]"]);
        assert_eq!(prompt.sections[0].close, "[[/section:a]]");
        assert_eq!(read("nothing"), Prompt::default());
    }
}
