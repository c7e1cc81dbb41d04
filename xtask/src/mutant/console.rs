//! A mutant's console: reads and decodes lines as Java does, except for the defect.

use std::io::{BufRead, BufReader, Read, stdin};

use anyhow::{Context, Result, ensure};
use hellohi_client::console::{Lines, decode};

use super::{Defect, LONGEST};

/// Reads the lines to send. Without a defect that is one line.
pub(super) fn lines(defect: Defect) -> Result<Vec<String>> {
    if defect == Defect::ImpatientAtTheConsole {
        wait_for_input()?;
    }
    let mut input = BufReader::new(stdin());
    if defect == Defect::ImpatientForTheLine {
        let piece = input.fill_buf()?.to_vec();
        if first_line(&piece).len() == piece.len() && !piece.is_empty() {
            wait_for_input()?;
        }
    }
    match defect {
        Defect::EveryLineSent => Ok(Lines::new(input).collect::<Result<_, _>>()?),
        Defect::EndOfInputIsALine => match Lines::new(input).next() {
            None => Ok(vec![String::new()]),
            line => Ok(vec![line.context("no line")??]),
        },
        Defect::TooLongAtOnce => {
            let mut line = Vec::new();
            while let piece @ [_, ..] = input.fill_buf()? {
                let (used, start) = (piece.len(), first_line(piece));
                line.extend_from_slice(start);
                ensure!(line.len() <= LONGEST, "too long");
                if start.len() < used {
                    break;
                }
                input.consume(used);
            }
            ensure!(!line.is_empty(), "no line");
            Ok(vec![decode(&line)])
        }
        Defect::OnlyLineFeeds => Ok(vec![decode(&raw_line(input)?)]),
        Defect::PieceIsTheLine => {
            let piece = input.fill_buf()?;
            ensure!(!piece.is_empty(), "no line");
            Ok(vec![decode(first_line(piece))])
        }
        Defect::PiecesDecodedAlone => in_pieces(input, usize::MAX).map(|line| vec![line]),
        Defect::BlocksDecodedAlone => in_pieces(input, 512).map(|line| vec![line]),
        Defect::ConsoleReadToItsEnd => {
            let mut all = Vec::new();
            input.read_to_end(&mut all)?;
            ensure!(!all.is_empty(), "no line");
            Ok(vec![decode(first_line(&all))])
        }
        Defect::WaitsBehindReturn => {
            let line = until_line_end(&mut input)?;
            if line.ends_with(b"\r") {
                input.fill_buf()?;
            }
            Ok(vec![decode(first_line(&line))])
        }
        Defect::ConsoleLossy
        | Defect::MalformedByTheByte
        | Defect::MalformedRunsJoined
        | Defect::CutCharacterDropped
        | Defect::LineCut => {
            let line = until_line_end(&mut input)?;
            Ok(vec![decoded(defect, first_line(&line))])
        }
        _ => {
            let line = Lines::new(input).next().context("no line")??;
            Ok(vec![text(defect, line)])
        }
    }
}

/// Returns a line that was decoded as Java does it, with the defect.
fn text(defect: Defect, line: String) -> String {
    let before = |ends: &[char]| line.split(ends).next().unwrap_or_default().to_owned();
    match defect {
        Defect::UnicodeLineEnds => before(&['\u{85}', '\u{2028}', '\u{2029}']),
        Defect::NulEndsTheLine => before(&['\0']),
        Defect::ByteOrderMarkDropped => line.trim_start_matches('\u{feff}').to_owned(),
        Defect::Normalised => line.replace("e\u{301}", "é"),
        _ => line,
    }
}

/// Decodes a line, with the defect.
fn decoded(defect: Defect, line: &[u8]) -> String {
    match defect {
        Defect::LineCut => decode(&line[..line.len().min(4095)]),
        Defect::MalformedByTheByte => by_chunks(line, <[u8]>::len),
        Defect::CutCharacterDropped => {
            let mut text = decode(line);
            if !line.ends_with("\u{fffd}".as_bytes()) && text.ends_with('\u{fffd}') {
                text.pop();
            }
            text
        }
        Defect::MalformedRunsJoined => {
            let mut text = by_chunks(line, |_| 1);
            while text.contains("\u{fffd}\u{fffd}") {
                text = text.replace("\u{fffd}\u{fffd}", "\u{fffd}");
            }
            text
        }
        _ => String::from_utf8_lossy(line).into_owned(),
    }
}

/// Decodes `line`, and writes `count` times U+FFFD for each malformed part.
fn by_chunks(line: &[u8], count: impl Fn(&[u8]) -> usize) -> String {
    let mut text = String::new();
    for chunk in line.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('\u{fffd}', count(chunk.invalid())));
    }
    text
}

/// Reads a line and decodes each read by itself, or each `most` bytes of a read.
fn in_pieces(mut input: impl BufRead, most: usize) -> Result<String> {
    let mut text = String::new();
    let mut empty = true;
    loop {
        let piece = input.fill_buf()?;
        let piece = &piece[..piece.len().min(most)];
        if piece.is_empty() {
            ensure!(!empty, "no line");
            return Ok(text);
        }
        empty = false;
        let line = first_line(piece);
        text.push_str(&decode(line));
        let (used, ends) = (piece.len(), line.len() < piece.len());
        input.consume(used);
        if ends {
            return Ok(text);
        }
    }
}

/// Reads up to and including the first CR or LF, or to the end of the input.
fn until_line_end(input: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    loop {
        let buffer = input.fill_buf()?;
        let end = buffer.iter().position(|byte| b"\r\n".contains(byte));
        let used = end.map_or(buffer.len(), |end| end + 1);
        line.extend_from_slice(&buffer[..used]);
        input.consume(used);
        if end.is_some() || used == 0 {
            ensure!(!line.is_empty(), "no line");
            return Ok(line);
        }
    }
}

fn first_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| b"\r\n".contains(byte));
    &bytes[..end.unwrap_or(bytes.len())]
}

fn raw_line(mut input: impl BufRead) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    input.read_until(b'\n', &mut line)?;
    ensure!(!line.is_empty(), "no line");
    line.pop_if(|byte| *byte == b'\n');
    Ok(line)
}

/// Waits until there is input, or fails after the timeout.
#[cfg(unix)]
fn wait_for_input() -> Result<()> {
    use std::os::fd::AsFd;

    use nix::poll::{PollFd, PollFlags, poll};
    let stdin = stdin();
    let mut console = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    let timeout = u16::try_from(super::TIMEOUT.as_millis())?;
    ensure!(poll(&mut console, timeout)? > 0, "no line in time");
    Ok(())
}

#[cfg(not(unix))]
fn wait_for_input() -> Result<()> {
    super::wait_forever()
}

/// Waits until there is input, or fails when the connection is reset.
#[cfg(unix)]
pub(super) fn wait_for_input_or_reset(stream: &std::net::TcpStream) -> Result<()> {
    use std::os::fd::AsFd;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let stdin = stdin();
    // A reset is reported without being asked for.
    let mut both = [
        PollFd::new(stdin.as_fd(), PollFlags::POLLIN),
        PollFd::new(stream.as_fd(), PollFlags::empty()),
    ];
    poll(&mut both, PollTimeout::NONE)?;
    ensure!(both[1].any() != Some(true), "the connection was reset");
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn wait_for_input_or_reset(_: &std::net::TcpStream) -> Result<()> {
    super::wait_forever()
}
