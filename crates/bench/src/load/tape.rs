//! What the clients say: frames that differ from one another, end to end on a tape.

/// Different frames on a tape. A reply that strays to another connection is most likely another frame.
const FRAMES: usize = 13;

/// Frames that one client may have in flight.
pub(crate) const MAX_IN_FLIGHT: usize = 16;

/// An endless stream of frames of one size, any stretch of which is borrowed, not built.
#[derive(Debug)]
pub(crate) struct Tape {
    bytes: Vec<u8>,
    frame: usize,
}

impl Tape {
    /// Frames whose bodies have `body` bytes, from 2 to 65535, of Latin and Chinese text.
    pub(crate) fn new(body: u16) -> Tape {
        let frames = FRAMES + MAX_IN_FLIGHT;
        let bytes: Vec<u8> = (0..frames)
            .flat_map(|n| frame(n % FRAMES, body.into()))
            .collect();
        Tape {
            frame: bytes.len() / frames,
            bytes,
        }
    }

    /// Bytes of one frame, its length included.
    pub(crate) fn frame(&self) -> u64 {
        self.frame as u64
    }

    /// `length` bytes from `position` of the stream, at most [`MAX_IN_FLIGHT`] frames.
    pub(crate) fn at(&self, position: u64, length: usize) -> &[u8] {
        let start = (position % (FRAMES * self.frame) as u64) as usize;
        &self.bytes[start..start + length]
    }
}

/// Without NUL and beyond-BMP text, UTF-8 is modified UTF-8 as it stands.
fn frame(n: usize, body: usize) -> Vec<u8> {
    let mut text = format!("{n:x} ");
    for c in "hello, 你好! naïve ".chars().cycle() {
        if text.len() + c.len_utf8() > body {
            break;
        }
        text.push(c);
    }
    let padding = body - text.len();
    text.extend(std::iter::repeat_n('.', padding));
    let length = u16::try_from(body).expect("a body has at most 65535 bytes");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_is_whole_frames_of_the_asked_size_over_and_over() {
        for body in [2, 16, 17, 256, 65535] {
            let tape = Tape::new(body);
            assert_eq!(tape.frame(), u64::from(body) + 2);
            let first = tape.at(0, tape.frame);
            assert_eq!(first[..2], body.to_be_bytes());
            assert!(std::str::from_utf8(&first[2..]).is_ok());
            assert_eq!(tape.at(FRAMES as u64 * tape.frame(), tape.frame), first);
            assert_ne!(tape.at(tape.frame(), tape.frame), first);
        }
    }
}
