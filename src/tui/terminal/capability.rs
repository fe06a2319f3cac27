//! What the terminal can show, as far as the environment and the configuration tell. The environment is passed in.

use serde::Deserialize;

use super::output::Synchronized;
use crate::tui::{keymap::Glyphs, theme::Depth};

/// The variables that tell about the terminal.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`, which SSH does not forward unless told to.
    pub colorterm: Option<String>,
    /// `NO_COLOR`; any value but the empty one counts.
    pub no_color: Option<String>,
    /// The first that is set of `LC_ALL`, `LC_CTYPE`, `LANG`.
    pub locale: Option<String>,
}

/// How many colours the configuration wants.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    /// As many as the environment tells of.
    #[default]
    Auto,
    /// 16.
    #[serde(rename = "16")]
    Sixteen,
    /// 256.
    #[serde(rename = "256")]
    Indexed,
    /// All.
    #[serde(rename = "truecolor")]
    True,
    /// None.
    Mono,
}

/// How many colours to use. `NO_COLOR` wins over the configuration; what is only assumed is never more than 256.
pub fn depth(environment: &Environment, wanted: Wanted) -> Depth {
    if environment.no_color.as_deref().is_some_and(|value| !value.is_empty()) {
        return Depth::Mono;
    }
    match wanted {
        Wanted::Auto => guess(environment),
        Wanted::Sixteen => Depth::Sixteen,
        Wanted::Indexed => Depth::Indexed,
        Wanted::True => Depth::True,
        Wanted::Mono => Depth::Mono,
    }
}

fn guess(environment: &Environment) -> Depth {
    let term = environment.term.as_deref().unwrap_or_default();
    if is_dumb(term) || term.starts_with("vt1") || term.starts_with("vt2") || term.ends_with("-mono") {
        return Depth::Mono;
    }
    let colorterm = environment.colorterm.as_deref().unwrap_or_default();
    let many = term.contains("256") || term.contains("direct") || !colorterm.is_empty();
    let known = ["kitty", "alacritty", "foot", "ghostty", "wezterm"].iter().any(|name| term.contains(name));
    if many || known { Depth::Indexed } else { Depth::Sixteen }
}

/// Whether characters outside ASCII can be expected to show.
pub fn glyphs(environment: &Environment) -> Glyphs {
    let locale = environment.locale.as_deref().unwrap_or_default().to_ascii_lowercase();
    let utf8 = locale.contains("utf-8") || locale.contains("utf8");
    if utf8 && environment.term.as_deref() != Some("linux") { Glyphs::Unicode } else { Glyphs::Ascii }
}

/// Whether to mark frames as synchronized updates.
pub fn synchronized(environment: &Environment, wanted: Synchronized) -> Synchronized {
    if is_dumb(environment.term.as_deref().unwrap_or_default()) { Synchronized::Off } else { wanted }
}

fn is_dumb(term: &str) -> bool {
    term.is_empty() || term == "dumb" || term == "unknown"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(term: &str, colorterm: &str, no_color: &str) -> Environment {
        Environment {
            term: Some(term.to_owned()),
            colorterm: Some(colorterm.to_owned()),
            no_color: Some(no_color.to_owned()),
            locale: Some("en_US.UTF-8".to_owned()),
        }
    }

    #[test]
    fn colours_follow_the_environment() {
        for (term, colorterm, no_color, expected) in [
            ("xterm-256color", "", "", Depth::Indexed),
            ("xterm", "truecolor", "", Depth::Indexed),
            ("xterm", "", "", Depth::Sixteen),
            ("xterm-kitty", "", "", Depth::Indexed),
            ("linux", "", "", Depth::Sixteen),
            ("vt100", "", "", Depth::Mono),
            ("dumb", "truecolor", "", Depth::Mono),
            ("xterm-256color", "truecolor", "1", Depth::Mono),
        ] {
            assert_eq!(
                depth(&environment(term, colorterm, no_color), Wanted::Auto),
                expected,
                "{term} {colorterm}"
            );
        }
        assert_eq!(depth(&Environment::default(), Wanted::Auto), Depth::Mono);
    }

    #[test]
    fn the_configuration_wins_over_a_guess_but_not_over_no_color() {
        assert_eq!(depth(&environment("xterm", "", ""), Wanted::True), Depth::True);
        assert_eq!(depth(&environment("xterm-256color", "", ""), Wanted::Sixteen), Depth::Sixteen);
        assert_eq!(depth(&environment("xterm", "", "1"), Wanted::True), Depth::Mono);
    }

    #[test]
    fn signs_outside_ascii_need_a_locale_that_has_them() {
        let with =
            |locale: &str| Environment { locale: Some(locale.to_owned()), ..environment("xterm", "", "") };
        assert_eq!(glyphs(&with("de_DE.utf8")), Glyphs::Unicode);
        assert_eq!(glyphs(&with("C")), Glyphs::Ascii);
        assert_eq!(glyphs(&Environment::default()), Glyphs::Ascii);
    }

    #[test]
    fn a_dumb_terminal_gets_no_marks() {
        assert_eq!(synchronized(&environment("dumb", "", ""), Synchronized::On), Synchronized::Off);
        assert_eq!(synchronized(&environment("xterm", "", ""), Synchronized::On), Synchronized::On);
        assert_eq!(synchronized(&environment("xterm", "", ""), Synchronized::Off), Synchronized::Off);
    }
}
