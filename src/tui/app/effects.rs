//! What becomes of the effects of layers.

use super::{App, Order, Overlay, Place};
use crate::{
    config::Clipboard,
    tui::{
        context::Access,
        effect::{Action, AppAction, Effect, Outcome},
        event::{Confirmed, Event},
        layer::Layer,
        widgets::Toast,
    },
};

/// The most that is copied at once, in bytes of text: terminals and multiplexers cut or refuse more.
const COPY_CAP: usize = 56_000;

impl App {
    /// Does what the layer at `place` wants, in order.
    pub(super) fn apply(&mut self, place: Place, effects: Vec<Effect>) {
        for effect in effects {
            self.apply_one(place, effect);
        }
    }

    fn apply_one(&mut self, place: Place, effect: Effect) {
        match effect {
            Effect::Open(layer) => self.open(layer),
            Effect::Confirm(dialog) => self.open(dialog),
            Effect::Close => self.close(place),
            Effect::Go(screen, visit) => self.go(screen, visit),
            Effect::Ask(ask) => self.orders.push(Order::Ask(ask)),
            Effect::Forget(slot) => self.orders.push(Order::Forget(slot)),
            Effect::Toast(toast) => self.show(toast),
            Effect::Run(command) => self.call(command),
            Effect::Wake(after) => self.wakes.push((self.context.instant + after, place)),
            Effect::Editor { by, text } => self.editor(Order::Editor { by, text }),
            Effect::Copy { what, text } => self.copy(what, text),
            Effect::Suspend => self.suspend(),
            Effect::Redraw => self.orders.push(Order::Redraw),
            Effect::Quit => self.quit(),
            Effect::Settle(settled) => self.settle(place, settled.into_outcome()),
        }
    }

    pub(super) fn open(&mut self, layer: Box<dyn Layer>) {
        self.opened += 1;
        self.overlays.push(Overlay { id: self.opened, layer });
    }

    fn close(&mut self, place: Place) {
        match place {
            Place::Overlay(id) => self.overlays.retain(|overlay| overlay.id != id),
            Place::Screen(_) => {
                self.overlays.pop();
            }
        }
    }

    /// Closes the overlay at `place` unless it stays open, and tells the layers below what came of it.
    fn settle(&mut self, place: Place, outcome: Outcome) {
        if let Outcome::Typing { by, text } = outcome {
            self.tell_below(place, &Event::Typing { by, text });
            return;
        }
        let below = self.below(place);
        self.close(place);
        let event = match outcome {
            Outcome::Confirmed(Action::App(AppAction::Quit)) => {
                self.orders.push(Order::Quit);
                return;
            }
            Outcome::Called(command) => {
                self.call(command);
                return;
            }
            Outcome::Confirmed(action) => Event::Confirmed(Confirmed::new(action, self.context.now)),
            Outcome::Prompted { by, text } => Event::Prompted { by, text },
            Outcome::Typing { by, text } | Outcome::Cancelled { by, text } => Event::Typing { by, text },
            Outcome::Chosen { by, index } => Event::Chosen { by, index },
        };
        self.tell(&below, &event);
    }

    fn tell_below(&mut self, place: Place, event: &Event) {
        let below = self.below(place);
        self.tell(&below, event);
    }

    /// Offers an event to these layers until one takes it.
    fn tell(&mut self, places: &[Place], event: &Event) {
        for place in places {
            if self.deliver(*place, event) {
                return;
            }
        }
    }

    /// The layers below an overlay, the closest first.
    fn below(&self, place: Place) -> Vec<Place> {
        let overlays = self.overlays.iter().map(|overlay| Place::Overlay(overlay.id));
        let mut below: Vec<Place> = overlays.take_while(|other| *other != place).collect();
        below.reverse();
        below.push(Place::Screen(self.current));
        below
    }

    fn editor(&mut self, order: Order) {
        match self.context.access {
            Access::Full => self.orders.push(order),
            Access::Restricted => {
                self.show(Toast::caution("This redraft is restricted: it opens no external editor."));
            }
        }
    }

    fn copy(&mut self, what: &'static str, text: String) {
        match self.context.clipboard {
            Clipboard::Off => self.show(Toast::caution("Copying is switched off.").hint(
                "Set clipboard = \"osc52\" in the configuration; résumés then reach your own machine.",
            )),
            Clipboard::Osc52 if text.len() > COPY_CAP => {
                self.show(Toast::caution(format!("Not copied: {what} is longer than {COPY_CAP} bytes.")));
            }
            Clipboard::Osc52 => {
                self.orders.push(Order::Copy(text));
                self.show(
                    Toast::plain(format!("Copied {what}, if your terminal lets programs copy."))
                        .hint("tmux needs: set -g set-clipboard on"),
                );
            }
        }
    }
}
