//! State and routing: which screen is shown, what lies on top, who gets an event, what becomes of an effect.
//!
//! The application is a machine: events go in, [`Order`]s for the shell come out. It reads no terminal, no clock and
//! no database, so that tests drive it as the shell does.

mod effects;
mod idle;
mod keys;
mod pointer;
mod view;

use jiff::Timestamp;
use ratatui::layout::Size;
use tokio::time::Instant;

use self::keys::Typed;
use super::{
    backend::{Ask, Reply, Request, Slot},
    command::{Command, Scope},
    context::Context,
    effect::{Action, AppAction, Effect, Visit},
    event::{Event, Notice},
    keymap::Key,
    layer::{Handled, Layer},
    screens::{self, ScreenId},
    widgets::{Toast, Toasts},
};

/// What the shell has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Ask the backend.
    Ask(Ask),
    /// Drop what is asked in a slot.
    Forget(Slot),
    /// Put text on the person's clipboard.
    Copy(String),
    /// Run the external editor on a text, then call [`App::edited`].
    Editor {
        /// The command that asked.
        by: Command,
        /// The text.
        text: String,
    },
    /// Give the terminal back until the shell calls again.
    Suspend,
    /// Forget what the terminal shows.
    Redraw,
    /// Leave.
    Quit,
}

/// A layer on top of a screen.
struct Overlay {
    id: u64,
    layer: Box<dyn Layer>,
}

/// Which layer: an overlay by its id, or a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Overlay(u64),
    Screen(ScreenId),
}

/// The application.
pub struct App {
    context: Context,
    screens: [Box<dyn Layer>; 6],
    current: ScreenId,
    overlays: Vec<Overlay>,
    opened: u64,
    typed: Typed,
    toasts: Toasts,
    wakes: Vec<(Instant, Place)>,
    orders: Vec<Order>,
    idle: idle::Idle,
}

impl App {
    /// The application on its first screen, which has not asked for anything yet: draw it, then call
    /// [`App::start`].
    pub fn new(context: Context) -> Self {
        Self::with_screens(context, screens::all())
    }

    /// The same with other screens, in the order of [`ScreenId::ALL`]; for tests.
    pub fn with_screens(context: Context, screens: [Box<dyn Layer>; 6]) -> Self {
        Self {
            context,
            screens,
            current: ScreenId::Dashboard,
            overlays: Vec::new(),
            opened: 0,
            typed: Typed::default(),
            toasts: Toasts::default(),
            wakes: Vec::new(),
            orders: Vec::new(),
            idle: idle::Idle::default(),
        }
    }

    /// Lets the first screen ask for what it shows. The first frame is drawn before.
    pub fn start(&mut self) -> Vec<Order> {
        self.idle.touched(self.context.instant);
        self.deliver(Place::Screen(self.current), &Event::Visit(Visit::Plain));
        self.take_orders()
    }

    /// Tells the time; to be called before each event and each frame.
    pub fn set_now(&mut self, now: Timestamp, instant: Instant) {
        self.context.now = now;
        self.context.instant = instant;
    }

    /// Tells the size of the screen.
    pub fn resize(&mut self, size: Size) {
        self.context.size = size;
    }

    /// What layers may look at.
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// The same, for what only the shell knows.
    pub const fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }

    /// Which screen is shown.
    pub const fn current(&self) -> ScreenId {
        self.current
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key) -> Vec<Order> {
        self.idle.touched(self.context.instant);
        let keys = self.typed.sequence.iter().chain([&key]).map(ToString::to_string);
        self.context.pressed = Some(keys.collect::<Vec<_>>().join(" "));
        self.press(key);
        self.context.pressed = None;
        self.take_orders()
    }

    /// Takes pasted text: where no text is typed it is dropped with a message.
    pub fn paste(&mut self, text: String) -> Vec<Order> {
        self.idle.touched(self.context.instant);
        if self.types_text() {
            self.offer(&Event::Paste(text));
        } else {
            self.show(Toast::plain("Pasted text was dropped: nothing is being typed here."));
        }
        self.take_orders()
    }

    /// Takes an answer of the backend.
    pub fn reply(&mut self, reply: Reply) -> Vec<Order> {
        let screen = screen_of(&reply.question);
        let failure = reply.answer.as_ref().err().cloned();
        let event = Event::Reply(reply);
        let consumed =
            self.overlay_ids().into_iter().rev().any(|id| self.deliver(Place::Overlay(id), &event))
                || self.deliver(Place::Screen(screen), &event);
        if let (false, Some(failure)) = (consumed, failure) {
            self.show(Toast::from(&failure));
        }
        self.take_orders()
    }

    /// Tells everything that shows that something has changed.
    pub fn notice(&mut self, notice: Notice) -> Vec<Order> {
        for id in self.overlay_ids() {
            self.deliver(Place::Overlay(id), &Event::Notice(notice));
        }
        self.deliver(Place::Screen(self.current), &Event::Notice(notice));
        self.take_orders()
    }

    /// Tells how the external editor ended: the text, or a message about why there is none.
    pub fn edited(&mut self, by: Command, text: Result<String, Toast>) -> Vec<Order> {
        let text = match text {
            Ok(text) => Some(text),
            Err(toast) => {
                self.show(toast);
                None
            }
        };
        self.offer(&Event::Edited { by, text });
        self.take_orders()
    }

    /// Shows a message.
    pub fn show(&mut self, toast: Toast) {
        self.context.messages.push_front((self.context.now, toast.clone()));
        self.context.messages.truncate(200);
        self.toasts.show(toast, self.context.instant);
    }

    /// When something happens without a key, if ever.
    pub fn next_wake(&self) -> Option<Instant> {
        let wakes = self.wakes.iter().map(|(at, _)| *at);
        let idle = self.idle.next(self.context.idle);
        wakes.chain(self.toasts.next()).chain(self.typed.next()).chain(idle).min()
    }

    /// Lets happen what is due. A frame is needed afterwards.
    pub fn wake(&mut self) -> Vec<Order> {
        let now = self.context.instant;
        self.toasts.expire(now);
        self.sequence_due();
        self.idle_due();
        let (due, later) = std::mem::take(&mut self.wakes).into_iter().partition(|(at, _)| *at <= now);
        self.wakes = later;
        let due: Vec<(Instant, Place)> = due;
        for (_, place) in due {
            self.deliver(place, &Event::Wake);
        }
        self.take_orders()
    }

    /// What would be lost by leaving now.
    pub fn unsaved(&self) -> Vec<String> {
        let overlays = self.overlays.iter().map(|overlay| &overlay.layer);
        overlays.chain(&self.screens).filter_map(|layer| layer.unsaved()).collect()
    }

    /// Lets every layer save what would be lost.
    pub fn leaving(&mut self) -> Vec<Order> {
        for id in self.overlay_ids() {
            self.deliver(Place::Overlay(id), &Event::Leaving);
        }
        for screen in ScreenId::ALL {
            self.deliver(Place::Screen(screen), &Event::Leaving);
        }
        self.take_orders()
    }

    fn take_orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }

    fn top(&self) -> (Place, &dyn Layer) {
        match self.overlays.last() {
            Some(overlay) => (Place::Overlay(overlay.id), &*overlay.layer),
            None => (Place::Screen(self.current), &*self.screens[self.current as usize]),
        }
    }

    fn scopes(&self) -> Vec<Scope> {
        let mut scopes = self.top().1.scopes().to_vec();
        scopes.push(Scope::Terminal);
        scopes
    }

    fn types_text(&self) -> bool {
        self.top().1.scopes().iter().any(|scope| scope.is_text())
    }

    fn overlay_ids(&self) -> Vec<u64> {
        self.overlays.iter().map(|overlay| overlay.id).collect()
    }

    /// Offers an event from the top down; an overlay that ignores it does not keep it from the layers below. Returns
    /// whether one took it.
    fn offer(&mut self, event: &Event) -> bool {
        self.overlay_ids().into_iter().rev().any(|id| self.deliver(Place::Overlay(id), event))
            || self.deliver(Place::Screen(self.current), event)
    }

    /// Gives an event to one layer and does what it wants. Returns whether the layer took it.
    fn deliver(&mut self, place: Place, event: &Event) -> bool {
        let layer = match place {
            Place::Screen(screen) => Some(&mut self.screens[screen as usize]),
            Place::Overlay(id) => {
                self.overlays.iter_mut().find(|overlay| overlay.id == id).map(|overlay| &mut overlay.layer)
            }
        };
        match layer.map(|layer| layer.handle(event, &self.context)) {
            None | Some(Handled::Ignored) => false,
            Some(Handled::Consumed(effects)) => {
                self.apply(place, effects);
                true
            }
        }
    }

    fn go(&mut self, screen: ScreenId, visit: Visit) {
        self.overlays.clear();
        self.current = screen;
        self.deliver(Place::Screen(screen), &Event::Visit(visit));
    }

    fn quit(&mut self) {
        let mut reasons = self.unsaved();
        if let Some(batches) = self.batches_at_work() {
            reasons.push(batches);
        }
        if reasons.is_empty() {
            self.orders.push(Order::Quit);
            return;
        }
        let dialog = super::overlays::Confirm::new("Quit redraft?", "quit", Action::App(AppAction::Quit));
        let dialog = reasons.into_iter().fold(dialog, |dialog, reason| dialog.line("", reason));
        let here = self.top().0;
        self.apply(here, vec![Effect::confirm(dialog)]);
    }

    fn batches_at_work(&self) -> Option<String> {
        let at_work =
            self.context.progress.batches.iter().filter(|batch| batch.in_flight + batch.waiting > 0);
        match at_work.count() {
            0 => None,
            1 => Some("A batch is running here. It goes on when redraft runs again.".to_owned()),
            number => Some(format!("{number} batches are running here. They go on when redraft runs again.")),
        }
    }
}

const fn screen_of(question: &Request) -> ScreenId {
    match question {
        Request::Dashboard(_) => ScreenId::Dashboard,
        Request::Candidates(_) => ScreenId::Candidates,
        Request::Batches(_) => ScreenId::Batches,
        Request::Review(_) => ScreenId::Review,
        Request::WriteBack(_) => ScreenId::WriteBack,
        Request::Activity(_) => ScreenId::Activity,
    }
}
