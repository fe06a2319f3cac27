//! The loop between the terminal and the application: one biased `select!`.
//!
//! The order is that of urgency: signals, input, answers, frames, progress. Drawing comes before progress, so that
//! hundreds of streams in flight cannot starve the screen, and all input that waits is handled before a frame is drawn.

mod feeds;

use std::{io, path::PathBuf, sync::Arc, time::Duration};

pub use feeds::Feeds;
use ratatui::{Terminal, layout::Size};
use tokio::time::{Instant, sleep_until, timeout};

use super::{
    app::{App, Order},
    backend::{Backend, Following, Office, Slot},
    command::Command,
    context::{Context, Provider},
    event::Notice,
    terminal::{
        self, Frames, Guard, Input, Mouse, Multiplexer, Painter, Received, Signal, Signals, Stdout,
        Synchronized, Title,
    },
    widgets::Toast,
};
use crate::{
    clock::Clock,
    error::{Error, Result},
};

/// How long drawing waits for the end of a resize.
const RESIZE: Duration = Duration::from_millis(50);
/// How long an end that was asked for from outside waits for what must not be lost.
const FORCED: Duration = Duration::from_millis(1_500);
/// How long to wait for the signal that says that the shell has let us go on.
const RESUME: Duration = Duration::from_millis(100);
/// How many events are handled before a frame is drawn.
const BURST: usize = 4_096;

/// What the application needs to know once.
pub struct Options {
    /// What layers may look at at first; times and size are set later.
    pub context: Context,
    /// Whether to mark frames.
    pub synchronized: Synchronized,
    /// What stands between redraft and the terminal.
    pub multiplexer: Multiplexer,
    /// The most frames a second, but for answers to keys.
    pub frames_per_second: u16,
    /// Whether the mouse is listened to.
    pub mouse: Mouse,
    /// The person's editor, a shell command.
    pub editor: Option<String>,
    /// Where a text for the editor may lie for a while.
    pub scratch: PathBuf,
    /// The wall time.
    pub clock: Arc<dyn Clock>,
    /// What tells of changes.
    pub feeds: Feeds,
}

/// Why the application has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The person left.
    Left,
    /// A signal asked for it, by name.
    Signal(&'static str),
    /// The terminal is gone.
    TerminalGone,
}

/// Whether the loop goes on.
enum Next {
    GoOn,
    End(Exit),
}

struct Shell {
    app: App,
    screen: Terminal<Painter<Stdout>>,
    guard: Guard,
    signals: Signals,
    input: Option<Input>,
    backend: Backend,
    frames: Frames,
    feeds: Feeds,
    clock: Arc<dyn Clock>,
    editor: (Option<String>, PathBuf),
    multiplexer: Multiplexer,
    leaving: bool,
}

/// Runs the application on the terminal of this process until it ends. The first frame is drawn before anything is
/// asked of `office`. Needs tokio's runtime with several threads, and to be on its main thread.
pub async fn run(options: Options, office: Arc<dyn Office>) -> Result<Exit> {
    terminal::require_terminal()?;
    let mut shell = Shell::start(options, office)
        .map_err(|error| Error::remote("The terminal cannot be used.").because(error))?;
    let exit = shell.work().await;
    shell.finish(exit).await;
    Ok(exit)
}

impl Shell {
    fn start(options: Options, office: Arc<dyn Office>) -> io::Result<Self> {
        terminal::keep_attributes();
        let signals = Signals::listen()?;
        let title = match options.context.provider {
            Provider::Real => Title::Redraft,
            Provider::Simulated => Title::Simulated,
        };
        let guard = Guard::take(title, options.mouse)?;
        let screen = Terminal::new(Painter::new(Stdout, options.synchronized))?;
        let mut shell = Self {
            app: App::new(options.context),
            screen,
            guard,
            signals,
            input: None,
            backend: Backend::new(office),
            frames: Frames::new(options.frames_per_second),
            feeds: options.feeds,
            clock: options.clock,
            editor: (options.editor, options.scratch),
            multiplexer: options.multiplexer,
            leaving: false,
        };
        shell.draw()?;
        terminal::watch_terminal(shell.signals.sender());
        shell.input = Some(Input::start());
        Ok(shell)
    }

    async fn work(&mut self) -> Exit {
        let orders = self.app.start();
        if let Next::End(exit) = self.carry_out(orders).await {
            return exit;
        }
        loop {
            match self.turn().await {
                Ok(Next::GoOn) => {}
                Ok(Next::End(exit)) => return exit,
                Err(error) => {
                    tracing::warn!(%error, "the terminal fails");
                    return Exit::TerminalGone;
                }
            }
        }
    }

    /// Waits for one thing, does it, and draws if that is due.
    async fn turn(&mut self) -> io::Result<Next> {
        let next = tokio::select! {
            biased;
            signal = self.signals.next() => self.signal(signal)?,
            received = received(self.input.as_mut()) => self.received(received).await,
            reply = self.backend.next() => {
                self.tell_time();
                let mut ends = reply.more == Following::Done;
                let mut orders = self.app.reply(reply);
                while let Some(reply) = self.backend.next_now() {
                    ends |= reply.more == Following::Done;
                    orders.extend(self.app.reply(reply));
                }
                // Somebody may wait for an answer; of many that belong together they wait for the last.
                if ends {
                    self.frames.follow(Instant::now());
                } else {
                    self.frames.request(Instant::now());
                }
                self.carry_out(orders).await
            }
            () = at(self.frames.next()) => Next::GoOn,
            () = at(self.app.next_wake()) => {
                self.tell_time();
                let orders = self.app.wake();
                self.frames.request(Instant::now());
                self.carry_out(orders).await
            }
            notices = self.feeds.next() => self.notices(notices).await,
        };
        if self.leaving && self.backend.unanswered() == 0 {
            return Ok(Next::End(Exit::Left));
        }
        if matches!(next, Next::GoOn) && self.frames.due(Instant::now()) {
            self.draw()?;
        }
        Ok(next)
    }

    fn signal(&mut self, signal: Signal) -> io::Result<Next> {
        match signal {
            Signal::End(name) => Ok(Next::End(Exit::Signal(name))),
            Signal::TerminalGone => Ok(Next::End(Exit::TerminalGone)),
            Signal::Continued => {
                self.guard.take_again()?;
                self.anew()?;
                Ok(Next::GoOn)
            }
        }
    }

    /// Handles what came and all that waits behind it.
    async fn received(&mut self, first: Received) -> Next {
        self.tell_time();
        let mut next = Some(first);
        for _ in 0..BURST {
            let Some(received) = next else { break };
            let now = Instant::now();
            let orders = match received {
                Received::Key(key) => {
                    self.frames.answer(now);
                    self.app.key(key)
                }
                Received::Paste(text) => {
                    self.frames.answer(now);
                    self.app.paste(text)
                }
                Received::Pointer(pointer) => {
                    self.frames.answer(now);
                    self.app.pointer(pointer)
                }
                Received::Resize => {
                    self.frames.request_in(now, RESIZE);
                    Vec::new()
                }
                Received::End => return Next::End(Exit::TerminalGone),
            };
            if let Next::End(exit) = self.carry_out(orders).await {
                return Next::End(exit);
            }
            next = self.input.as_mut().and_then(Input::next_now);
        }
        // A frame that input asked for is due now, whatever the line can take: nothing waits in front of it.
        Next::GoOn
    }

    async fn notices(&mut self, notices: Vec<Notice>) -> Next {
        self.tell_time();
        self.app.context_mut().progress = self.feeds.progress();
        let orders = notices.into_iter().flat_map(|notice| self.app.notice(notice)).collect();
        self.frames.request(Instant::now());
        self.carry_out(orders).await
    }

    async fn carry_out(&mut self, orders: Vec<Order>) -> Next {
        for order in orders {
            match order {
                Order::Ask(ask) => self.backend.ask(ask),
                Order::Forget(Slot::Newest(slot) | Slot::Only(slot)) => self.backend.forget(slot),
                Order::Forget(Slot::InOrder) => {}
                Order::Redraw => {
                    if self.anew().is_err() {
                        return Next::End(Exit::TerminalGone);
                    }
                }
                Order::Copy(text) => {
                    let code = terminal::copy_code(&text, self.multiplexer);
                    if self.screen.backend_mut().write_now(code.as_bytes()).is_err() {
                        return Next::End(Exit::TerminalGone);
                    }
                }
                Order::Suspend => {
                    if self.suspend().await.is_err() {
                        return Next::End(Exit::TerminalGone);
                    }
                }
                Order::Editor { by, text } => {
                    if let Next::End(exit) = Box::pin(self.edit(by, text)).await {
                        return Next::End(exit);
                    }
                }
                Order::Quit if self.leaving || self.backend.unanswered() == 0 => {
                    return Next::End(Exit::Left);
                }
                Order::Quit => {
                    self.leaving = true;
                    let text = format!("Finishing {} actions, then leaving.", self.backend.unanswered());
                    self.app.show(Toast::plain(text).hint("Quit again to leave at once; they may be lost."));
                }
            }
        }
        Next::GoOn
    }

    /// Gives the terminal to the shell and stops until it lets us go on.
    async fn suspend(&mut self) -> io::Result<()> {
        self.lend().await?;
        terminal::stop()?;
        // Stopped here. The signal that ends it is no news; where nothing could stop us, none comes.
        timeout(RESUME, self.signals.next()).await.ok();
        self.take_back()
    }

    async fn edit(&mut self, by: Command, text: String) -> Next {
        let (Some(editor), scratch) = self.editor.clone() else {
            let toast =
                Toast::caution("There is no editor to open.").hint("Set VISUAL or EDITOR, or edit in place.");
            let orders = self.app.edited(by, Err(toast));
            return Box::pin(self.carry_out(orders)).await;
        };
        if self.lend().await.is_err() {
            return Next::End(Exit::TerminalGone);
        }
        let mut edited = tokio::task::spawn_blocking(move || terminal::edit(&editor, &text, &scratch));
        let result = loop {
            tokio::select! {
                result = &mut edited => break result,
                signal = self.signals.next() => match signal {
                    // Ctrl-C and Ctrl-\ in the editor reach us too, and are meant for it.
                    Signal::End("SIGINT" | "SIGQUIT") | Signal::Continued => {}
                    Signal::End(name) => return Next::End(Exit::Signal(name)),
                    Signal::TerminalGone => return Next::End(Exit::TerminalGone),
                }
            }
        };
        if self.take_back().is_err() {
            return Next::End(Exit::TerminalGone);
        }
        let text = match result {
            Ok(Ok(text)) => Ok(text),
            Ok(Err(error)) => Err(Toast::from(&error.into())),
            Err(_) => Err(Toast::caution("The editor could not be run.")),
        };
        let orders = self.app.edited(by, text);
        Box::pin(self.carry_out(orders)).await
    }

    async fn lend(&mut self) -> io::Result<()> {
        if let Some(input) = self.input.take() {
            input.stop().await;
        }
        self.guard.give_back()
    }

    fn take_back(&mut self) -> io::Result<()> {
        self.guard.take_again()?;
        self.input = Some(Input::start());
        self.anew()
    }

    /// Draws everything, whatever the terminal shows.
    fn anew(&mut self) -> io::Result<()> {
        self.screen.backend_mut().forget();
        self.screen.clear()?;
        self.draw()
    }

    fn draw(&mut self) -> io::Result<()> {
        self.tell_time();
        let (columns, rows) = terminal::size();
        self.app.resize(Size::new(columns, rows));
        self.screen.draw(|frame| self.app.draw(frame))?;
        self.frames.drawn(Instant::now());
        Ok(())
    }

    fn tell_time(&mut self) {
        self.app.set_now(self.clock.now(), Instant::now());
    }

    /// Ends in order: drafts are saved, what changes something is waited for, the terminal is given back.
    async fn finish(mut self, exit: Exit) {
        // Whoever leaves was asked about what would be lost; everybody else finds it kept.
        let orders =
            if exit == Exit::Left && !self.app.timed_out() { Vec::new() } else { self.app.leaving() };
        for order in orders {
            if let Order::Ask(ask) = order {
                self.backend.ask(ask);
            }
        }
        // Without this, crossterm's reader would spin on a terminal that is gone.
        drop(self.input.take());
        if exit == Exit::Left {
            self.guard.give_back().ok();
        }
        let undone = self.backend.finish(FORCED).await;
        if undone > 0 {
            tracing::warn!(undone, "left without finishing what was asked");
        }
    }
}

async fn received(input: Option<&mut Input>) -> Received {
    match input {
        Some(input) => input.next().await,
        None => std::future::pending().await,
    }
}

/// Waits until then; for ever if there is no such moment.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
