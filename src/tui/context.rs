//! What every layer may look at while it handles and draws.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use jiff::Timestamp;
use ratatui::layout::Size;
use tokio::time::Instant;

use super::{
    keymap::{Glyphs, Keymap},
    screens::review::Place,
    theme::Theme,
    widgets::Toast,
};
use crate::{
    config::Clipboard,
    domain::{OpenPolicy, Reviewer},
    engine::port::Progress,
};

/// Where the rewrites come from.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// A model provider that costs money.
    #[default]
    Real,
    /// The simulator: every screen says SIMULATED.
    Simulated,
}

/// How the screen talks.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// For eyes: panes, bars, moving figures.
    #[default]
    Visual,
    /// For screen readers (`--plain`): no spinner, no clock, the terminal's cursor on the row in focus.
    Plain,
}

/// How much the line to the terminal carries.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Enough.
    #[default]
    Fast,
    /// Little (`--low-bandwidth`): what shows moves by half a screen, in few colours.
    Slow,
}

/// What a person may do beyond redraft.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Suspend, external editor.
    #[default]
    Full,
    /// Neither (`--restricted`): both would be a shell.
    Restricted,
}

/// The world as a layer sees it; only the application changes it.
#[derive(Debug, Clone)]
pub struct Context {
    /// How meanings look.
    pub theme: Theme,
    /// Which keys call what.
    pub keys: Arc<Keymap>,
    /// Which characters may be drawn.
    pub glyphs: Glyphs,
    /// How the screen talks.
    pub voice: Voice,
    /// What the person may do beyond redraft.
    pub access: Access,
    /// How much may be sent.
    pub line: Line,
    /// Whether copying works.
    pub clipboard: Clipboard,
    /// After so long without a key redraft ends.
    pub idle: Option<Duration>,
    /// Where rewrites come from.
    pub provider: Provider,
    /// Who sits at the keyboard.
    pub who: Reviewer,
    /// What an approval does with changes that nobody decided.
    pub open_changes: OpenPolicy,
    /// The keys that what happens now comes from, with blanks between; `None` if it comes from none.
    pub pressed: Option<String>,
    /// Where the reviewer was in Review when redraft ended.
    pub place: Option<Place>,
    /// A decision within fewer seconds is faster than reading.
    pub fast_seconds: u32,
    /// The size of the whole screen in cells.
    pub size: Size,
    /// The wall time of the event that is handled, or of the frame that is drawn.
    pub now: Timestamp,
    /// The same on the clock that only goes forward.
    pub instant: Instant,
    /// How far running batches are.
    pub progress: Arc<Progress>,
    /// Past messages, the newest first; at most 200.
    pub messages: VecDeque<(Timestamp, Toast)>,
}

impl Context {
    /// A context in which everything else is as it is for most people; times and size are told later.
    pub fn new(theme: Theme, keys: Keymap, who: Reviewer) -> Self {
        Self {
            theme,
            keys: Arc::new(keys),
            glyphs: Glyphs::default(),
            voice: Voice::default(),
            access: Access::default(),
            line: Line::default(),
            clipboard: Clipboard::Off,
            idle: None,
            provider: Provider::default(),
            who,
            open_changes: OpenPolicy::Accept,
            pressed: None,
            place: None,
            fast_seconds: 0,
            size: Size::new(80, 24),
            now: Timestamp::UNIX_EPOCH,
            instant: Instant::now(),
            progress: Arc::new(Progress::default()),
            messages: VecDeque::new(),
        }
    }

    /// The character for eyes, or its form in ASCII.
    pub const fn glyph<T: Copy>(&self, unicode: T, ascii: T) -> T {
        match self.glyphs {
            Glyphs::Unicode => unicode,
            Glyphs::Ascii => ascii,
        }
    }

    /// Whether `since` lies less than `within` ago.
    pub fn is_within(&self, since: Instant, within: Duration) -> bool {
        self.instant.saturating_duration_since(since) < within
    }
}
