//! A terminal that shows what the client draws. It fails at an escape that it does not know.
//!
//! The rules of real terminals differ in two ways: the columns that a character takes, and what becomes of the rows
//! when the number of columns changes.

use rustyline::GraphemeClusterMode;
use unicode_segmentation::UnicodeSegmentation as _;

/// Number of rows on the screen.
const HEIGHT: usize = 24;

/// A terminal.
pub(crate) struct Emulator {
    widths: Widths,
    /// A flag that is set if rows are wrapped anew when the number of columns changes, as in tmux and VTE. In xterm
    /// and on the Linux console they are cut.
    wraps_anew: bool,
    columns: usize,
    /// All rows so far. The last of them are on the screen.
    rows: Vec<Row>,
    row: usize,
    /// Column of the cursor. It is the number of columns behind a full row, until the next character wraps.
    column: usize,
    is_wrapping: bool,
    /// The cluster that was just written, with its row and column.
    last: Option<(String, usize, usize)>,
    unread: Vec<u8>,
}

/// The columns that characters take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Widths {
    /// Each character has its own width, as in xterm and tmux.
    Sums,
    /// A grapheme cluster is one picture, as in kitty and WezTerm.
    Joins,
    /// No character combines with another, as on the Linux console.
    Console,
}

#[derive(Debug, Clone, Default)]
struct Row {
    /// The text of each column. The second half of a wide character is empty.
    cells: Vec<String>,
    /// A flag that is set if the next row continues this one.
    is_wrapped: bool,
}

impl Emulator {
    pub(crate) fn new(widths: Widths, wraps_anew: bool) -> Self {
        Self {
            widths,
            wraps_anew,
            columns: 80,
            rows: vec![Row::default()],
            row: 0,
            column: 0,
            is_wrapping: true,
            last: None,
            unread: Vec::new(),
        }
    }

    /// Returns all rows so far.
    pub(crate) fn rows(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.cells.concat()).collect()
    }

    /// Returns the row of the cursor, and its text before the cursor.
    pub(crate) fn before_cursor(&self) -> (usize, String) {
        let cells = &self.rows[self.row].cells;
        let end = self.column.min(cells.len());
        (self.row, cells[..end].concat())
    }

    /// Shows these bytes. The rest of an incomplete character or escape waits for more.
    pub(crate) fn show(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        while let Some(length) = self.show_next() {
            self.unread.drain(..length);
        }
    }

    fn show_next(&mut self) -> Option<usize> {
        let unread = std::mem::take(&mut self.unread);
        let text = unread
            .utf8_chunks()
            .next()
            .map_or("", |chunk| chunk.valid());
        let char = text.chars().next();
        let length = match char {
            Some('\x1B') => {
                let end = text[1..].find(|char: char| char.is_ascii_alphabetic() && char != '[');
                end.map(|end| {
                    self.obey(&text[1..=end + 1]);
                    end + 2
                })
            }
            Some(char) => {
                self.put(char);
                Some(char.len_utf8())
            }
            None => None,
        };
        self.unread = unread;
        length
    }

    /// Obeys an escape, here without its first byte.
    fn obey(&mut self, escape: &str) {
        let (parameter, command) = escape[1..].split_at(escape.len() - 2);
        match (command, parameter) {
            ("h", "?7") => return self.is_wrapping = true,
            ("l", "?7") => return self.is_wrapping = false,
            ("h" | "l", "?2004" | "?2026") | ("m", _) => return,
            _ => self.last = None,
        }
        let number = parameter.parse().unwrap_or(1);
        let top = self.rows.len().saturating_sub(HEIGHT);
        self.column = self.column.min(self.columns - 1);
        match (command, parameter) {
            ("A", _) => self.row = self.row.saturating_sub(number).max(top),
            ("B", _) => {
                self.row = (self.row + number).min(top + HEIGHT - 1);
                let rows = self.rows.len().max(self.row + 1);
                self.rows.resize(rows, Row::default());
            }
            ("C", _) => self.column = (self.column + number).min(self.columns - 1),
            ("D", _) => self.column = self.column.saturating_sub(number),
            ("G", _) => self.column = (number - 1).min(self.columns - 1),
            ("K", "") => self.clear_row(),
            ("J", "") => {
                self.clear_row();
                self.rows.truncate(self.row + 1);
            }
            _ => panic!("an unknown escape: {escape:?}"),
        }
    }

    fn clear_row(&mut self) {
        let row = &mut self.rows[self.row];
        row.cells.truncate(self.column);
        row.is_wrapped = false;
    }

    fn put(&mut self, char: char) {
        match char {
            '\r' => self.column = 0,
            '\n' => self.feed(),
            '\x07' => return,
            _ => return self.write(char),
        }
        self.last = None;
    }

    fn feed(&mut self) {
        self.row += 1;
        if self.row == self.rows.len() {
            self.rows.push(Row::default());
        }
    }

    fn write(&mut self, char: char) {
        if let Some((cluster, row, column)) = self.last.take() {
            let joined = format!("{cluster}{char}");
            if self.combines(&joined) {
                (self.row, self.column) = (row, column);
                return self.write_cluster(joined);
            }
        }
        self.write_cluster(char.to_string());
    }

    fn combines(&self, text: &str) -> bool {
        match self.widths {
            Widths::Sums => sum(&text[text.len() - last_char(text)..]) == 0,
            Widths::Joins => text.graphemes(true).count() == 1,
            Widths::Console => false,
        }
    }

    fn write_cluster(&mut self, cluster: String) {
        let width = self.width(&cluster);
        if self.column + width > self.columns {
            if self.is_wrapping {
                self.rows[self.row].is_wrapped = true;
                self.feed();
                self.column = 0;
            } else {
                self.column = self.columns - width;
            }
        }
        let (start, end) = (self.column, self.column + width);
        let cells = &mut self.rows[self.row].cells;
        let blank = String::from(" ");
        if cells.len() < end {
            cells.resize(end, blank.clone());
        }
        for half in [start, end] {
            if half > 0 && cells.get(half).is_some_and(String::is_empty) {
                cells[half] = blank.clone();
                cells[half - 1] = blank.clone();
            }
        }
        if width > 0 {
            cells[start].clone_from(&cluster);
            cells[start + 1..end].fill(String::new());
        }
        self.last = Some((cluster, self.row, start));
        self.column = end;
    }

    fn width(&self, cluster: &str) -> usize {
        match self.widths {
            Widths::Sums => sum(cluster),
            Widths::Joins => GraphemeClusterMode::Unicode.width(cluster).into(),
            Widths::Console => match cluster.chars().next() {
                Some('\u{200B}'..='\u{200F}' | '\u{FEFF}') => 0,
                _ => sum(cluster).max(1),
            },
        }
    }

    /// Gives the terminal this number of columns.
    pub(crate) fn resize(&mut self, columns: usize) {
        if self.wraps_anew {
            self.wrap_anew(columns);
        } else {
            for row in &mut self.rows {
                row.cells.truncate(columns);
            }
            self.column = self.column.min(columns - 1);
        }
        self.columns = columns;
        self.last = None;
    }

    fn wrap_anew(&mut self, columns: usize) {
        let cursor = (self.row, self.column);
        let mut continues = false;
        for (index, old) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            if !continues {
                self.rows.push(Row::default());
            }
            for (column, cell) in old.cells.iter().enumerate() {
                let width = if old.cells.get(column + 1).is_some_and(String::is_empty) {
                    2
                } else {
                    1
                };
                let row = self.rows.last_mut().unwrap();
                if !cell.is_empty() && row.cells.len() + width > columns {
                    row.is_wrapped = true;
                    self.rows.push(Row::default());
                }
                let row = self.rows.len() - 1;
                if (index, column) == cursor {
                    (self.row, self.column) = (row, self.rows[row].cells.len());
                }
                self.rows[row].cells.push(cell.clone());
            }
            if index == cursor.0 && cursor.1 >= old.cells.len() {
                self.row = self.rows.len() - 1;
                self.column =
                    (self.rows[self.row].cells.len() + cursor.1 - old.cells.len()).min(columns);
            }
            continues = old.is_wrapped;
        }
    }
}

/// Returns the sum of the widths of a text's characters.
pub(crate) fn sum(text: &str) -> usize {
    GraphemeClusterMode::WcWidth.width(text).into()
}

fn last_char(text: &str) -> usize {
    text.chars().last().map_or(0, char::len_utf8)
}
