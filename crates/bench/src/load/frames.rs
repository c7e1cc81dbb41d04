//! The frames that clients send, one behind the other, as one endless sequence of bytes.
//!
//! Thirteen different frames repeat, so `bytes_at(position, length)` is a slice of one buffer at
//! `position % (13 * frame_size)`. The buffer holds a few frames more than these, for a slice that begins in
//! the last of them. A client that has received 5 bytes of frames of 18 compares the next 20 with
//! `bytes_at(5, 20)`: the end of the first frame and the beginning of the second.

/// Number of different frames. A reply on the wrong connection is most likely another frame.
const FRAMES: usize = 13;

/// Number of frames that one client may have in flight.
pub(crate) const MAX_IN_FLIGHT: usize = 16;

/// An endless sequence of frames of one size.
#[derive(Debug)]
pub(crate) struct Frames {
    bytes: Vec<u8>,
    frame: usize,
}

impl Frames {
    /// The frames whose bodies have `body` bytes, from 2 to 65535, of Latin and Chinese text.
    pub(crate) fn new(body: u16) -> Frames {
        let frames = FRAMES + MAX_IN_FLIGHT;
        let bytes: Vec<u8> = (0..frames)
            .flat_map(|n| nth_frame(n % FRAMES, body.into()))
            .collect();
        Frames {
            frame: bytes.len() / frames,
            bytes,
        }
    }

    /// Returns the number of bytes of a frame, its length included.
    pub(crate) fn frame_size(&self) -> u64 {
        self.frame as u64
    }

    /// Returns `length` bytes from `position` on, at most [`MAX_IN_FLIGHT`] frames.
    pub(crate) fn bytes_at(&self, position: u64, length: usize) -> &[u8] {
        let start = (position % (FRAMES * self.frame) as u64) as usize;
        &self.bytes[start..start + length]
    }
}

/// Returns frame `n`. Its text has no NUL and only characters of the BMP, whose UTF-8 is modified UTF-8 too.
fn nth_frame(n: usize, body: usize) -> Vec<u8> {
    let mut text = format!("{n:x} ");
    for c in "hello, 你好! naïve ".chars().cycle() {
        if text.len() + c.len_utf8() > body {
            break;
        }
        text.push(c);
    }
    let padding = body - text.len();
    text.extend(std::iter::repeat_n('.', padding));
    frame(&text)
}

/// Returns the frame of `text`, which has no NUL, only characters of the BMP, and at most 65,535 bytes.
pub(crate) fn frame(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("a body has at most 65535 bytes");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_whole_frames_of_the_asked_size_over_and_over() {
        for body in [2, 16, 17, 256, 65535] {
            let frames = Frames::new(body);
            assert_eq!(frames.frame_size(), u64::from(body) + 2);
            let first = frames.bytes_at(0, frames.frame);
            assert_eq!(first[..2], body.to_be_bytes());
            assert!(std::str::from_utf8(&first[2..]).is_ok());
            assert_eq!(
                frames.bytes_at(FRAMES as u64 * frames.frame_size(), frames.frame),
                first
            );
            assert_ne!(frames.bytes_at(frames.frame_size(), frames.frame), first);
        }
    }
}
