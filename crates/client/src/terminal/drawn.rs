//! The rows of the typed line on the screen, which a resize changes.
//!
//! rustyline clears the rows that the line had before the resize. But most terminals wrap the line anew, so in a wider
//! window it has fewer rows, and those above it hold messages. For example, 82 characters are typed behind `> `:
//!
//! 1. In 40 columns the line has three rows, and the cursor is in the third.
//! 2. The window gets 90 columns, and the terminal puts the line in one row. rustyline would clear that row and the
//!    two messages above it.
//! 3. [`Drawn::resized`] returns the escapes that clear the line and put the cursor two rows below its beginning. So
//!    rustyline clears three rows that are empty, and draws the line there.

use rustyline::GraphemeClusterMode;
use unicode_segmentation::UnicodeSegmentation as _;

/// Columns between two tab stops.
const TAB_STOP: usize = 8;

/// The rows of the typed line as the editor has drawn it, its prompt included.
#[derive(Debug)]
pub(super) struct Drawn {
    /// The way in which the terminal shows joined characters.
    mode: GraphemeClusterMode,
    prompt: String,
    columns: usize,
    rows: Rows,
    /// Byte of the line before which the editor has written a line end, because the text filled its row.
    break_at: Option<usize>,
}

/// Rows of a line, from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Rows {
    cursor: usize,
    end: usize,
}

impl Drawn {
    pub(super) const fn new(mode: GraphemeClusterMode) -> Self {
        Self {
            mode,
            prompt: String::new(),
            columns: 0,
            rows: Rows { cursor: 0, end: 0 },
            break_at: None,
        }
    }

    /// Returns the way in which the terminal shows joined characters.
    pub(super) const fn mode(&self) -> GraphemeClusterMode {
        self.mode
    }

    /// Takes note of the prompt that is drawn.
    pub(super) fn set_prompt(&mut self, prompt: &str) {
        prompt.clone_into(&mut self.prompt);
    }

    /// Takes note of a change of the line, which has this number of columns and the cursor before the byte `cursor`.
    pub(super) fn set_line(&mut self, line: &str, cursor: usize, columns: usize) {
        let (typed, rest) = line.split_at(cursor);
        let cursor = self.advance(self.prompt_end(columns), typed, columns);
        let end = self.advance(cursor, rest, columns);
        self.rows = Rows {
            cursor: cursor.0,
            end: end.0,
        };
        self.columns = columns;
    }

    /// Takes note that the whole line is drawn.
    pub(super) fn set_whole_line(&mut self, line: &str, cursor: usize, columns: usize) {
        self.set_line(line, cursor, columns);
        let (row, column) = self.advance(self.prompt_end(columns), line, columns);
        self.break_at = (row > 0 && column == 0 && !line.ends_with('\n')).then_some(line.len());
    }

    /// Returns the escapes to write before the editor draws the line anew, if the number of columns has become
    /// `columns`.
    ///
    /// A terminal that does not wrap lines anew may keep some rows of the old line above the new one.
    pub(super) fn resized(&self, line: &str, cursor: usize, columns: usize) -> Option<String> {
        if columns == self.columns || self.rows.end == 0 {
            return None;
        }
        let to_start = self.row_after_resize(line, cursor, columns);
        let to_start = up(to_start.min(self.rows.cursor));
        let rows = "\n".repeat(self.rows.end);
        let to_cursor = up(self.rows.end - self.rows.cursor);
        Some(format!("{to_start}\r\x1B[J{rows}{to_cursor}"))
    }

    /// Returns the row of the cursor once the terminal has wrapped the line anew. Only what the editor did not break
    /// is wrapped.
    fn row_after_resize(&self, line: &str, cursor: usize, columns: usize) -> usize {
        let broken = self
            .break_at
            .and_then(|at| line[..cursor].split_at_checked(at));
        let (before, behind) = broken.unwrap_or((&line[..cursor], ""));
        let (row, column) = self.advance(self.prompt_end(columns), before, columns);
        match broken {
            Some(_) => {
                self.advance((row + usize::from(column > 0), 0), behind, columns)
                    .0
            }
            None => row,
        }
    }

    fn prompt_end(&self, columns: usize) -> (usize, usize) {
        self.advance((0, 0), &self.prompt, columns)
    }

    /// Returns the row and the column behind `text`, which begins at a row and a column. The rule is rustyline's.
    fn advance(
        &self,
        (mut row, mut column): (usize, usize),
        text: &str,
        columns: usize,
    ) -> (usize, usize) {
        for cluster in text.graphemes(true) {
            let width = match cluster {
                "\n" => {
                    (row, column) = (row + 1, 0);
                    continue;
                }
                "\t" => TAB_STOP - column % TAB_STOP,
                cluster => self.mode.width(cluster).into(),
            };
            column += width;
            if column > columns {
                (row, column) = (row + 1, width);
            }
        }
        if column == columns {
            return (row + 1, 0);
        }
        (row, column)
    }
}

fn up(rows: usize) -> String {
    match rows {
        // The escape for 0 rows moves by one.
        0 => String::new(),
        rows => format!("\x1B[{rows}A"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(line: &str, cursor: usize, columns: usize) -> Drawn {
        let mut drawn = Drawn::new(GraphemeClusterMode::WcWidth);
        drawn.set_prompt("> ");
        drawn.set_line(line, cursor, columns);
        drawn
    }

    #[test]
    fn the_editor_gets_as_many_empty_rows_as_the_line_had() {
        let line = "x".repeat(82);
        for (cursor, old, new, expected) in [
            (82, 40, 90, Some("\r\x1B[J\n\n")),
            (0, 40, 90, Some("\r\x1B[J\n\n\x1B[2A")),
            (82, 40, 60, Some("\x1B[1A\r\x1B[J\n\n")),
            (50, 40, 60, Some("\r\x1B[J\n\n\x1B[1A")),
            // A terminal that does not wrap lines anew has messages above the third row.
            (82, 40, 20, Some("\x1B[2A\r\x1B[J\n\n")),
            (82, 40, 40, None),
            (82, 90, 40, None),
        ] {
            let escapes = drawn(&line, cursor, old).resized(&line, cursor, new);
            assert_eq!(escapes.as_deref(), expected, "{cursor}, {old} to {new}");
        }
    }

    #[test]
    fn a_line_end_of_the_editor_stays_where_it_is() {
        let mut drawn = drawn("", 0, 40);
        drawn.set_whole_line(&"x".repeat(78), 78, 40);
        drawn.set_line(&"x".repeat(82), 82, 40);
        let escapes = drawn.resized(&"x".repeat(82), 82, 90);
        assert_eq!(escapes.as_deref(), Some("\x1B[1A\r\x1B[J\n\n"));
        drawn.set_whole_line(&"x".repeat(82), 82, 40);
        let escapes = drawn.resized(&"x".repeat(82), 82, 90);
        assert_eq!(escapes.as_deref(), Some("\r\x1B[J\n\n"));
    }

    #[test]
    fn rows_are_counted_with_wide_characters_tabs_and_line_ends() {
        for (line, end) in [
            ("1234567", 0),
            ("12345678", 1),
            ("中中中中", 1),
            ("1234中中", 1),
            ("1234567中", 1),
            ("1\t", 0),
            ("1\n2\n", 2),
            ("e\u{301}234567", 0),
        ] {
            let rows = drawn(line, line.len(), 10).rows;
            assert_eq!(rows, Rows { cursor: end, end }, "{line:?}");
        }
    }
}
