//! A conversation at a terminal. Messages are shown above the line that is being typed.

mod screen;

use std::io::{self, ErrorKind, IsTerminal};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use hellohi_proto::JavaStr;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{Cmd, ColorMode, Config, ExternalPrinter, KeyCode, KeyEvent, Modifiers};

use crate::error::Error;
use crate::link::{Heard, Link, Sent};
use crate::output::{Format, notice};
use crate::session::SessionError;
use crate::terminal::screen::Screen;

const PROMPT: &str = "> ";

type Editor = rustyline::Editor<Screen, DefaultHistory>;

/// Returns a line editor and the printer that wakes it, if both standard streams are a terminal
/// that is able to edit.
pub(crate) fn editor(format: Format) -> Option<(Editor, impl ExternalPrinter + Send + 'static)> {
    if format != Format::Terminal || !io::stdin().is_terminal() {
        return None;
    }
    // Only an editor with colors asks the screen for the prompt.
    let config = Config::builder().color_mode(ColorMode::Forced);
    let mut editor = Editor::with_config(config.auto_add_history(true).build()).ok()?;
    // There is nothing to complete, and a lost tab would not be noticed.
    let tab = KeyEvent(KeyCode::Tab, Modifiers::NONE);
    editor.bind_sequence(tab, Cmd::Insert(1, "\t".into()));
    let printer = editor.create_external_printer().ok()?;
    Some((editor, printer))
}

/// Sends each line that is typed or pasted and shows each message that comes, until one side ends
/// the conversation. Ctrl-D sends a FIN and shows what still comes. Ctrl-C leaves at once.
///
/// # Errors
///
/// [`Error`] if the connection fails, if the last line could not be sent, or at Ctrl-C.
pub(crate) fn converse(
    mut editor: Editor,
    mut printer: impl ExternalPrinter + Send + 'static,
    link: &Link,
) -> Result<(), Error> {
    let screen = Screen::default();
    editor.set_helper(Some(screen.clone()));
    // True until either side ends the conversation.
    let is_open = AtomicBool::new(true);
    thread::scope(|scope| {
        let show = |text: &str| screen.show(text, &mut printer);
        let receiver = scope.spawn(|| show_messages(link, show, &is_open));
        let typed = type_lines(&mut editor, &screen, link, &is_open);
        is_open.store(false, Ordering::Relaxed);
        // The receiver may wait for the editor.
        drop(editor);
        let finished = match typed {
            Ok(()) => link.session().finish_sending(),
            Err(_) => {
                link.session().close();
                Ok(())
            }
        };
        let ended = receiver
            .join()
            .unwrap_or_else(|panic| panic::resume_unwind(panic))
            .and(finished);
        match (typed, ended) {
            // The error that ended the conversation says more.
            (Err(Error::NotSent), Err(why)) => Err(why.into()),
            (typed, ended) => typed.and(ended.map_err(Error::from)),
        }
    })
}

fn type_lines(
    editor: &mut Editor,
    screen: &Screen,
    link: &Link,
    is_open: &AtomicBool,
) -> Result<(), Error> {
    loop {
        let typed = screen.lend(|| editor.readline(PROMPT));
        if !is_open.load(Ordering::Relaxed) {
            return match typed {
                Ok(text) if !text.is_empty() => Err(Error::NotSent),
                _ => Ok(()),
            };
        }
        match typed {
            Ok(text) => send_lines(&text, link),
            Err(ReadlineError::Eof) => return Ok(()),
            Err(ReadlineError::Interrupted) => return Err(Error::Interrupted),
            Err(ReadlineError::Io(error)) if error.kind() == ErrorKind::InvalidData => {
                notice(
                    "what was typed is not UTF-8, so it was not sent; set the terminal to UTF-8",
                );
            }
            Err(error) => return Err(Error::Input(io::Error::other(error))),
        }
    }
}

/// Sends what was typed or pasted: each line, also an empty one, is a message.
fn send_lines(text: &str, link: &Link) {
    let text = if text.is_empty() { "\n" } else { text };
    for line in text.lines() {
        match link.send(&JavaStr::from_text(line)) {
            Err(error @ SessionError::TooLong(_)) => notice(&error.to_string()),
            // If the connection is gone, the receiver gets the same error and reports it.
            Ok(Sent::Now) | Err(_) => {}
            Ok(sent) => notice(&sent.to_string()),
        }
    }
}

fn show_messages(
    link: &Link,
    mut show: impl FnMut(&str),
    is_open: &AtomicBool,
) -> Result<(), SessionError> {
    let ended = link.hear(|heard| match heard {
        Heard::Message(message) => show(&message.printable().to_string()),
        Heard::Hint(text) => show(&text),
        Heard::Status(text) => show(&format!("[{text}]")),
    });
    let is_left = !is_open.load(Ordering::Relaxed);
    let ended = ended.and_then(|()| match link.unheard() {
        0 => Ok(()),
        _ if is_left => Ok(()),
        lines => Err(SessionError::Unanswered {
            peer: link.peer(),
            lines,
        }),
    });
    if is_open.swap(false, Ordering::Relaxed) {
        // The editor cannot be made to stop waiting for a key.
        show(&match &ended {
            Ok(()) => format!(
                "{} closed the connection; press Enter to leave",
                link.peer()
            ),
            Err(error) => format!("{error}; press Enter to leave"),
        });
    }
    ended
}
