//! What the terminal can show, as far as the environment and the configuration tell. The environment is passed in.

use super::output::Synchronized;
use crate::{
    config::Colours,
    tui::{
        keymap::Glyphs,
        theme::{Choice, Depth},
    },
};

/// The variables that tell about the terminal.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`, which SSH does not forward unless told to.
    pub colorterm: Option<String>,
    /// `NO_COLOR`; any value but the empty one counts.
    pub no_color: Option<String>,
    /// `COLORFGBG`, by which some terminals tell their colours, as `15;0`.
    pub colorfgbg: Option<String>,
    /// The first that is set of `LC_ALL`, `LC_CTYPE`, `LANG`.
    pub locale: Option<String>,
}

/// How many colours to use. `NO_COLOR` wins over the configuration; what is only assumed is never more than 256.
pub fn depth(environment: &Environment, wanted: Colours) -> Depth {
    if environment.no_color.as_deref().is_some_and(|value| !value.is_empty()) {
        return Depth::Mono;
    }
    match wanted {
        Colours::Auto => guess(environment),
        Colours::Sixteen => Depth::Sixteen,
        Colours::Palette => Depth::Indexed,
        Colours::Truecolor => Depth::True,
        Colours::Mono => Depth::Mono,
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

/// The theme to use where the configuration leaves it to us: for a dark background unless the terminal tells of a
/// light one.
pub fn theme(environment: &Environment) -> Choice {
    let background = environment.colorfgbg.as_deref().and_then(|colours| colours.rsplit(';').next());
    match background.and_then(|number| number.parse::<u8>().ok()) {
        Some(7 | 9..=15) => Choice::Light,
        _ => Choice::Dark,
    }
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
            colorfgbg: None,
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
                depth(&environment(term, colorterm, no_color), Colours::Auto),
                expected,
                "{term} {colorterm}"
            );
        }
        assert_eq!(depth(&Environment::default(), Colours::Auto), Depth::Mono);
    }

    #[test]
    fn the_configuration_wins_over_a_guess_but_not_over_no_color() {
        assert_eq!(depth(&environment("xterm", "", ""), Colours::Truecolor), Depth::True);
        assert_eq!(depth(&environment("xterm-256color", "", ""), Colours::Sixteen), Depth::Sixteen);
        assert_eq!(depth(&environment("xterm", "", "1"), Colours::Truecolor), Depth::Mono);
    }

    #[test]
    fn a_light_background_gets_the_light_theme() {
        for (colours, expected) in [
            ("0;15", Choice::Light),
            ("15;0", Choice::Dark),
            ("0;default;7", Choice::Light),
            ("x", Choice::Dark),
        ] {
            let environment =
                Environment { colorfgbg: Some(colours.to_owned()), ..environment("xterm", "", "") };
            assert_eq!(theme(&environment), expected, "{colours}");
        }
        assert_eq!(theme(&Environment::default()), Choice::Dark);
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
