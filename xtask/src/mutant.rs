//! Mutants: deliberately broken peers on which the harness is tested, and a control that is not broken.
//!
//! Each mutant behaves like client.java or server.java, except for one [`Defect`], which must fail a case. The control
//! must be the same as Java in every case. A mutant also stands in for a faulty network: it changes what it sends
//! right before its socket, and the other side cannot tell the difference.

mod client;
mod console;
mod defect;
mod process;
mod server;

use std::io::{IsTerminal, Read, Write, stdout};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use hellohi_proto::{JavaStr, TooLong};
use socket2::SockRef;

pub(crate) use defect::Defect;
use recorder::Side;

/// Number of bytes in the longest body.
const LONGEST: usize = 65_535;

/// Time after which a mutant with an `Impatient…` defect gives up.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The output of a mutant that prints everything at its end.
static DELAYED_OUTPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

impl Defect {
    /// Returns the body of `message`, with the defect.
    fn body(self, message: &JavaStr) -> Vec<u8> {
        let mut body = message.as_bytes().to_vec();
        match self {
            Defect::NulRaw => {
                let text = message.to_console();
                if !text.contains('?') {
                    body = body_of_text(&text, |c| c == '\0');
                }
            }
            Defect::EmojiInStandardUtf8 => {
                let text = message.to_console();
                body = body_of_text(&text, |c| u32::from(c) > 0xFFFF);
            }
            Defect::LoneSurrogateDropped => {
                let paired: Vec<u16> = char::decode_utf16(message.units())
                    .filter_map(Result::ok)
                    .flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec())
                    .collect();
                body = hellohi_proto::JavaString::from_utf16(&paired)
                    .as_bytes()
                    .to_vec();
            }
            Defect::NoncharactersReplaced => {
                let replaced = message.units().map(|unit| match unit {
                    0xFFFE | 0xFFFF => 0xFFFD,
                    _ => unit,
                });
                let replaced: Vec<u16> = replaced.collect();
                body = hellohi_proto::JavaString::from_utf16(&replaced)
                    .as_bytes()
                    .to_vec();
            }
            Defect::ByteDoubled if !body.is_empty() => body.insert(0, body[0]),
            Defect::BitFlipped => {
                if let Some(last) = body.last_mut() {
                    *last ^= 1;
                }
            }
            _ => {}
        }
        body
    }

    /// Returns the frame of `message`, with the defect.
    fn frame(self, message: &JavaStr) -> Result<Vec<u8>, TooLong> {
        // Refuses the same lengths as Java's writeUTF: the error is the codec's own.
        let mut sound = Vec::new();
        if let Err(hellohi_proto::WriteError::TooLong(error)) =
            hellohi_proto::write_utf(&mut sound, message)
        {
            let fits = message.to_console().len() <= LONGEST;
            if !(self == Defect::LimitInStandardUtf8 && fits) {
                return Err(error);
            }
        }
        let body = self.body(message);
        let length = body.len() as u16;
        let prefix = match self {
            Defect::LengthLittleEndian => length.to_le_bytes(),
            Defect::LengthInCharacters => (message.units().count() as u16).to_be_bytes(),
            Defect::LengthOffByOne => length.wrapping_add(1).to_be_bytes(),
            _ => length.to_be_bytes(),
        };
        let mut frame = [&prefix[..], &body].concat();
        match self {
            Defect::ByteDropped => drop(frame.pop()),
            Defect::FrameTwice => frame.extend_from_within(..),
            _ => {}
        }
        Ok(frame)
    }

    /// Prints a line as Java's `println` does, with the defect.
    fn print(self, line: &str, is_last: bool) {
        let end = if is_last && self == Defect::NewlineMissing {
            ""
        } else {
            "\n"
        };
        let text = format!("{line}{end}");
        if self == Defect::OutputAtTheEnd {
            let mut output = DELAYED_OUTPUT.lock().expect("nobody panics");
            output.extend(text.as_bytes());
            return;
        }
        if self == Defect::ImpatientToPrint && !process::output_is_ready() {
            std::process::exit(1);
        }
        #[cfg(unix)]
        if self == Defect::ShortPrint {
            // The number of bytes that were written is ignored.
            let _ = nix::unistd::write(stdout(), text.as_bytes());
            return;
        }
        let mut out = stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        if written.is_err() {
            process::output_failed(self);
        }
    }

    /// Prints the first line. It is called twice: before the program uses the network, and (`late`) after.
    fn banner(self, line: &str, late: bool) {
        match self {
            Defect::BannerMissing => {}
            Defect::BannerLate if !late => {}
            _ if late && self != Defect::BannerLate => {}
            _ => self.print(line, false),
        }
        match self {
            Defect::LogOnStdout if !late => self.print("INFO starting", false),
            Defect::LogOnStderr if !late => eprintln!("INFO starting"),
            Defect::PromptAtATerminal if !late && stdout().is_terminal() => self.print("> ", false),
            _ => {}
        }
    }

    /// Returns the text that is printed for a message.
    fn printed(self, message: &JavaStr) -> String {
        let text = match self {
            Defect::LoneSurrogatePrinted => text(message.units(), '\u{FFFD}'),
            Defect::PrintedInBlocks => {
                let units: Vec<u16> = message.units().collect();
                let blocks = units.chunks(1024);
                blocks
                    .map(|block| text(block.iter().copied(), '?'))
                    .collect()
            }
            Defect::LastSurrogateNotPrinted => {
                let mut text = message.to_console().into_owned();
                let last = message.units().next_back();
                if last.is_some_and(|unit| (0xD800..0xDC00).contains(&unit)) {
                    text.pop();
                }
                text
            }
            _ => message.to_console().into_owned(),
        };
        match self {
            Defect::MessageTrimmed => text.trim().to_owned(),
            Defect::PrivatePrintedAsQuestion => text.replace('\u{e000}', "?"),
            Defect::PrintedUpToNul => text.split('\0').next().unwrap_or_default().to_owned(),
            Defect::ControlsEscaped => {
                let visible = |c: char| match c {
                    '\t' => "\t".to_owned(),
                    _ if c.is_ascii_control() => c.escape_unicode().to_string(),
                    _ => c.to_string(),
                };
                text.chars().map(visible).collect()
            }
            _ => text,
        }
    }

    /// Sends a frame, with the defect.
    fn send(self, stream: &mut TcpStream, frame: &[u8]) -> Result<()> {
        match self {
            Defect::EarlyFin => stream.shutdown(Shutdown::Write)?,
            Defect::DelayedPastTheDeadline => wait_forever(),
            _ => {}
        }
        if self == Defect::ImpatientToWrite {
            stream.set_write_timeout(Some(TIMEOUT))?;
            // A single call returns the number of bytes that were written in time.
            let written = stream.write(frame)?;
            ensure!(written == frame.len(), "not written in time");
            return Ok(());
        }
        if self == Defect::ShortWrite {
            // The number of bytes that were written is ignored.
            let _ = stream.write(frame)?;
            return Ok(());
        }
        stream.write_all(frame)?;
        Ok(())
    }

    /// Does what comes before the socket is closed.
    fn closing(self, mut stream: &TcpStream) -> Result<()> {
        match self {
            Defect::RstForFin => {
                SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
            }
            Defect::NoFin => wait_forever(),
            Defect::NoShutdown => {}
            Defect::WaitsForTheEnd => while stream.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {},
            // A Java socket sends a FIN first, and then a RST if something is unread.
            _ => {
                stream.shutdown(Shutdown::Write).ok();
            }
        }
        Ok(())
    }
}

/// Plays `side` with `defect`.
pub(crate) fn run(side: Side, defect: Defect) -> Result<ExitCode> {
    process::begin(defect)?;
    let outcome = match side {
        Side::Client => client::play(defect),
        Side::Server => server::play(defect),
    };
    let output = DELAYED_OUTPUT.lock().expect("nobody panics");
    stdout().write_all(&output).ok();
    if let Err(error) = &outcome
        && defect != Defect::FailsSilently
    {
        let line = format!("mutant: {error:#}\n");
        let printed = std::io::stderr().write_all(line.as_bytes());
        if printed.is_err() && defect == Defect::PanicsOfBrokenErrors {
            return Ok(ExitCode::from(101));
        }
    }
    match defect {
        Defect::KilledBySignal => std::process::abort(),
        Defect::Hang => wait_forever(),
        Defect::ExitZeroOnFailure => Ok(ExitCode::SUCCESS),
        Defect::ExitOneOnSuccess => Ok(ExitCode::FAILURE),
        _ => Ok(if outcome.is_ok() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }),
    }
}

/// Returns the text of `units`, with `replacement` for each lone surrogate.
fn text(units: impl Iterator<Item = u16>, replacement: char) -> String {
    let units = char::decode_utf16(units);
    units.map(|unit| unit.unwrap_or(replacement)).collect()
}

/// Returns `text` in modified UTF-8, except that characters for which `standard` is true are in standard UTF-8.
fn body_of_text(text: &str, standard: impl Fn(char) -> bool) -> Vec<u8> {
    let mut body = Vec::new();
    for c in text.chars() {
        let text = c.encode_utf8(&mut [0; 4]).to_owned();
        if standard(c) {
            body.extend(text.as_bytes());
        } else {
            body.extend(JavaStr::from_text(&text).as_bytes());
        }
    }
    body
}

/// Waits forever.
fn wait_forever() -> ! {
    loop {
        thread::park();
    }
}
