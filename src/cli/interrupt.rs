//! Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends the program at once.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use super::exit;
use super::terminal::Terminal;
use crate::apply::Cancel;

/// What somebody said to a question.
enum Reply {
    Line(Option<String>),
    Interrupted,
}

#[derive(Default)]
struct Shared {
    cancel: Cancel,
    arrived: AtomicUsize,
    under_way: AtomicBool,
    leave: Notify,
    question: Mutex<Option<Sender<Reply>>>,
}

/// Signals that arrive while a command runs.
pub struct Interrupts {
    shared: Arc<Shared>,
    terminal: Arc<Terminal>,
}

impl Interrupts {
    /// Listens from now on. Must be called inside a runtime with a thread of its own, so that signals are heard while
    /// somebody is asked.
    ///
    /// # Errors
    /// When the system does not let us listen.
    pub fn listen(terminal: &Arc<Terminal>) -> io::Result<Self> {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let this = Self { shared: Arc::default(), terminal: Arc::clone(terminal) };
        let (shared, terminal) = (Arc::clone(&this.shared), Arc::clone(terminal));
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                shared.arrived(&terminal);
            }
        });
        Ok(this)
    }

    /// Asks an apply to stop.
    pub fn cancel(&self) -> Cancel {
        self.shared.cancel.clone()
    }

    /// From now on things are changed: an interrupt asks for an orderly end.
    pub fn begin(&self) {
        self.shared.under_way.store(true, Ordering::SeqCst);
        if self.is_interrupted() {
            self.shared.cancel.ask();
        }
    }

    pub fn is_interrupted(&self) -> bool {
        self.shared.arrived.load(Ordering::SeqCst) > 0
    }

    /// Completes at the first interrupt while nothing is being changed.
    pub async fn leave(&self) {
        self.shared.leave.notified().await;
    }

    /// Asks, and waits for a line; `None` when there is none, or an interrupt came instead.
    pub fn ask(&self, question: &str) -> Option<String> {
        self.terminal.tell(question);
        let (sender, replies) = mpsc::channel();
        *self.shared.question.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender.clone());
        if self.is_interrupted() {
            return None;
        }
        let terminal = Arc::clone(&self.terminal);
        // This thread may outlive the question: nothing can end a read of the terminal.
        std::thread::spawn(move || {
            // When nobody waits any more, nobody needs the answer.
            let _ = sender.send(Reply::Line(terminal.read_line().ok().flatten()));
        });
        match replies.recv() {
            Ok(Reply::Line(line)) => line,
            Ok(Reply::Interrupted) | Err(_) => None,
        }
    }
}

impl Shared {
    fn arrived(&self, terminal: &Terminal) {
        if self.arrived.fetch_add(1, Ordering::SeqCst) > 0 {
            terminal.tell_line("\nInterrupted again: leaving at once. The state holds what was recorded; the next run takes the lock over.");
            #[expect(
                clippy::disallowed_methods,
                reason = "whoever interrupts twice does not want to wait for anything"
            )]
            std::process::exit(i32::from(exit::INTERRUPTED));
        }
        if self.under_way.load(Ordering::SeqCst) {
            terminal.tell_line("\nInterrupted: nothing new is started; what is under way is recorded. Interrupt again to leave at once.");
            self.cancel.ask();
        } else {
            self.leave.notify_one();
            if let Some(question) = self.question.lock().unwrap_or_else(PoisonError::into_inner).take() {
                // The question may have been answered already.
                let _ = question.send(Reply::Interrupted);
            }
        }
    }
}
