//! Lines from the console, as Java's `BufferedReader.readLine` over an `InputStreamReader` reads
//! them.
//!
//! For example, the bytes `h i CR LF E4 B8 y` are two lines: `hi`, and U+FFFD with a `y`, because
//! E4 B8 is only two of three bytes of a character. The line `hi` is returned as soon as CR is
//! read. The LF after it is skipped when the next line is asked for.

use std::io::{self, BufRead, ErrorKind};
use std::mem;

/// The lines of a console, without their ends.
///
/// - A line ends with `\n`, `\r`, `\r\n` or the end of the input. An empty rest before the end of
///   the input is no line.
/// - A line is returned as soon as its end has been read. After `\r` nothing more is waited for; a
///   `\n` that follows is dropped when the next line is asked for.
/// - Malformed UTF-8 becomes U+FFFD, see [`decode`].
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    after_return: bool,
    has_replaced: bool,
}

impl<R: BufRead> Lines<R> {
    /// Creates the iterator over the lines that `reader` has from here on.
    pub const fn new(reader: R) -> Self {
        Self {
            reader,
            after_return: false,
            has_replaced: false,
        }
    }

    /// Returns whether malformed bytes of the lines so far became U+FFFD.
    pub const fn has_replaced(&self) -> bool {
        self.has_replaced
    }

    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        loop {
            let buffer = match self.reader.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            if buffer.is_empty() {
                return Ok((!line.is_empty()).then_some(line));
            }
            let skipped = usize::from(mem::take(&mut self.after_return) && buffer[0] == b'\n');
            let rest = &buffer[skipped..];
            let end = rest.iter().position(|byte| b"\r\n".contains(byte));
            line.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
            self.after_return = end.is_some_and(|end| rest[end] == b'\r');
            let used = skipped + end.map_or(rest.len(), |end| end + 1);
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some(line));
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.read().transpose()?;
        Some(line.map(|line| {
            self.has_replaced |= std::str::from_utf8(&line).is_err();
            decode(&line)
        }))
    }
}

/// Decodes UTF-8 as `sun.nio.cs.UTF_8` does with `CodingErrorAction.REPLACE`.
///
/// Each malformed run becomes one U+FFFD. Java finds the same runs as [`String::from_utf8_lossy`],
/// with one exception: the three bytes of an encoded surrogate, or its first two if the third is
/// missing, are one run in Java, but one run per byte there.
///
/// ```
/// use hellohi_client::console::decode;
/// assert_eq!(decode(b"\xE4\xB8y"), "\u{FFFD}y");
/// assert_eq!(decode(b"\xED\xA0\x80"), "\u{FFFD}");
/// assert_eq!(String::from_utf8_lossy(b"\xED\xA0\x80"), "\u{FFFD}\u{FFFD}\u{FFFD}");
/// ```
pub fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(chunk) = rest.utf8_chunks().next() {
        text.push_str(chunk.valid());
        rest = &rest[chunk.valid().len()..];
        if !rest.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            rest = &rest[malformed_run(rest).unwrap_or(chunk.invalid().len())..];
        }
    }
    text
}

fn malformed_run(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => Some(3),
        [0xED, 0xA0..=0xBF, ..] => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
