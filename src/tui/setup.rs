//! From the configuration and the environment to what the application starts with.

use std::time::Duration;

use super::{
    context::{Access, Context, Line, Provider, Voice},
    keymap::{Keymap, nearest},
    terminal::{self, Environment},
    theme::{Choice, Depth, Theme},
};
use crate::{
    config::{KeySettings, TerminalSettings},
    domain::Reviewer,
    error::{Error, Result},
};

/// How long a restricted redraft waits for a key, where the configuration does not say.
const IDLE: Duration = Duration::from_mins(15);

/// What does not stand in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// The variables that tell about the terminal.
    pub environment: Environment,
    /// How the screen talks.
    pub voice: Voice,
    /// What the person may do beyond redraft.
    pub access: Access,
    /// How much may be sent.
    pub line: Line,
    /// Where rewrites come from.
    pub provider: Provider,
    /// Who sits at the keyboard.
    pub who: Reviewer,
}

/// Makes what layers may look at. Fails on keys and themes that `file`, the configuration, has wrong.
pub fn context(
    settings: &TerminalSettings,
    keys: &KeySettings,
    file: &str,
    around: Surroundings,
) -> Result<Context> {
    let depth = match (terminal::depth(&around.environment, settings.colours), around.line) {
        // Their codes are a third as long.
        (Depth::Indexed | Depth::True, Line::Slow) => Depth::Sixteen,
        (depth, _) => depth,
    };
    let theme = theme(&settings.theme, depth, (&around.environment, file))?;
    let mut context = Context::new(theme, Keymap::new(&keys.0, file)?, around.who);
    context.glyphs = terminal::glyphs(&around.environment);
    context.voice = around.voice;
    context.access = around.access;
    context.line = around.line;
    context.clipboard = settings.clipboard;
    context.idle = match (settings.idle_minutes, around.access) {
        (Some(0), _) | (None, Access::Full) => None,
        (Some(minutes), _) => Some(Duration::from_secs(u64::from(minutes) * 60)),
        (None, Access::Restricted) => Some(IDLE),
    };
    context.provider = around.provider;
    Ok(context)
}

fn theme(name: &str, depth: Depth, (environment, file): (&Environment, &str)) -> Result<Theme> {
    if name == "auto" {
        return Theme::new(terminal::theme(environment), depth);
    }
    if let Some((_, choice)) = Choice::NAMES.iter().find(|(known, _)| *known == name) {
        return Theme::new(*choice, depth);
    }
    let names = Choice::NAMES.map(|(known, _)| known);
    let hint = nearest(name, names.into_iter()).map_or_else(
        || format!("The themes are auto, {}.", names.join(", ")),
        |nearest| format!("Did you mean \"{nearest}\"?"),
    );
    Err(Error::config(format!("There is no theme \"{name}\"."))
        .at(format!("{file}, terminal.theme"))
        .hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Clipboard, Colours},
        tui::{keymap::Glyphs, theme::Meaning},
    };

    fn made(theme: &str, keys: &str, no_color: &str) -> Result<Context> {
        let settings = TerminalSettings {
            theme: theme.to_owned(),
            colours: Colours::Auto,
            fps: 30,
            clipboard: Clipboard::Osc52,
            idle_minutes: None,
            mouse: false,
            low_bandwidth: false,
        };
        let around = Surroundings {
            environment: Environment {
                term: Some("xterm-256color".to_owned()),
                no_color: Some(no_color.to_owned()),
                locale: Some("C.UTF-8".to_owned()),
                ..Environment::default()
            },
            voice: Voice::Visual,
            access: Access::Restricted,
            line: Line::Fast,
            provider: Provider::Simulated,
            who: Reviewer("anna".to_owned()),
        };
        context(&settings, &KeySettings(toml::from_str(keys).unwrap()), "config.toml", around)
    }

    #[test]
    fn settings_and_surroundings_meet_in_the_context() {
        let context = made("auto", "", "").unwrap();
        assert_eq!(context.theme, Theme::new(Choice::Dark, Depth::Indexed).unwrap());
        assert_eq!((context.glyphs, context.clipboard), (Glyphs::Unicode, Clipboard::Osc52));
        assert_eq!(context.idle, Some(Duration::from_mins(15)), "a restricted one ends by itself");
        assert_eq!((context.access, context.provider), (Access::Restricted, Provider::Simulated));
        let context = made("light", "", "1").unwrap();
        assert_eq!(context.theme.style(Meaning::Inserted).fg, None);
    }

    #[test]
    fn what_is_wrong_names_file_and_key() {
        assert_eq!(
            made("darc", "", "").unwrap_err().to_string(),
            "There is no theme \"darc\".\n  config.toml, terminal.theme\nhint: Did you mean \"dark\"?"
        );
        let error = made("solarized", "", "").unwrap_err().to_string();
        assert!(
            error.ends_with("The themes are auto, dark, light, red-green, 16, contrast, mono."),
            "{error}"
        );
        let error = made("auto", "[list]\nopen = [\"j\"]", "").unwrap_err().to_string();
        assert!(error.contains("config.toml, keys.list.open"), "{error}");
    }
}
