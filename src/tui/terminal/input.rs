//! What comes from the terminal, read in a task of its own.

use crossterm::event::{Event, EventStream, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use futures_util::StreamExt;
use ratatui::layout::Position;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use super::{escape::Joiner, paste::PasteGuard};
use crate::tui::{event::Pointer, keymap::Key};

/// How many events may wait for the application. While there is no room, the terminal keeps the rest.
const WAITING: usize = 4_096;

/// Something that came from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted; at most 1 MiB.
    Paste(String),
    /// The mouse was used.
    Pointer(Pointer),
    /// The size has changed.
    Resize,
    /// Nothing more will come.
    End,
}

/// The terminal's input. Drop it, or better [`Input::stop`] it, before somebody else reads from the terminal.
#[derive(Debug)]
pub struct Input {
    received: mpsc::Receiver<Received>,
    task: JoinHandle<()>,
}

impl Input {
    /// Begins to read. Needs a tokio runtime around it.
    pub fn start() -> Self {
        let (sender, received) = mpsc::channel(WAITING);
        Self { received, task: tokio::spawn(read(EventStream::new(), sender)) }
    }

    /// What came next. May be dropped and called again.
    pub async fn next(&mut self) -> Received {
        self.received.recv().await.unwrap_or(Received::End)
    }

    /// What has come already.
    pub fn next_now(&mut self) -> Option<Received> {
        self.received.try_recv().ok()
    }

    /// Stops reading, and returns when nothing reads any more.
    pub async fn stop(self) {
        self.task.abort();
        // It ends as cancelled: that is what was asked for.
        self.task.await.ok();
    }
}

async fn read(mut stream: EventStream, sender: mpsc::Sender<Received>) {
    let mut joiner = Joiner::default();
    let mut paste = PasteGuard::default();
    loop {
        let event = tokio::select! {
            biased;
            event = stream.next() => event,
            () = at(joiner.next()) => {
                if let Some(key) = joiner.expire(Instant::now())
                    && sender.send(Received::Key(Key::of(key))).await.is_err()
                {
                    return;
                }
                continue;
            }
        };
        let now = Instant::now();
        let told = match event {
            Some(Ok(Event::Key(key))) if key.kind == KeyEventKind::Release => Vec::new(),
            Some(Ok(Event::Key(key))) if paste.lets_through(now) => {
                joiner.take(key, now).into_iter().map(|key| Received::Key(Key::of(key))).collect()
            }
            Some(Ok(Event::Paste(text))) => vec![Received::Paste(paste.paste(text, now))],
            Some(Ok(Event::Resize(..))) => vec![Received::Resize],
            Some(Ok(Event::Mouse(mouse))) => pointer(mouse).map(Received::Pointer).into_iter().collect(),
            Some(Ok(Event::Key(_) | Event::FocusGained | Event::FocusLost)) => Vec::new(),
            // The waker of a stream that was dropped before interrupts this one once.
            Some(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => Vec::new(),
            Some(Err(_)) | None => vec![Received::End],
        };
        for received in told {
            if sender.send(received).await.is_err() {
                return;
            }
        }
    }
}

fn pointer(mouse: MouseEvent) -> Option<Pointer> {
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            Some(Pointer::Click(Position::new(mouse.column, mouse.row)))
        }
        MouseEventKind::ScrollUp => Some(Pointer::WheelUp),
        MouseEventKind::ScrollDown => Some(Pointer::WheelDown),
        _ => None,
    }
}

/// Waits until then; for ever if there is no such moment.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
