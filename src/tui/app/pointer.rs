//! The mouse, which nothing needs: the wheel and a click become the movements that keys call.

use super::{App, Order};
use crate::tui::{
    command::{self, Command, Scope},
    event::Pointer,
};

/// How many rows the wheel moves by.
const WHEEL: isize = 3;

impl App {
    /// Takes what the mouse did: the wheel moves by three rows, a click brings the focus to the row under it.
    pub fn pointer(&mut self, pointer: Pointer) -> Vec<Order> {
        self.idle.touched(self.context.instant);
        self.typed.clear();
        let (_, layer) = self.top();
        let rows = match pointer {
            Pointer::WheelUp => -WHEEL,
            Pointer::WheelDown => WHEEL,
            Pointer::Click(at) => layer.rows_to(at, &self.context).unwrap_or(0),
        };
        if let Some((up, down)) = movements(layer.scopes()) {
            for _ in 0..rows.unsigned_abs() {
                self.call(if rows < 0 { up } else { down });
            }
        }
        self.take_orders()
    }
}

/// The commands that move by one row where these scopes have the keys.
fn movements(scopes: &[Scope]) -> Option<(Command, Command)> {
    use command::{Document, List, Menu};
    let all = [
        (Scope::List, List::Up.into(), List::Down.into()),
        (Scope::Document, Document::Up.into(), Document::Down.into()),
        (Scope::Menu, Menu::Up.into(), Menu::Down.into()),
    ];
    all.into_iter().find(|(scope, ..)| scopes.contains(scope)).map(|(_, up, down)| (up, down))
}
