//! Peers with one thing wrong, and a control with nothing wrong: what the harness is tested on.
//!
//! Each plays client.java's or server.java's part over plain sockets. The control must be found the
//! same as Java in every case, and every [`Defect`] must be found out. What is wrong with a wire is done
//! where the peer's socket meets it: nobody behind that could tell.

mod client;
mod server;

use std::io::{Write, stdout};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::thread;

use anyhow::Result;
use clap::ValueEnum;
use hellohi_proto::{JavaStr, TooLong};
use socket2::SockRef;

use crate::record::Side;

/// The one thing that is wrong with a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Defect {
    /// Nothing is wrong: the control.
    Control,
    /// The frame's length is byte-swapped.
    LengthLittleEndian,
    /// The frame's length counts characters.
    LengthInCharacters,
    /// The frame's length is one too large.
    LengthOffByOne,
    /// U+0000 is sent as a raw zero byte.
    NulRaw,
    /// Supplementary characters are sent in standard UTF-8.
    EmojiInStandardUtf8,
    /// Lone surrogates are left out.
    LoneSurrogateDropped,
    /// The wire loses the body's last byte.
    ByteDropped,
    /// The wire delivers the body's first byte twice.
    ByteDoubled,
    /// The wire flips one bit of the body's last byte.
    BitFlipped,
    /// The wire delivers the frame when nobody waits for it any longer.
    DelayedPastTheDeadline,
    /// The frame is sent twice.
    FrameTwice,
    /// The sending half is ended before the frame is sent.
    EarlyFin,
    /// The wire ends the connection with a reset.
    RstForFin,
    /// The wire does not deliver the end of the connection.
    NoFin,
    /// The last line has no line end.
    NewlineMissing,
    /// The first line is not printed.
    BannerMissing,
    /// The first line is printed only once the network is there.
    BannerLate,
    /// A log is printed on standard output.
    LogOnStdout,
    /// A failure exits as if there were none.
    ExitZeroOnFailure,
    /// A success exits as if it had failed.
    ExitOneOnSuccess,
    /// It ends by a signal.
    KilledBySignal,
    /// It does not end.
    Hang,
    /// A lone surrogate is printed as U+FFFD.
    LoneSurrogatePrinted,
    /// A body that breaks off is taken as it is.
    CutFrameAccepted,
    /// Malformed bytes are replaced, not refused.
    MalformedReplaced,
    /// Only standard UTF-8 is accepted.
    StrictUtf8,
    /// All that is there is read, and not just a frame.
    ReadsAhead,
    /// White space around a message is not printed.
    MessageTrimmed,
    /// The body is sent back as it came, not as writeUTF writes it.
    EchoIsACopy,
    /// The reply is sent before the request is read.
    ReplyBeforeRequest,
    /// The line about the connection is printed with the message.
    AcceptLineLate,
    /// The port is taken over from whoever has it, or another one used.
    TakenPortIgnored,
    /// The console is read before the connection is made.
    ConsoleBeforeConnect,
    /// Malformed console bytes are counted as Rust counts them.
    ConsoleLossy,
    /// The console is cut at its LFs alone.
    OnlyLineFeeds,
    /// An input without a line is taken for an empty one.
    EndOfInputIsALine,
    /// A line that is too long is cut to what fits.
    TooLongTruncated,
    /// Every line of the console is sent.
    EveryLineSent,
    /// No connection is no failure.
    RefusalIgnored,
    /// Where the first address refuses, the next one is tried.
    EveryAddressTried,
    /// IPv6 is preferred.
    Ipv6First,
    /// The port is given up once a client is there.
    ListenerClosedEarly,
}

impl Defect {
    /// The sides that can have it.
    pub(crate) fn sides(self) -> &'static [Side] {
        match self {
            Defect::LoneSurrogateDropped
            | Defect::EchoIsACopy
            | Defect::ReplyBeforeRequest
            | Defect::AcceptLineLate
            | Defect::TakenPortIgnored
            | Defect::ListenerClosedEarly => &[Side::Server],
            Defect::ConsoleBeforeConnect
            | Defect::ConsoleLossy
            | Defect::OnlyLineFeeds
            | Defect::EndOfInputIsALine
            | Defect::TooLongTruncated
            | Defect::EveryLineSent
            | Defect::RefusalIgnored
            | Defect::EveryAddressTried
            | Defect::Ipv6First => &[Side::Client],
            _ => &Side::BOTH,
        }
    }

    /// Whether it leaves the other side, or the harness, waiting.
    pub(crate) fn makes_wait(self) -> bool {
        matches!(
            self,
            Defect::LengthLittleEndian
                | Defect::LengthOffByOne
                | Defect::ByteDropped
                | Defect::DelayedPastTheDeadline
                | Defect::NoFin
                | Defect::Hang
        )
    }

    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .expect("no variant is skipped")
            .get_name()
            .to_owned()
    }

    /// What is wrong, in a sentence.
    pub(crate) fn about(self) -> String {
        let value = self.to_possible_value().expect("no variant is skipped");
        value
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    /// The body of `message`, with what is wrong with it.
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
                let kept: Vec<u16> = char::decode_utf16(message.units())
                    .filter_map(Result::ok)
                    .flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec())
                    .collect();
                body = hellohi_proto::JavaString::from_utf16(&kept)
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

    /// The frame of `message`, with what is wrong with it.
    fn frame(self, message: &JavaStr) -> Result<Vec<u8>, TooLong> {
        // Whoever is too long for Java is too long here: the error is the codec's own.
        let mut sound = Vec::new();
        if let Err(hellohi_proto::WriteError::TooLong(error)) =
            hellohi_proto::write_utf(&mut sound, message)
        {
            return Err(error);
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

    /// Prints a line as `println` would, or not quite.
    fn print(self, line: &str, is_last: bool) {
        let mut out = stdout().lock();
        let end = if is_last && self == Defect::NewlineMissing {
            ""
        } else {
            "\n"
        };
        write!(out, "{line}{end}").and_then(|()| out.flush()).ok();
    }

    fn banner(self, line: &str, late: bool) {
        match self {
            Defect::BannerMissing => {}
            Defect::BannerLate if !late => {}
            _ if late && self != Defect::BannerLate => {}
            _ => self.print(line, false),
        }
        if self == Defect::LogOnStdout && !late {
            self.print("INFO starting", false);
        }
    }

    /// What is printed of a message.
    fn printed(self, message: &JavaStr) -> String {
        let text = match self {
            Defect::LoneSurrogatePrinted => char::decode_utf16(message.units())
                .map(|unit| unit.unwrap_or('\u{FFFD}'))
                .collect(),
            _ => message.to_console().into_owned(),
        };
        if self == Defect::MessageTrimmed {
            text.trim().to_owned()
        } else {
            text
        }
    }

    /// Sends a frame, in time or not.
    fn send(self, stream: &mut TcpStream, frame: &[u8]) -> Result<()> {
        match self {
            Defect::EarlyFin => stream.shutdown(Shutdown::Write)?,
            Defect::DelayedPastTheDeadline => never(),
            _ => {}
        }
        stream.write_all(frame)?;
        Ok(())
    }

    /// Before the connection is closed for good.
    fn closing(self, stream: &TcpStream) -> Result<()> {
        match self {
            Defect::RstForFin => {
                SockRef::from(stream).set_linger(Some(std::time::Duration::ZERO))?;
            }
            Defect::NoFin => never(),
            // As a Java socket closes: a FIN first, and a RST behind it if something is unread.
            _ => {
                stream.shutdown(Shutdown::Write).ok();
            }
        }
        Ok(())
    }
}

/// Plays `side` with `defect`.
pub(crate) fn run(side: Side, defect: Defect) -> Result<ExitCode> {
    let outcome = match side {
        Side::Client => client::play(defect),
        Side::Server => server::play(defect),
    };
    if let Err(error) = &outcome {
        eprintln!("mutant: {error:#}");
    }
    match defect {
        Defect::KilledBySignal => std::process::abort(),
        Defect::Hang => never(),
        Defect::ExitZeroOnFailure => Ok(ExitCode::SUCCESS),
        Defect::ExitOneOnSuccess => Ok(ExitCode::FAILURE),
        _ => Ok(if outcome.is_ok() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }),
    }
}

/// The modified UTF-8 of `text`, but standard UTF-8 for the characters that are `standard`.
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

fn never() -> ! {
    loop {
        thread::park();
    }
}
