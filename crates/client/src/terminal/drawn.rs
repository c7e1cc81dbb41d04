//! The typed line as it is drawn on the screen, and the rows that it takes.
//!
//! Terminals disagree on the width of joined emoji, flags, combining marks and Hangul letters. The editor assumes that
//! each character has its own width, and moves the cursor by that. So the line is drawn in a way that leaves no
//! terminal a choice. For example, `中👩‍🚀x` is typed behind `> ` in 6 columns:
//!
//! 1. `中` is as wide everywhere, and drawn as it is.
//! 2. The editor takes the emoji for two with 4 columns, which do not fit in the first row. An end of line follows.
//! 3. The emoji is drawn without its joiner. Behind it the cursor is put in column 5, wherever the terminal left it.
//! 4. `x` is drawn there.
//!
//! Meanwhile the terminal wraps no lines, so that it cannot leave the row. Since each row ends with an end of line, a
//! wider terminal leaves the rows alone. In a narrower one some terminals wrap each row anew, and rustyline would
//! clear too few rows. [`Drawn::resized`] returns the escapes that clear the line before.

use std::fmt::Write as _;
use std::{iter, mem};

use hellohi_proto::JavaStr;
use rustyline::GraphemeClusterMode;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::terminal::kind::Kind;

/// Columns between two tab stops.
const TAB_STOP: usize = 8;

/// The rule by which the editor has to measure: the width of a cluster is the sum of its characters' widths. No
/// terminal takes more columns for what is drawn.
pub(super) const MODE: GraphemeClusterMode = GraphemeClusterMode::WcWidth;

/// The rule by which terminals measure that draw a cluster as one picture.
const JOINED: GraphemeClusterMode = GraphemeClusterMode::Unicode;

/// The character that asks for an emoji in color. Without it a picture is as wide everywhere.
const COLORED: char = '\u{FE0F}';

/// The typed line as it is drawn, its prompt included.
#[derive(Debug)]
pub(super) struct Drawn {
    terminal: Kind,
    /// Columns by which the editor wraps.
    columns: usize,
    prompt: String,
    line: String,
    /// Byte of the line before which the cursor stands.
    cursor: usize,
}

/// A step of a drawing.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    LineEnd,
    /// A grapheme cluster and its width.
    Cluster(&'a str, usize),
}

/// A part of a row that a terminal wraps anew.
#[derive(Debug, Clone, Copy)]
enum Cell {
    LineEnd,
    /// Characters that take this number of columns together.
    Text(usize),
    /// A column that the terminal left free. Behind the last text of a row there are none.
    Blank,
}

impl Drawn {
    pub(super) const fn new(terminal: Kind) -> Self {
        Self {
            terminal,
            columns: 0,
            prompt: String::new(),
            line: String::new(),
            cursor: 0,
        }
    }

    /// Begins a line in a terminal with this number of columns. Nothing is drawn yet.
    pub(super) fn begin(&mut self, columns: usize) {
        self.columns = columns;
        self.prompt.clear();
        self.set_line("", 0);
    }

    /// Takes note of a change of the line, which has the cursor before the byte `cursor`.
    pub(super) fn set_line(&mut self, line: &str, cursor: usize) {
        line.clone_into(&mut self.line);
        self.cursor = cursor;
    }

    /// Takes note of the prompt, and returns what draws it.
    pub(super) fn draw_prompt(&mut self, prompt: &str) -> String {
        prompt.clone_into(&mut self.prompt);
        self.draw(0, &self.prompt_steps())
    }

    /// Takes note of the line, and returns what draws it behind the prompt.
    pub(super) fn draw_line(&mut self, line: &str, cursor: usize) -> String {
        self.set_line(line, cursor);
        let column = end_column(0, &self.prompt_steps());
        let (before, behind) = self.line_steps(column);
        let steps = [before, behind].concat();
        let mut drawn = self.draw(column, &steps);
        if end_column(column, &steps) == 0 && !line.ends_with('\n') {
            // A character without a width is alone in its row. The editor takes the row before for a full one, and
            // adds an end of line.
            drawn.push_str("\x1B[A");
        }
        drawn
    }

    /// Returns the escapes to write before the editor draws the line anew, if it does that because the terminal has
    /// this number of columns now.
    pub(super) fn resized(&mut self, line: &str, cursor: usize, columns: usize) -> Option<String> {
        if columns == self.columns {
            return None;
        }
        let prompt = self.prompt_steps();
        let column = end_column(0, &prompt);
        let (before, behind) = self.line_steps(column);
        let before = [prompt, before].concat();
        let whole = [&before[..], &behind].concat();
        let (cursor_row, end_row) = (self.row_behind(&before), self.row_behind(&whole));
        let is_full = end_column(0, &before) == self.columns;
        let row = self.row_when_wrapped_anew(&whole, before.len(), columns) + usize::from(is_full);
        if end_row == 0 && end_column(0, &whole) < columns {
            // The editor has nothing to draw anew.
            self.columns = columns;
            return None;
        }
        if (line, cursor) != (&*self.line, self.cursor) {
            // It draws because of a key, and does not know of the new width yet.
            return None;
        }
        self.columns = columns;
        let to_start = up(row);
        let rows_below = "\n".repeat(end_row);
        let to_cursor = up(end_row - cursor_row);
        // tmux would keep a copy of what is cleared from the first row of the screen on.
        let clear = "\r\x1B[K\n\x1B[J\x1B[A";
        self.terminal
            .wraps_anew
            .then(|| format!("{to_start}{clear}{rows_below}{to_cursor}"))
    }

    fn prompt_steps(&self) -> Vec<Step<'_>> {
        self.steps(0, &self.prompt)
    }

    /// Returns the steps before and behind the cursor. The editor wraps the two parts apart from each other.
    fn line_steps(&self, column: usize) -> (Vec<Step<'_>>, Vec<Step<'_>>) {
        let (before, behind) = self.line.split_at(self.cursor);
        let before = self.steps(column, before);
        let behind = self.steps(end_column(column, &before), behind);
        (before, behind)
    }

    /// Returns the steps that draw a part of the line from this column on. The rule is rustyline's.
    fn steps<'a>(&self, mut column: usize, text: &'a str) -> Vec<Step<'a>> {
        let mut steps = Vec::new();
        if column == self.columns && !text.is_empty() {
            steps.push(Step::LineEnd);
            column = 0;
        }
        let mut escape = Escape::default();
        for cluster in text.graphemes(true) {
            if cluster == "\n" {
                steps.push(Step::LineEnd);
                column = 0;
                continue;
            }
            let width = match cluster {
                "\t" => TAB_STOP - column % TAB_STOP,
                _ if escape.has(cluster) => continue,
                _ => MODE.width(cluster).into(),
            };
            column += width;
            if column > self.columns {
                steps.push(Step::LineEnd);
                column = width;
            }
            steps.push(Step::Cluster(cluster, width));
        }
        steps
    }

    /// Returns the row behind the steps, which is the next one if the last is full.
    fn row_behind(&self, steps: &[Step<'_>]) -> usize {
        let ends = steps.iter().filter(|step| matches!(step, Step::LineEnd));
        ends.count() + usize::from(end_column(0, steps) == self.columns)
    }

    /// Returns the row of the cursor, which stands before the step `cursor`, in a terminal that has wrapped each row
    /// anew. The cursor goes with the character below it. If there is none, it stays in a row that is full.
    fn row_when_wrapped_anew(&self, steps: &[Step<'_>], cursor: usize, columns: usize) -> usize {
        let below = steps
            .get(cursor)
            .map_or(Vec::new(), |step| self.cells(step));
        let below = below
            .into_iter()
            .filter(|cell| matches!(cell, Cell::Text(_)));
        let before = steps[..cursor].iter().flat_map(|step| self.cells(step));
        let (mut row, mut column, mut blanks) = (0, 0, 0);
        for cell in before.chain(below.take(1)) {
            match cell {
                Cell::LineEnd => (row, column, blanks) = (row + 1, 0, 0),
                Cell::Blank => blanks += 1,
                Cell::Text(width) => {
                    for width in iter::repeat_n(1, mem::take(&mut blanks)).chain([width]) {
                        column += width;
                        if column > columns {
                            (row, column) = (row + 1, width);
                        }
                    }
                }
            }
        }
        row
    }

    /// Returns the cells that a step fills. A tab is drawn as spaces.
    fn cells(&self, step: &Step<'_>) -> Vec<Cell> {
        match step {
            Step::LineEnd => vec![Cell::LineEnd],
            Step::Cluster("\t", width) => vec![Cell::Text(1); *width],
            Step::Cluster(cluster, width) => {
                let drawn: String = cluster.chars().filter(|&char| self.draws(char)).collect();
                let width_of_char = |char: char| MODE.width(char.encode_utf8(&mut [0; 4]));
                let cells: Vec<usize> = match self.terminal.joins {
                    true => drawn
                        .graphemes(true)
                        .map(|part| JOINED.width(part).into())
                        .collect(),
                    false => drawn
                        .chars()
                        .map(|char| width_of_char(char).into())
                        .collect(),
                };
                let blanks = width.saturating_sub(cells.iter().sum());
                let blanks = iter::repeat_n(Cell::Blank, blanks);
                cells.into_iter().map(Cell::Text).chain(blanks).collect()
            }
        }
    }

    fn draw(&self, mut column: usize, steps: &[Step<'_>]) -> String {
        let mut drawn = String::new();
        let mut wraps = true;
        for step in steps {
            let Step::Cluster(cluster, width) = step else {
                drawn.push_str("\r\n");
                column = 0;
                continue;
            };
            column += width;
            if *cluster == "\t" {
                drawn.push_str(&" ".repeat(*width));
            } else if is_plain(cluster) {
                drawn.push_str(cluster);
            } else {
                if wraps {
                    wraps = false;
                    drawn.push_str("\x1B[?7l");
                }
                drawn.extend(cluster.chars().filter(|&char| self.draws(char)));
                if column < self.columns {
                    // Writing to a string does not fail.
                    let _ = write!(drawn, "\x1B[{}G", column + 1);
                }
            }
        }
        if !wraps {
            drawn.push_str("\x1B[?7h");
        }
        drawn
    }

    /// Returns whether a character is drawn: none that controls the terminal or joins others is, and no mark where it
    /// would stand beside its letter.
    fn draws(&self, char: char) -> bool {
        let text = char.to_string();
        let is_seen = self.terminal.combines || MODE.width(&text) > 0;
        is_seen && char != COLORED && JavaStr::from_text(&text).printable().to_string() == text
    }
}

/// The state of an escape sequence in the line, which for the editor has no width. Nobody types one but on purpose.
#[derive(Debug, Default)]
enum Escape {
    #[default]
    None,
    Begun,
    Parameters,
}

impl Escape {
    /// Returns whether the next cluster belongs to an escape sequence.
    fn has(&mut self, cluster: &str) -> bool {
        let (is_in, next) = match (&self, cluster) {
            (Self::None, "\x1B") => (true, Self::Begun),
            (Self::None, _) => (false, Self::None),
            (Self::Begun, "[") => (true, Self::Parameters),
            (Self::Parameters, _)
                if cluster.starts_with(|char| matches!(char, ';' | '0'..='9')) =>
            {
                (true, Self::Parameters)
            }
            _ => (true, Self::None),
        };
        *self = next;
        is_in
    }
}

/// Returns the column behind the steps, which begin at `column`.
fn end_column(column: usize, steps: &[Step<'_>]) -> usize {
    steps.iter().fold(column, |column, step| match step {
        Step::LineEnd => 0,
        Step::Cluster(_, width) => column + width,
    })
}

/// Returns whether all of a text is as wide in all terminals: letters of ASCII, and those of Chinese, Japanese and
/// Korean that are two columns wide.
pub(super) fn is_plain(text: &str) -> bool {
    text.chars().all(|char| {
        matches!(char,
            ' '..='~'
            | '\u{3000}'..='\u{3029}'
            | '\u{3041}'..='\u{3096}'
            | '\u{30A1}'..='\u{30FF}'
            | '\u{4E00}'..='\u{9FA5}'
            | '\u{AC00}'..='\u{D7A3}'
            | '\u{FF01}'..='\u{FF60}')
    })
}

fn up(rows: usize) -> String {
    match rows {
        // The escape for 0 rows moves by one.
        0 => String::new(),
        rows => format!("\x1B[{rows}A"),
    }
}

#[cfg(test)]
mod tests;
