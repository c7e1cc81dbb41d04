//! Tests with random keys, messages and widths that the line on the screen is the line that is sent, in terminals of
//! all kinds.
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Instant;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::emulator::{Emulator, Widths, sum};
use crate::pseudoterminal::Terminal;
use crate::support::{DEADLINE, Server, command, frame};

const TEXTS: [&str; 25] = [
    "a",
    "bc",
    "1234567",
    "abcdefghijklmnopqr",
    "你",
    "好世",
    "ａ",
    "é",
    "e\u{301}",
    "😀",
    "👨\u{200D}👩\u{200D}👧",
    "👋🏿",
    "🇩🇪",
    "🇫",
    "❤\u{FE0F}",
    "1\u{FE0F}\u{20E3}",
    "한",
    "\u{1112}\u{1161}\u{11AB}",
    "\u{1112}\u{1161}",
    "กำ",
    "क्षि",
    "\u{200B}",
    "ﷺ",
    "\t",
    "…",
];

#[derive(Debug, Clone)]
enum Step {
    Types(String),
    Pastes(Vec<String>),
    Left,
    Right,
    Home,
    End,
    Backspace,
    Delete,
    Hears,
    /// Searches the history, hears a message, and gives up.
    Searches(String),
    Resizes(u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let text = || select(&TEXTS[..]).prop_map(str::to_owned);
    let step = prop_oneof![
        8 => text().prop_map(Step::Types),
        1 => vec(text(), 0..3).prop_map(Step::Pastes),
        3 => Just(Step::Left),
        1 => Just(Step::Right),
        1 => Just(Step::Home),
        1 => Just(Step::End),
        2 => Just(Step::Backspace),
        1 => Just(Step::Delete),
        1 => Just(Step::Hears),
        1 => text().prop_map(Step::Searches),
        2 => (20..60_u16).prop_map(Step::Resizes),
    ];
    vec(step, 0..40)
}

/// The line as it should be.
#[derive(Debug, Default)]
struct Line {
    text: String,
    cursor: usize,
}

impl Line {
    fn insert(&mut self, text: &str) {
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
    }

    fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    fn left(&self) -> usize {
        let last = self.before().graphemes(true).next_back();
        self.cursor - last.map_or(0, str::len)
    }

    fn right(&self) -> usize {
        let next = self.text[self.cursor..].graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }

    fn home(&self) -> usize {
        self.before().rfind('\n').map_or(0, |end| end + 1)
    }

    fn end(&self) -> usize {
        let behind = &self.text[self.cursor..];
        self.cursor + behind.find('\n').unwrap_or(behind.len())
    }

    fn delete(&mut self, start: usize, end: usize) {
        self.text.drain(start..end);
        self.cursor = start;
    }
}

/// A client at an emulated terminal.
struct Screen {
    terminal: Terminal,
    emulator: Emulator,
    widths: Widths,
    line: Line,
    /// All that stands above the prompt.
    above: String,
    messages: usize,
}

impl Screen {
    fn play(&mut self, step: &Step, say: &mut impl FnMut(&str)) {
        match step {
            Step::Types(text) => {
                self.line.insert(text);
                self.terminal.types(text);
            }
            Step::Pastes(lines) => {
                self.line.insert(&lines.join("\n"));
                self.terminal.pastes(&lines.join("\r"));
            }
            Step::Left => self.moves(self.line.left(), "\x1B[D"),
            Step::Right => self.moves(self.line.right(), "\x1B[C"),
            Step::Home => self.moves(self.line.home(), "\x01"),
            Step::End => self.moves(self.line.end(), "\x05"),
            Step::Backspace => {
                let (start, end) = (self.line.left(), self.line.cursor);
                self.line.delete(start, end);
                self.terminal.types("\x7F");
            }
            Step::Delete => {
                let (start, end) = (self.line.cursor, self.line.right());
                self.line.delete(start, end);
                self.terminal.types("\x1B[3~");
            }
            Step::Hears => self.hears(say),
            Step::Searches(text) => {
                self.terminal.types("\x12").types(text.replace('\t', " "));
                self.hears(say);
                self.terminal.types("\x07");
            }
            Step::Resizes(columns) => {
                self.hears(say);
                self.settles();
                // What is drawn in the moment of a resize may be drawn for the old width.
                self.rests();
                self.emulator.resize((*columns).into());
                self.terminal.resizes_to(*columns).takes_signals();
                self.rests();
            }
        }
    }

    fn moves(&mut self, cursor: usize, key: &str) {
        self.line.cursor = cursor;
        self.terminal.types(key);
    }

    fn hears(&mut self, say: &mut impl FnMut(&str)) {
        self.messages += 1;
        let message = format!("m{}.", self.messages);
        say(&message);
        self.above += &message;
    }

    fn rests(&mut self) {
        let bytes = self.terminal.rests();
        self.emulator.show(&bytes);
    }

    /// Waits until the screen shows what it should.
    fn settles(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        while let Err(difference) = self.is_right() {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(bytes) = self.terminal.bytes_within(left) else {
                panic!("{difference}\n{:#?}", self.emulator.rows());
            };
            self.emulator.show(&bytes);
        }
    }

    fn is_right(&self) -> Result<(), String> {
        let rows = self.emulator.rows();
        let start = rows.iter().rposition(|row| row.starts_with("> "));
        let start = start.ok_or("no prompt")?;
        let (row, before) = self.emulator.before_cursor();
        let before = rows
            .get(start..row)
            .ok_or("the cursor is above the prompt")?
            .concat()
            + &before;
        self.compare("above", &rows[..start].concat(), &self.above)?;
        self.compare(
            "typed",
            &rows[start..].concat(),
            &format!("> {}", self.line.text),
        )?;
        self.compare(
            "before the cursor",
            &before,
            &format!("> {}", self.line.before()),
        )
    }

    fn compare(&self, what: &str, seen: &str, expected: &str) -> Result<(), String> {
        let [seen, expected] = [seen, expected].map(|text| self.visible(text));
        if seen == expected {
            return Ok(());
        }
        Err(format!("{what}: {seen:?} instead of {expected:?}"))
    }

    /// Returns what of a text every terminal shows, or on a console that combines nothing.
    fn visible(&self, text: &str) -> String {
        let is_shown = |char: &char| {
            let width = sum(char.encode_utf8(&mut [0; 4]));
            let is_joiner = matches!(char, '\u{200B}' | '\u{200D}' | '\u{FE0F}');
            // A console has no letters of India and no marks.
            let is_on_console = width > 0 && !('\u{900}'..'\u{E00}').contains(char);
            !char.is_whitespace() && !is_joiner && (is_on_console || self.widths != Widths::Console)
        };
        text.chars().filter(is_shown).collect()
    }
}

/// Plays the steps, and compares the screen after each. In the end compares what was sent.
fn play(widths: Widths, wraps_anew: bool, steps: &[Step]) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::at(listener.try_clone().unwrap(), || {});
    let term = match widths {
        Widths::Console => "linux",
        Widths::Joins => "xterm-kitty",
        Widths::Sums if wraps_anew => "tmux",
        Widths::Sums => "xterm",
    };
    let mut client = command(&["--no-history"]);
    client
        .env("NO_COLOR", "1")
        .env("TERM", term)
        .env("XTERM_VERSION", "0");
    let terminal = Terminal::of_command(server, &mut client);
    let (mut peer, _) = listener.accept().unwrap();
    let mut screen = Screen {
        terminal,
        emulator: Emulator::new(widths, wraps_anew),
        widths,
        line: Line::default(),
        above: "---client---".into(),
        messages: 0,
    };
    screen.settles();
    screen.terminal.types("before\r");
    peer.read_exact(&mut [0; 8]).unwrap();
    screen.above += ">before";
    screen.settles();
    for step in steps {
        let mut say = |message: &str| peer.write_all(&frame(message)).unwrap();
        screen.play(step, &mut say);
        screen.settles();
    }
    let text = std::mem::take(&mut screen.line).text;
    let lines = if text.is_empty() { "\n" } else { &text }.lines();
    let mut frames = Vec::new();
    for line in lines {
        hellohi_proto::write_utf(&mut frames, line).unwrap();
    }
    screen.terminal.types("\r");
    let mut sent = vec![0; frames.len()];
    peer.read_exact(&mut sent).unwrap();
    assert_eq!(sent, frames);
    screen.above += &format!("> {text}");
    screen.settles();
    screen.terminal.types("\x03").ends_with(130);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        // A step that fails takes seconds.
        max_shrink_iters: 10,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_on_the_screen_is_what_is_sent_in_tmux(steps in steps()) {
        play(Widths::Sums, true, &steps);
    }

    #[test]
    fn what_is_on_the_screen_is_what_is_sent_in_xterm(steps in steps()) {
        play(Widths::Sums, false, &steps);
    }

    #[test]
    fn what_is_on_the_screen_is_what_is_sent_where_emoji_are_joined(steps in steps()) {
        play(Widths::Joins, true, &steps);
    }

    #[test]
    fn what_is_on_the_screen_is_what_is_sent_on_a_console(steps in steps()) {
        play(Widths::Console, false, &steps);
    }
}

#[test]
fn a_joined_emoji_at_the_edge_costs_no_message_when_the_terminal_gets_narrower() {
    let text = "x".repeat(53) + "👋🏿";
    for widths in [Widths::Sums, Widths::Joins] {
        for columns in [56, 57, 58, 59] {
            play(
                widths,
                true,
                &[Step::Types(text.clone()), Step::Resizes(columns)],
            );
        }
    }
}
