//! A conversation at a terminal. Messages are shown above the line that is being typed.

mod drawn;
mod kind;
mod look;
mod screen;

use std::fs;
use std::io::{self, ErrorKind, IsTerminal};
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anstream::{AutoStream, ColorChoice};
use etcetera::{BaseStrategy as _, choose_base_strategy};
use hellohi_proto::{JavaStr, JavaString};
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{Cmd, ColorMode, CompletionType, Config, KeyCode, KeyEvent, Modifiers};

use crate::args::Args;
use crate::error::Error;
use crate::link::{Heard, Link, Sent};
use crate::output::{Format, notice, shown};
use crate::room_line::RoomLine;
use crate::session::SessionError;
use crate::stop;
use crate::terminal::look::Look;
use crate::terminal::screen::Screen;

/// Number of typed lines that are kept for the next run.
const HISTORY: usize = 1000;

const PROMPT: &str = "> ";

type Editor = rustyline::Editor<Screen, DefaultHistory>;

/// A terminal with a line editor.
pub(crate) struct Terminal {
    editor: Editor,
    screen: Screen,
    look: Look,
    /// The file of the lines that were typed; `None` if they are forgotten.
    history: Option<PathBuf>,
}

impl Terminal {
    /// Returns the terminal, if both standard streams are one that is able to edit. In a room, tab completes names
    /// and commands.
    pub(crate) fn open(format: Format, args: &Args, in_room: bool) -> Option<Self> {
        if format != Format::Terminal || !io::stdin().is_terminal() {
            return None;
        }
        // Only an editor with colors asks the screen for the prompt.
        let config = Config::builder().color_mode(ColorMode::Forced);
        let config = config.grapheme_cluster_mode(drawn::MODE);
        let config = config.completion_type(CompletionType::List);
        let config = config
            .max_history_size(HISTORY)
            .ok()?
            .auto_add_history(true);
        let config = config.build();
        let screen = Screen::new();
        let mut editor = Editor::with_config(config).ok()?;
        // A terminal that cannot edit (TERM=dumb) has none.
        editor.create_external_printer().ok()?;
        if !in_room {
            // There is nothing to complete, and a lost tab would not be noticed.
            let tab = KeyEvent(KeyCode::Tab, Modifiers::NONE);
            editor.bind_sequence(tab, Cmd::Insert(1, "\t".into()));
        }
        editor.set_helper(Some(screen.clone()));
        let history = history_file().filter(|_| !args.no_history);
        if let Some(history) = &history {
            // In the first run there is none.
            let _ = editor.load_history(history);
        }
        let has_colors = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        Some(Self {
            editor,
            screen,
            look: Look {
                has_colors,
                has_times: args.times,
            },
            history,
        })
    }

    /// Sends each line that is typed or pasted and shows each message that comes, beginning with the room's
    /// `welcome`, until one side ends the conversation. Ctrl-D sends a FIN and shows what still comes. Ctrl-C leaves
    /// at once.
    ///
    /// # Errors
    ///
    /// [`Error`] if the connection fails, if the last line could not be sent, or at Ctrl-C.
    pub(crate) fn converse(self, link: Link, welcome: Option<JavaString>) -> Result<(), Error> {
        let Self {
            mut editor,
            screen,
            look,
            history,
        } = self;
        let printer = editor.create_external_printer();
        let mut printer = printer.map_err(|error| Error::Input(io::Error::other(error)))?;
        let link = Arc::new(link);
        // True until either side ends the conversation.
        let is_open = Arc::new(AtomicBool::new(true));
        let (heard_link, shown_screen) = (Arc::clone(&link), screen.clone());
        let mut show = move |line: Line| {
            let text = match line {
                Line::Message(message) => {
                    let text = shown(&message);
                    match heard_link.name() {
                        Some(me) => {
                            shown_screen.note(&RoomLine::of(&text));
                            look.show(&text, &me)
                        }
                        None => text,
                    }
                }
                Line::Status(text) => text,
            };
            shown_screen.show(&text, &mut printer);
        };
        welcome.map(Line::Message).into_iter().for_each(&mut show);
        let (heard_link, is_still_open) = (Arc::clone(&link), Arc::clone(&is_open));
        let receiver = thread::spawn(move || show_messages(&heard_link, show, &is_still_open));
        let signalled = screen.clone();
        stop::handle(move || signalled.is_edited()).map_err(Error::Signals)?;
        let typed = type_lines(&mut editor, &screen, &link, &is_open);
        is_open.store(false, Ordering::Relaxed);
        if let Some(history) = history {
            save(&mut editor, &history);
        }
        // The receiver may wait for the editor.
        drop(editor);
        // After Ctrl-C nobody waits for the receiver, which may be connecting.
        let typed = typed?;
        match link.kept() {
            None => {}
            Some(0) => return Ok(()),
            Some(lines) => return Err(Error::Kept { lines }),
        }
        // Who quits is left to the room, which says goodbye.
        let finished = if link.has_quit() {
            Ok(())
        } else {
            link.finish()
        };
        let ended = receiver
            .join()
            .unwrap_or_else(|panic| panic::resume_unwind(panic))
            .and(finished);
        match typed {
            Typed::Sent => Ok(ended?),
            Typed::TooLate => Err(Error::NotSent {
                end: ended.err().unwrap_or_else(|| link.closed()),
            }),
        }
    }
}

/// A line to show.
enum Line {
    Message(JavaString),
    /// A sentence about the connection.
    Status(String),
}

fn history_file() -> Option<PathBuf> {
    let folders = choose_base_strategy().ok()?;
    let folder = folders.state_dir().unwrap_or_else(|| folders.data_dir());
    Some(folder.join("hellohi").join("history"))
}

/// Saves the lines that were typed. A folder that cannot be written is no reason to fail.
fn save(editor: &mut Editor, history: &Path) {
    let folder = history.parent().map_or(Ok(()), fs::create_dir_all);
    if let Err(error) = folder
        .map_err(ReadlineError::from)
        .and_then(|()| editor.append_history(history))
    {
        notice(&format!(
            "cannot keep what was typed in {}: {error}",
            history.display()
        ));
    }
}

/// The fate of what was typed last.
enum Typed {
    Sent,
    /// The conversation was over.
    TooLate,
}

fn type_lines(
    editor: &mut Editor,
    screen: &Screen,
    link: &Link,
    is_open: &AtomicBool,
) -> Result<Typed, Error> {
    loop {
        let typed = screen.lend(|| editor.readline(PROMPT));
        if !is_open.load(Ordering::Relaxed) {
            return match typed {
                Ok(text) if !text.is_empty() => Ok(Typed::TooLate),
                _ => Ok(Typed::Sent),
            };
        }
        match typed {
            Ok(text) => {
                send_lines(&text, link);
                if link.has_quit() {
                    return Ok(Typed::Sent);
                }
            }
            Err(ReadlineError::Eof) => return Ok(Typed::Sent),
            Err(ReadlineError::Interrupted) => return Err(Error::Interrupted(stop::signal())),
            Err(ReadlineError::Io(error)) if error.kind() == ErrorKind::InvalidData => {
                notice(
                    "what was typed is not UTF-8, so it was not sent; set the terminal to UTF-8",
                );
            }
            Err(error) => return Err(Error::Input(io::Error::other(error))),
        }
    }
}

/// Sends what was typed or pasted, up to `/quit`: each line, also an empty one, is a message.
fn send_lines(text: &str, link: &Link) {
    let text = if text.is_empty() { "\n" } else { text };
    let mut lines = text.lines();
    while !link.has_quit()
        && let Some(line) = lines.next()
    {
        match link.send(&JavaStr::from_text(line)) {
            Err(error @ SessionError::TooLong(_)) => notice(&error.to_string()),
            // If the connection is gone, the receiver gets the same error and reports it.
            Ok(Sent::Now) | Err(_) => {}
            Ok(sent) => notice(&sent.to_string()),
        }
    }
    let unsent = lines.count();
    if unsent > 0 {
        notice(&format!(
            "lines behind /quit, which were not sent: {unsent}"
        ));
    }
}

fn show_messages(
    link: &Link,
    mut show: impl FnMut(Line),
    is_open: &AtomicBool,
) -> Result<(), SessionError> {
    let ended = link.hear(|heard| {
        show(match heard {
            Heard::Message(message) => Line::Message(message),
            Heard::Hint(text) => Line::Status(text),
            Heard::Status(text) => Line::Status(format!("[{text}]")),
        });
    });
    let is_left = !is_open.load(Ordering::Relaxed);
    let ended = match link.unheard() {
        0 => ended,
        _ if is_left => ended,
        lines => Err(SessionError::Unanswered {
            end: Box::new(ended.err().unwrap_or_else(|| link.closed())),
            lines,
        }),
    };
    if is_open.swap(false, Ordering::Relaxed) && !link.has_quit() {
        // The editor cannot be made to stop waiting for a key.
        let why = match &ended {
            Ok(()) => link.closed().to_string(),
            Err(error) => error.to_string(),
        };
        show(Line::Status(format!("{why}; press Enter to leave")));
    }
    ended
}
