//! The screen, which the line editor and the incoming messages share.
//!
//! rustyline's own printer loses a message when the editor ends before it looks, and writes over a
//! prompt that appears at the same moment. So a message waits here, and the printer only wakes the
//! editor. For example, `news` comes while `hel` is typed:
//!
//! 1. `show` stores `news` and wakes the editor.
//! 2. The editor draws its prompt again and asks for the prompt's text.
//! 3. It gets `news`, a line end and `> `, so the screen shows `news` and below it `> hel`.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rustyline::completion::Completer;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{ExternalPrinter, GraphemeClusterMode};
use terminal_size::terminal_size_of;

use crate::room_line::RoomLine;
use crate::roster::Roster;
use crate::terminal::drawn::Drawn;

/// Text that makes the editor draw its prompt again. It goes a row up and down, because the editor
/// needs an end of line.
const WAKE: &str = "\x1B[A\n";

/// The screen. It belongs to the editor while a line is typed. What the editor has not drawn when
/// it ends is written without it.
#[derive(Clone)]
pub(crate) struct Screen(Arc<(Mutex<State>, Condvar)>);

struct State {
    drawn: Drawn,
    /// The names in the room, for completion.
    roster: Roster,
    owner: Owner,
    waiting: String,
}

#[derive(Default, PartialEq, Eq)]
enum Owner {
    #[default]
    Nobody,
    /// The editor has not drawn its prompt yet, so it cannot be woken.
    EditorToCome,
    Editor,
}

impl Screen {
    /// Shows a line, above the prompt if there is one.
    pub(super) fn show(&self, text: &str, editor: &mut impl ExternalPrinter) {
        let (state, changed) = &*self.0;
        let to_come = |state: &mut State| state.owner == Owner::EditorToCome;
        let state = changed.wait_while(lock(state), to_come);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        if state.owner == Owner::Nobody {
            print(&format!("{text}\n"));
        } else {
            state.waiting += text;
            state.waiting.push('\n');
            drop(state);
            // If the editor has ended, this fails, and `lend` shows the text.
            let _ = editor.print(WAKE.into());
        }
    }

    /// Creates the screen of a terminal that joins emoji as this mode says.
    pub(super) fn new(mode: GraphemeClusterMode) -> Self {
        let state = State {
            drawn: Drawn::new(mode),
            roster: Roster::default(),
            owner: Owner::default(),
            waiting: String::new(),
        };
        Self(Arc::new((Mutex::new(state), Condvar::new())))
    }

    fn draws_parts(&self, line: &str) -> bool {
        line.contains(JOINER) && lock(&self.0.0).drawn.mode() != GraphemeClusterMode::Unicode
    }

    /// Takes note of the names in a room's line.
    pub(super) fn note(&self, line: &RoomLine<'_>) {
        lock(&self.0.0).roster.note(line);
    }

    /// Gives the screen to the editor for the time that `edit` takes.
    pub(super) fn lend<T>(&self, edit: impl FnOnce() -> T) -> T {
        self.pass_to(Owner::EditorToCome);
        let edited = edit();
        print(&self.pass_to(Owner::Nobody));
        edited
    }

    /// Sets the owner and returns the text that has waited.
    fn pass_to(&self, owner: Owner) -> String {
        let (state, changed) = &*self.0;
        let mut state = lock(state);
        state.owner = owner;
        changed.notify_all();
        mem::take(&mut state.waiting)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    // If the terminal is gone, nobody can be told.
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}

/// Returns the width of the terminal.
fn columns() -> Option<usize> {
    let (columns, _) = terminal_size_of(io::stdout())?;
    Some(columns.0.into())
}

/// The character that joins two emoji into one picture.
const JOINER: char = '\u{200D}';

impl Highlighter for Screen {
    /// Returns the typed line without joiners. Terminals disagree on whether a joined emoji is as wide as one picture
    /// or as its parts; the parts alone are as wide as the editor assumes everywhere.
    fn highlight<'l>(&self, line: &'l str, cursor: usize) -> Cow<'l, str> {
        if let Some(columns) = columns() {
            let drawn = &mut lock(&self.0.0).drawn;
            drawn.set_whole_line(line, cursor, columns);
        }
        if self.draws_parts(line) {
            Cow::Owned(line.replace(JOINER, ""))
        } else {
            Cow::Borrowed(line)
        }
    }

    /// Returns whether the line has to be drawn anew, because what is drawn is not what was typed.
    ///
    /// The editor calls this at every change, also where it draws no more than a character.
    fn highlight_char(&self, line: &str, cursor: usize, _: CmdKind) -> bool {
        if let Some(columns) = columns() {
            lock(&self.0.0).drawn.set_line(line, cursor, columns);
        }
        self.draws_parts(line)
    }

    /// Returns the waiting text and the prompt. The editor calls this at the beginning of a line.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        lock(&self.0.0).drawn.set_prompt(prompt);
        Cow::Owned(self.pass_to(Owner::Editor) + prompt)
    }
}

impl rustyline::Helper for Screen {}
impl Validator for Screen {}
impl Hinter for Screen {
    type Hint = String;

    /// Prepares the screen for the editor, which asks for a hint before it clears and draws the line anew. There is
    /// no hint.
    fn hint(&self, line: &str, cursor: usize, _: &rustyline::Context<'_>) -> Option<String> {
        let escapes = lock(&self.0.0).drawn.resized(line, cursor, columns()?)?;
        print(&escapes);
        None
    }
}
impl Completer for Screen {
    type Candidate = String;

    /// Completes the word before the cursor.
    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let start = line[..cursor].rfind(' ').map_or(0, |space| space + 1);
        let roster = &lock(&self.0.0).roster;
        Ok((start, roster.complete(&line[start..cursor], start == 0)))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    struct Woken(usize);

    impl ExternalPrinter for Woken {
        fn print(&mut self, _: String) -> rustyline::Result<()> {
            self.0 += 1;
            Ok(())
        }
    }

    #[test]
    fn a_line_that_comes_before_the_prompt_or_beside_it_is_drawn_above_it() {
        for _ in 0..200 {
            let screen = Screen::new(GraphemeClusterMode::WcWidth);
            let mut editor = Woken(0);
            screen.lend(|| {
                thread::scope(|scope| {
                    let shown = scope.spawn(|| screen.show("news", &mut editor));
                    // Time in which a wrong `show` would return too early.
                    (0..50).for_each(|_| thread::yield_now());
                    assert_eq!(screen.highlight_prompt("> ", true), "> ");
                    shown.join().unwrap();
                });
                assert_eq!(screen.highlight_prompt("> ", true), "news\n> ");
            });
            assert_eq!(editor.0, 1);
        }
    }
}
