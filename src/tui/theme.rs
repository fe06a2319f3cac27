//! Colours as meanings. Screens name a [`Meaning`]; only this file and `assets/themes/` know colours.
//!
//! A theme says how some meanings look; the others look as their parent does. The mono theme tells as much as the
//! coloured ones, because every screen also tells it by a sign or a word.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::error::{Error, Result};

macro_rules! meanings {
    ($( $(#[doc = $doc:literal])+ $meaning:ident $name:literal => $parent:ident; )+) => {
        /// What a piece of the screen is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Meaning { $( $(#[doc = $doc])+ $meaning ),+ }

        impl Meaning {
            /// All meanings, each after its parent.
            pub const ALL: &'static [Self] = &[ $( Self::$meaning ),+ ];

            /// The name in a theme.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$meaning => $name ),+ }
            }

            /// The meaning that it looks like where a theme does not name it; `Text` is its own parent.
            #[must_use]
            pub const fn parent(self) -> Self {
                match self { $( Self::$meaning => Self::$parent ),+ }
            }
        }
    };
}

meanings! {
    /// Ordinary text.
    Text "text" => Text;
    /// Text that matters less.
    Muted "muted" => Text;
    /// Text that matters more.
    Strong "strong" => Text;
    /// The heading of a part of the screen.
    Title "title" => Strong;
    /// Lines and frames.
    Rule "rule" => Muted;
    /// A screen's name in the row of screens.
    Tab "tab" => Muted;
    /// The name of the screen that is shown.
    TabCurrent "tab-current" => Strong;
    /// A key in the footer, the help and the palette.
    Key "key" => Strong;
    /// What a key does.
    Label "label" => Muted;
    /// What cannot be done now.
    Disabled "disabled" => Muted;
    /// The row or thing that the keys act on.
    Cursor "cursor" => Strong;
    /// The same in a pane that does not have the keys.
    CursorAway "cursor-away" => Text;
    /// A marked row.
    Marked "marked" => Strong;
    /// Letters that a search has found.
    Found "found" => Strong;
    /// Unchanged text beside changes.
    Kept "kept" => Text;
    /// Text that a rewrite brings in.
    Inserted "inserted" => Text;
    /// Text that a rewrite takes out.
    Deleted "deleted" => Text;
    /// Text that a rewrite has moved.
    Moved "moved" => Text;
    /// An accepted change, an approved rewrite.
    Accepted "accepted" => Text;
    /// A rejected change or rewrite.
    Rejected "rejected" => Muted;
    /// A change that nobody decided.
    Open "open" => Text;
    /// A finding that stops an approval, and its exact words.
    Blocking "blocking" => Strong;
    /// A finding that does not stop an approval, and its exact words.
    Warning "warning" => Strong;
    /// It went well.
    Good "good" => Text;
    /// It needs a look.
    Caution "caution" => Strong;
    /// It failed.
    Bad "bad" => Strong;
    /// Work that goes on.
    Running "running" => Text;
    /// The done part of a bar, and curves.
    Bar "bar" => Text;
    /// The rest of a bar.
    BarRest "bar-rest" => Muted;
    /// The badge that says that the model is simulated.
    Simulated "simulated" => Caution;
    /// The inside of dialogs, menus and messages.
    Dialog "dialog" => Text;
    /// Their frame.
    Frame "frame" => Rule;
    /// A button.
    Button "button" => Text;
    /// The button that Enter presses.
    ButtonFocus "button-focus" => Cursor;
    /// Text that is being typed.
    Input "input" => Text;
    /// What an empty input asks for.
    Placeholder "placeholder" => Muted;
    /// Selected text in the editor.
    Selection "selection" => Cursor;
}

/// How many colours the terminal shows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: only bold, reverse and the like.
    Mono,
    /// The 16 that every terminal has.
    #[default]
    Sixteen,
    /// 256.
    Indexed,
    /// All; redraft uses no more than 256, for the sake of slow lines.
    True,
}

/// A built-in theme.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// For a dark background, where there are 256 colours; else the 16 colours.
    #[default]
    Dark,
    /// For a light background, where there are 256 colours; else the 16 colours.
    Light,
    /// The terminal's own 16 colours.
    Sixteen,
    /// As `Dark`, with green for what comes and red for what goes; nobody gets it unasked.
    RedGreen,
    /// The strongest contrast.
    Contrast,
    /// No colours.
    Mono,
}

impl Choice {
    /// The themes by the names that the configuration has for them.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("dark", Self::Dark),
        ("light", Self::Light),
        ("red-green", Self::RedGreen),
        ("16", Self::Sixteen),
        ("contrast", Self::Contrast),
        ("mono", Self::Mono),
    ];
}

/// How every meaning looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: Vec<Style>,
}

impl Theme {
    /// The theme of that choice, or what the terminal can show of it.
    pub fn new(choice: Choice, depth: Depth) -> Result<Self> {
        Self::parse(source(choice, depth))
            .map_err(|error| Error::internal("A theme cannot be read.").because(error))
    }

    /// How a meaning looks.
    pub fn style(&self, meaning: Meaning) -> Style {
        self.styles[meaning as usize]
    }

    fn parse(text: &str) -> std::result::Result<Self, toml::de::Error> {
        let paints: BTreeMap<String, Paint> = toml::from_str(text)?;
        let mut styles: Vec<Style> = Vec::with_capacity(Meaning::ALL.len());
        for meaning in Meaning::ALL {
            let inherited = styles.get(meaning.parent() as usize).copied().unwrap_or_default();
            styles.push(paints.get(meaning.name()).map_or(inherited, Paint::style));
        }
        Ok(Self { styles })
    }
}

fn source(choice: Choice, depth: Depth) -> &'static str {
    match (choice, depth) {
        (Choice::Mono, _) | (_, Depth::Mono) => include_str!("../../assets/themes/mono.toml"),
        (Choice::Contrast, _) => include_str!("../../assets/themes/contrast.toml"),
        (Choice::Dark, Depth::Indexed | Depth::True) => include_str!("../../assets/themes/dark.toml"),
        (Choice::RedGreen, Depth::Indexed | Depth::True) => {
            include_str!("../../assets/themes/red-green.toml")
        }
        (Choice::Light, Depth::Indexed | Depth::True) => include_str!("../../assets/themes/light.toml"),
        (Choice::Sixteen, _) | (Choice::Dark | Choice::RedGreen | Choice::Light, Depth::Sixteen) => {
            include_str!("../../assets/themes/16.toml")
        }
    }
}

/// How one meaning looks.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Paint {
    fg: Option<Colour>,
    bg: Option<Colour>,
    look: Vec<Look>,
}

/// A way to stand out that needs no colour.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Look {
    Bold,
    Dim,
    Underline,
    Reverse,
    Strike,
}

/// One of the 16 colours by name, or one of the 256 by number.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Colour {
    Name(Name),
    Number(u8),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Name {
    Black,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    Gray,
    DarkGray,
    LightRed,
    LightGreen,
    LightYellow,
    LightBlue,
    LightMagenta,
    LightCyan,
    White,
}

impl Paint {
    fn style(&self) -> Style {
        let mut style = Style::new();
        style.fg = self.fg.as_ref().map(Colour::color);
        style.bg = self.bg.as_ref().map(Colour::color);
        for look in &self.look {
            style = style.add_modifier(match look {
                Look::Bold => Modifier::BOLD,
                Look::Dim => Modifier::DIM,
                Look::Underline => Modifier::UNDERLINED,
                Look::Reverse => Modifier::REVERSED,
                Look::Strike => Modifier::CROSSED_OUT,
            });
        }
        style
    }
}

impl Colour {
    const fn color(&self) -> Color {
        match self {
            Self::Number(number) => Color::Indexed(*number),
            Self::Name(name) => match name {
                Name::Black => Color::Black,
                Name::Red => Color::Red,
                Name::Green => Color::Green,
                Name::Yellow => Color::Yellow,
                Name::Blue => Color::Blue,
                Name::Magenta => Color::Magenta,
                Name::Cyan => Color::Cyan,
                Name::Gray => Color::Gray,
                Name::DarkGray => Color::DarkGray,
                Name::LightRed => Color::LightRed,
                Name::LightGreen => Color::LightGreen,
                Name::LightYellow => Color::LightYellow,
                Name::LightBlue => Color::LightBlue,
                Name::LightMagenta => Color::LightMagenta,
                Name::LightCyan => Color::LightCyan,
                Name::White => Color::White,
            },
        }
    }
}

#[cfg(test)]
mod tests;
