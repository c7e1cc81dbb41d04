//! Makes a segment readable: counts its numbers from the connection's start, and cuts its payload into
//! frames' parts.
//!
//! A frame with `hello` was sent in pieces of 1, 2 and 1 bytes. [`Frames`] remembers where it is in the
//! frame:
//!
//! ```text
//! 00        length, not complete
//! 05 68     length 5 | body "h"
//! 65        body "e", 3 bytes of it to come
//! ```

use etherparse::{TcpOptionElement, TcpOptionsIterator};
use serde::{Deserialize, Serialize};

use crate::dissector::Dissector;
use crate::payload::{in_one_line, text};
use crate::tcp::end_of;
use recorder::{self, Connection, Side};

/// A segment on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownSegment {
    pub from: Side,
    /// Number of the client's connection that it belongs to, counted from 1.
    pub connection: usize,
    /// Names of the flags that are set, in the order `SYN`, `FIN`, `RST`, `PSH`, `ACK`.
    pub flags: Vec<String>,
    pub sequence: Number,
    pub acknowledgement: Option<Number>,
    /// The segment that this acknowledgement is the first to confirm.
    pub confirms: Option<Confirmed>,
    /// Window as in the header; `window_bytes` is scaled if both ends scale (RFC 7323).
    pub window: u16,
    pub window_bytes: u32,
    /// Options of a SYN, such as `mss 65495` and `window scale 7`.
    pub options: Vec<String>,
    /// `true` if the same bytes or flags have been sent before.
    pub again: bool,
    /// Number of bytes of payload.
    pub length: usize,
    /// The beginning of the payload, cut at the borders of frames' parts.
    pub pieces: Vec<Piece>,
}

/// A sequence number, counted from the sender's first, and as it stands in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    pub relative: u32,
    pub absolute: u32,
}

/// The last segment that an acknowledgement covers: `acknowledgement = sequence + length`, plus one for a SYN
/// or FIN in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    pub sequence: u32,
    pub length: usize,
    pub syn: bool,
    pub fin: bool,
}

/// Bytes of a payload that belong to one part of a frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub part: Part,
    #[serde(with = "hex")]
    pub bytes: Vec<u8>,
    /// Meaning of the bytes: the length in decimal, or the text.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    Length,
    Body,
}

impl ShownSegment {
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|set| set == flag)
    }

    /// Returns the relative sequence number after it.
    pub fn end(&self) -> u32 {
        let flags = u32::from(self.has("SYN")) + u32::from(self.has("FIN"));
        self.sequence.relative + self.length as u32 + flags
    }

    /// Returns the most important thing about it: `syn`, `fin`, `rst`, `data` or `ack`.
    pub fn kind(&self) -> &'static str {
        match () {
            () if self.has("RST") => "rst",
            () if self.has("SYN") => "syn",
            () if self.has("FIN") => "fin",
            () if self.length > 0 => "data",
            () => "ack",
        }
    }
}

/// Returns the segments of `connection`, the `number`th of its client, with their payloads taken apart.
pub fn all(connection: &Connection, number: usize, dissector: Dissector) -> Vec<ShownSegment> {
    let mut ends = Side::BOTH.map(|side| Direction::new(connection, side));
    let scales = ends.iter().all(|end| end.scale.is_some());
    let segments = connection.segments.iter().map(|segment| {
        let (own, peer) = match (segment.from, &mut ends) {
            (Side::Client, [client, server]) => (client, server),
            (Side::Server, [client, server]) => (server, client),
        };
        let again = own.again(segment);
        let pieces = if again {
            Vec::new()
        } else {
            match dissector {
                Dissector::WriteUtf => own.frames.cut(&segment.payload),
                Dissector::Raw | Dissector::Lines => whole(&segment.payload),
            }
        };
        let shift = own.scale.filter(|_| scales && !segment.syn).unwrap_or(0);
        let row = ShownSegment {
            from: segment.from,
            connection: number,
            flags: flags(segment),
            sequence: own.number(segment.sequence),
            acknowledgement: segment.acknowledgement.map(|number| peer.number(number)),
            confirms: segment
                .acknowledgement
                .and_then(|number| peer.confirm(number)),
            window: segment.window,
            window_bytes: u32::from(segment.window) << shift,
            options: if segment.syn {
                options(&segment.options)
            } else {
                Vec::new()
            },
            again,
            length: segment.payload.len(),
            pieces,
        };
        own.note(segment);
        row
    });
    segments.collect()
}

/// One direction of a connection, as far as it was sent and confirmed.
struct Direction {
    first: u32,
    scale: Option<u8>,
    /// Segments that take sequence numbers and are not confirmed yet: relative end, and explanation.
    unconfirmed: Vec<(u32, Confirmed)>,
    /// Relative sequence number after everything that was sent.
    next: u32,
    frames: Frames,
}

impl Direction {
    fn new(connection: &Connection, side: Side) -> Direction {
        let mut sent = connection
            .segments
            .iter()
            .filter(|segment| segment.from == side);
        let first = sent.next();
        Direction {
            first: first.map_or(0, |segment| segment.sequence),
            scale: first
                .filter(|segment| segment.syn)
                .and_then(|segment| scale(&segment.options)),
            unconfirmed: Vec::new(),
            next: 0,
            frames: Frames::default(),
        }
    }

    fn number(&self, absolute: u32) -> Number {
        Number {
            relative: absolute.wrapping_sub(self.first),
            absolute,
        }
    }

    fn again(&self, segment: &recorder::Segment) -> bool {
        let occupies = segment.syn || segment.fin || !segment.payload.is_empty();
        occupies && end_of(segment).wrapping_sub(self.first) <= self.next
    }

    fn note(&mut self, segment: &recorder::Segment) {
        let end = end_of(segment).wrapping_sub(self.first);
        if end > self.next {
            let what = Confirmed {
                sequence: segment.sequence.wrapping_sub(self.first),
                length: segment.payload.len(),
                syn: segment.syn,
                fin: segment.fin,
            };
            self.unconfirmed.push((end, what));
            self.next = end;
        }
    }

    /// Returns the last segment that `number` is the first to confirm.
    fn confirm(&mut self, number: u32) -> Option<Confirmed> {
        let number = number.wrapping_sub(self.first);
        let (done, open) = self.unconfirmed.iter().partition(|(end, _)| *end <= number);
        self.unconfirmed = open;
        let done: Vec<(u32, Confirmed)> = done;
        done.last().map(|(_, what)| *what)
    }
}

/// Returns a payload in one piece, as text, or nothing if there is none.
fn whole(payload: &[u8]) -> Vec<Piece> {
    let piece = (!payload.is_empty()).then(|| Piece {
        part: Part::Body,
        bytes: payload.to_vec(),
        text: in_one_line(&String::from_utf8_lossy(payload)),
    });
    piece.into_iter().collect()
}

/// The position of the next byte in a frame.
#[derive(Debug, Default)]
pub struct Frames {
    header: Vec<u8>,
    body_left: usize,
}

impl Frames {
    /// Cuts the next bytes of the stream at the end of each length and of each body.
    pub fn cut(&mut self, mut bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let (part, size) = match self.body_left {
                0 => (Part::Length, 2 - self.header.len()),
                left => (Part::Body, left),
            };
            let (piece, rest) = bytes.split_at(size.min(bytes.len()));
            bytes = rest;
            let text = match part {
                Part::Length => self.length(piece),
                Part::Body => {
                    self.body_left -= piece.len();
                    text(piece)
                }
            };
            pieces.push(Piece {
                part,
                bytes: piece.to_vec(),
                text,
            });
        }
        pieces
    }

    fn length(&mut self, piece: &[u8]) -> String {
        self.header.extend(piece);
        let &[high, low] = &self.header[..] else {
            return String::new();
        };
        self.header.clear();
        self.body_left = u16::from_be_bytes([high, low]).into();
        self.body_left.to_string()
    }
}

fn flags(segment: &recorder::Segment) -> Vec<String> {
    let flags = [
        ("SYN", segment.syn),
        ("FIN", segment.fin),
        ("RST", segment.rst),
        ("PSH", segment.psh),
        ("ACK", segment.acknowledgement.is_some()),
    ];
    let set = flags.into_iter().filter(|(_, set)| *set);
    set.map(|(name, _)| name.to_owned()).collect()
}

fn options(options: &[u8]) -> Vec<String> {
    use TcpOptionElement::*;
    let known = TcpOptionsIterator::from_slice(options).filter_map(Result::ok);
    known
        .filter_map(|option| match option {
            MaximumSegmentSize(size) => Some(format!("mss {size}")),
            WindowScale(shift) => Some(format!(
                "window scale {shift} (×{})",
                1_u32 << shift.min(14)
            )),
            SelectiveAcknowledgementPermitted => Some("sack".into()),
            Timestamp(value, _) => Some(format!("timestamp {value}")),
            SelectiveAcknowledgement(..) | Noop => None,
        })
        .collect()
}

fn scale(options: &[u8]) -> Option<u8> {
    TcpOptionsIterator::from_slice(options)
        .filter_map(Result::ok)
        .find_map(|option| match option {
            TcpOptionElement::WindowScale(shift) => Some(shift.min(14)),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_in_single_bytes_keeps_its_parts_apart() {
        let mut frames = Frames::default();
        let parts: Vec<_> = b"\0\x02hi\0\0\0\x01!"
            .iter()
            .flat_map(|&byte| frames.cut(&[byte]))
            .map(|piece| (piece.part, piece.text))
            .collect();
        use Part::{Body, Length};
        let expected = [
            (Length, ""),
            (Length, "2"),
            (Body, "h"),
            (Body, "i"),
            (Length, ""),
            (Length, "0"),
            (Length, ""),
            (Length, "1"),
            (Body, "!"),
        ];
        let expected = expected.map(|(part, text)| (part, text.to_owned()));
        assert_eq!(parts, expected);
    }

    #[test]
    fn two_frames_in_one_segment_are_four_pieces() {
        let pieces = Frames::default().cut(b"\0\x05hello\0\x06\xe4\xbd\xa0\xe5\xa5\xbd");
        let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(texts, ["5", "hello", "6", "你好"]);
    }
}
