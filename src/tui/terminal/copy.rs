//! The code that puts text on the clipboard of the person's terminal (OSC 52).

use super::base64;

/// What stands between redraft and the terminal.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// Nothing that is known.
    #[default]
    None,
    /// tmux, which takes the code itself (`set-clipboard on`) or hands it on in an envelope (`allow-passthrough on`);
    /// which of the two, it does not tell.
    Tmux,
}

/// Returns the code for `text`. Whatever the text holds, the code is letters between fixed marks.
pub fn copy_code(text: &str, through: Multiplexer) -> String {
    let letters = base64(text.as_bytes());
    let plain = format!("\x1b]52;c;{letters}\x07");
    match through {
        Multiplexer::None => plain,
        Multiplexer::Tmux => format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmux_gets_the_code_for_itself_and_in_an_envelope() {
        assert_eq!(copy_code("hi", Multiplexer::None), "\x1b]52;c;aGk=\x07");
        assert_eq!(
            copy_code("hi", Multiplexer::Tmux),
            "\x1b]52;c;aGk=\x07\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\"
        );
    }

    #[test]
    fn no_text_can_end_the_code_before_its_end() {
        let code = copy_code("\x07\x1b\\\u{9c}x", Multiplexer::None);
        assert_eq!(code.matches('\x07').count(), 1);
        assert_eq!(code.matches('\x1b').count(), 1);
    }
}
