//! What is shown beside the line editor, and by whom.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rustyline::ExternalPrinter;
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;

/// Makes the editor draw its prompt again: a row up and down, since it insists on an end of line.
const WAKE: &str = "\x1B[A\n";

/// The screen, which belongs to the editor while a line is typed.
///
/// Text that is handed to rustyline's printer is lost when the editor ends before it looks, and is
/// written over a prompt that appears meanwhile. So text waits here, the editor is only woken, and
/// what comes with its prompt is the text. What the editor leaves is written without it.
#[derive(Clone, Default)]
pub(crate) struct Screen(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
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
            // It fails where the editor has ended: then the text is shown.
            let _ = editor.print(WAKE.into());
        }
    }

    /// Gives the screen to the editor as long as `edit` takes.
    pub(super) fn lend<T>(&self, edit: impl FnOnce() -> T) -> T {
        self.pass_to(Owner::EditorToCome);
        let edited = edit();
        print(&self.pass_to(Owner::Nobody));
        edited
    }

    /// Returns what has waited for it.
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
    // Without a terminal there is nobody to tell.
    let _ = io::stdout().write_all(text.as_bytes());
}

impl Highlighter for Screen {
    /// The editor draws its prompt, from the beginning of a line.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(self.pass_to(Owner::Editor) + prompt)
    }
}

impl rustyline::Helper for Screen {}
impl Validator for Screen {}
impl Hinter for Screen {
    type Hint = String;
}
impl Completer for Screen {
    type Candidate = String;
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
            let screen = Screen::default();
            let mut editor = Woken(0);
            screen.lend(|| {
                thread::scope(|scope| {
                    let shown = scope.spawn(|| screen.show("news", &mut editor));
                    // Time to do it too soon.
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
