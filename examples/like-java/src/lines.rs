//! Lines as `BufferedReader.readLine` reads them over an `InputStreamReader` with UTF-8.
//!
//! `BufRead::lines` differs in three ways. The bytes `a CR b` are two lines in Java and one there. `a CR` at the
//! end of the input is the line `a` in Java and `a CR` there. `E9` is the line U+FFFD in Java and an error there.

use std::io::{self, BufRead, ErrorKind};
use std::mem;

/// The lines of a stream, without their ends.
///
/// A line ends with LF, CR, CR LF or the end of the input, and is returned as soon as its end has been read. The
/// LF of a CR LF is dropped when the next line is asked for.
pub struct Lines<R> {
    reader: R,
    after_return: bool,
}

impl<R: BufRead> Lines<R> {
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            after_return: false,
        }
    }

    fn read(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        loop {
            let buffer = match self.reader.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            if buffer.is_empty() {
                return Ok((!line.is_empty()).then(|| decode(&line)));
            }
            let skipped = usize::from(mem::take(&mut self.after_return) && buffer[0] == b'\n');
            let rest = &buffer[skipped..];
            let end = rest.iter().position(|byte| b"\r\n".contains(byte));
            line.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
            self.after_return = end.is_some_and(|end| rest[end] == b'\r');
            let used = skipped + end.map_or(rest.len(), |end| end + 1);
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some(decode(&line)));
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// Decodes UTF-8 with one U+FFFD for each malformed run. An encoded surrogate is one run in Java, and one run for
/// each byte in [`String::from_utf8_lossy`].
fn decode(mut bytes: &[u8]) -> String {
    let mut text = String::new();
    while let Some(chunk) = bytes.utf8_chunks().next() {
        text.push_str(chunk.valid());
        bytes = &bytes[chunk.valid().len()..];
        if !bytes.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            let run = match bytes {
                [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => 3,
                [0xED, 0xA0..=0xBF, ..] => 2,
                _ => chunk.invalid().len(),
            };
            bytes = &bytes[run..];
        }
    }
    text
}
