//! A conversation at a terminal: what comes is shown without breaking the line being typed.

use std::io::{self, ErrorKind, IsTerminal};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use hellohi_proto::JavaStr;
use rustyline::error::ReadlineError;
use rustyline::{Cmd, Config, DefaultEditor, ExternalPrinter, KeyCode, KeyEvent, Modifiers};

use crate::Error;
use crate::output::{Format, notice};
use crate::session::{Session, SessionError};

const PROMPT: &str = "> ";

/// A line editor and what prints above it, where both standard streams are a terminal that can
/// have them.
pub(crate) fn editor(
    format: Format,
) -> Option<(DefaultEditor, impl ExternalPrinter + Send + 'static)> {
    if format != Format::Terminal || !io::stdin().is_terminal() {
        return None;
    }
    let config = Config::builder().auto_add_history(true);
    let mut editor = DefaultEditor::with_config(config.build()).ok()?;
    // There is nothing to complete, and a tab that is lost would not be noticed.
    let tab = KeyEvent(KeyCode::Tab, Modifiers::NONE);
    editor.bind_sequence(tab, Cmd::Insert(1, "\t".into()));
    let printer = editor.create_external_printer().ok()?;
    Some((editor, printer))
}

/// Sends each line that is typed or pasted and shows each message that comes, until the user or
/// the server ends it: Ctrl-D tells the server that nothing more is sent and shows what still
/// comes, Ctrl-C leaves at once.
pub(crate) fn converse(
    mut editor: DefaultEditor,
    mut printer: impl ExternalPrinter + Send + 'static,
    session: &Session,
) -> Result<(), Error> {
    // Until either side ends it.
    let talking = AtomicBool::new(true);
    thread::scope(|scope| {
        let listener = scope.spawn(|| listen(session, &mut printer, &talking));
        let typed = type_lines(&mut editor, session, &talking);
        talking.store(false, Ordering::Relaxed);
        // Without an editor the listener prints at once.
        drop(editor);
        let finished = match typed {
            Ok(()) => session.finish(),
            Err(_) => {
                session.abandon();
                Ok(())
            }
        };
        let heard = listener
            .join()
            .unwrap_or_else(|panic| panic::resume_unwind(panic))
            .and(finished);
        match (typed, heard) {
            // Why the conversation was over says more.
            (Err(Error::NotSent), Err(why)) => Err(why.into()),
            (typed, heard) => typed.and(heard.map_err(Error::from)),
        }
    })
}

fn type_lines(
    editor: &mut DefaultEditor,
    session: &Session,
    talking: &AtomicBool,
) -> Result<(), Error> {
    loop {
        let typed = editor.readline(PROMPT);
        if !talking.load(Ordering::Relaxed) {
            return match typed {
                Ok(text) if !text.is_empty() => Err(Error::NotSent),
                _ => Ok(()),
            };
        }
        match typed {
            Ok(text) => say(&text, session),
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

/// Sends what was typed, an empty line too, or pasted: each of its lines is a message.
fn say(text: &str, session: &Session) {
    let text = if text.is_empty() { "\n" } else { text };
    for line in text.lines() {
        // If the connection is gone, the listener finds the same and says why.
        let sent = session.send(&JavaStr::from_text(line));
        if let Err(error @ SessionError::TooLong(_)) = sent {
            notice(&error.to_string());
        }
    }
}

fn listen(
    session: &Session,
    printer: &mut impl ExternalPrinter,
    talking: &AtomicBool,
) -> Result<(), SessionError> {
    let mut show = |text: &str| {
        let line = format!("{text}\n");
        // It fails where it waits for an editor that is dropped meanwhile.
        let _ = printer.print(line.clone()).or_else(|_| printer.print(line));
    };
    let mut met = false;
    let heard = loop {
        // Once it has sent a message, an empty one before others is an empty line.
        let hint = |text: &str| {
            if !met {
                show(text);
            }
        };
        match session.receive(hint) {
            Ok(Some(message)) => show(&message.printable().to_string()),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        met = true;
    };
    if talking.swap(false, Ordering::Relaxed) {
        // Nothing can make the editor stop waiting for a key.
        let peer = session.peer();
        show(&match heard {
            Ok(()) => format!("{peer} closed the connection; press Enter to leave"),
            Err(_) => format!("the conversation with {peer} failed; press Enter to see why"),
        });
    }
    heard
}
