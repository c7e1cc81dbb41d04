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

use rustyline::ExternalPrinter;
use rustyline::completion::{Completer, longest_common_prefix};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use terminal_size::terminal_size_of;

use crate::room_line::RoomLine;
use crate::roster::Roster;
use crate::terminal::drawn::{Drawn, is_plain};
use crate::terminal::kind::Kind;

/// Text that makes the editor draw its prompt again. It goes a row up and down, because the editor
/// needs an end of line.
const WAKE: &str = "\x1B[A\n";

/// Number of bytes that may wait for the editor, which draws nothing while a search of the history waits for a key.
/// At this limit no more is received.
const MAX_WAITING: usize = 1 << 20;

/// Number of columns that the editor assumes if the terminal does not tell it.
const COLUMNS: usize = 80;

/// Number of names and commands that are listed at most.
const MAX_LISTED: usize = 100;

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
    /// A flag that is set while the editor is being woken.
    is_woken: bool,
}

impl State {
    /// Returns whether one more line can be shown, or wait for the editor.
    fn has_room(&self) -> bool {
        match self.owner {
            Owner::Nobody => true,
            Owner::EditorToCome => false,
            Owner::Editor => self.waiting.len() < MAX_WAITING,
        }
    }
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
        let state = changed.wait_while(lock(state), |state| !state.has_room());
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        if state.owner == Owner::Nobody {
            return print(&format!("{text}\n"));
        }
        state.waiting += text;
        state.waiting.push('\n');
        if !mem::replace(&mut state.is_woken, true) {
            drop(state);
            // If the editor has ended, this fails, and `lend` shows the text.
            let _ = editor.print(WAKE.into());
        }
    }

    /// Creates the screen of the terminal.
    pub(super) fn new() -> Self {
        let state = State {
            drawn: Drawn::new(Kind::of_environment()),
            roster: Roster::default(),
            owner: Owner::default(),
            waiting: String::new(),
            is_woken: false,
        };
        Self(Arc::new((Mutex::new(state), Condvar::new())))
    }

    /// Takes note of the names in a room's line.
    pub(super) fn note(&self, line: &RoomLine<'_>) {
        lock(&self.0.0).roster.note(line);
    }

    /// Gives the screen to the editor for the time that `edit` takes.
    pub(super) fn lend<T>(&self, edit: impl FnOnce() -> T) -> T {
        self.pass_to(Owner::EditorToCome).drawn.begin(columns());
        let edited = edit();
        print(&mem::take(&mut self.pass_to(Owner::Nobody).waiting));
        edited
    }

    /// Returns whether a line is typed. Waits while the editor is about to begin.
    pub(super) fn is_edited(&self) -> bool {
        let (state, changed) = &*self.0;
        let state = changed.wait_while(lock(state), |state| state.owner == Owner::EditorToCome);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        state.owner == Owner::Editor
    }

    /// Sets the owner, who has to show what waits.
    fn pass_to(&self, owner: Owner) -> MutexGuard<'_, State> {
        let (state, changed) = &*self.0;
        let mut state = lock(state);
        state.owner = owner;
        changed.notify_all();
        state
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
fn columns() -> usize {
    terminal_size_of(io::stdout()).map_or(COLUMNS, |(columns, _)| columns.0.into())
}

impl Highlighter for Screen {
    /// Returns what draws the line.
    fn highlight<'l>(&self, line: &'l str, cursor: usize) -> Cow<'l, str> {
        Cow::Owned(lock(&self.0.0).drawn.draw_line(line, cursor))
    }

    /// Returns whether the line has to be drawn anew, because what is drawn is not what was typed.
    ///
    /// The editor calls this at every change, also where it draws no more than a character.
    fn highlight_char(&self, line: &str, cursor: usize, _: CmdKind) -> bool {
        lock(&self.0.0).drawn.set_line(line, cursor);
        !is_plain(line)
    }

    /// Returns what draws the waiting text and the prompt. The editor calls this at the beginning of a line.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        is_default: bool,
    ) -> Cow<'b, str> {
        let mut state = self.pass_to(Owner::Editor);
        // While the history is searched, the editor cannot be woken, and has not taken note of the last time.
        state.is_woken &= !is_default;
        Cow::Owned(mem::take(&mut state.waiting) + &state.drawn.draw_prompt(prompt))
    }
}

impl rustyline::Helper for Screen {}
impl Validator for Screen {}
impl Hinter for Screen {
    type Hint = String;

    /// Prepares the screen for the editor, which asks for a hint before it clears and draws the line anew. There is
    /// no hint.
    fn hint(&self, line: &str, cursor: usize, _: &rustyline::Context<'_>) -> Option<String> {
        let escapes = lock(&self.0.0).drawn.resized(line, cursor, columns())?;
        print(&escapes);
        None
    }
}
impl Completer for Screen {
    type Candidate = String;

    /// Completes the word before the cursor, as far as it is certain. Lists what it may become above the prompt, since
    /// the list of the editor would keep messages waiting.
    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let start = line[..cursor].rfind(' ').map_or(0, |space| space + 1);
        let word = &line[start..cursor];
        let mut state = lock(&self.0.0);
        let found = state.roster.complete(word, start == 0);
        if found.len() < 2 {
            return Ok((start, found));
        }
        state.waiting += &list(&found);
        state.waiting.push('\n');
        let common = longest_common_prefix(&found).unwrap_or_default();
        let completed = if common.len() > word.len() {
            common
        } else {
            word
        };
        Ok((start, vec![completed.to_owned()]))
    }
}

fn list(found: &[String]) -> String {
    let listed = &found[..found.len().min(MAX_LISTED)];
    let mut text: Vec<_> = listed
        .iter()
        .map(|word| word.trim_end_matches([' ', ':']))
        .collect();
    let more = format!("and {} more", found.len() - listed.len());
    if found.len() > listed.len() {
        text.push(&more);
    }
    text.join("  ")
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
            let screen = Screen::new();
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
