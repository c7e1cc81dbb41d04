//! From received bytes to the bytes of the replies.
//!
//! For example, `00 02 h i 00 01 00 00 09 h a` has two whole frames and the start of a third. With
//! [`Reply::Echo`] the replies are `00 02 h i`, the received bytes, and `00 02 C0 80`, because
//! `writeUTF` sends NUL in two bytes. Two messages are answered, 7 bytes are consumed, and 4 are
//! left.

use std::borrow::Cow;

use hellohi_proto::{DecodeError, JavaStr, TooLong};

/// The kind of reply to a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Reply {
    /// The message itself, as server.java answers
    #[default]
    Echo,
    /// The word hi, whatever the message
    Hi,
    /// The message itself, and a chat room for the clients that send /join NAME
    Room,
}

impl Reply {
    /// Returns the reply to `message`.
    pub(crate) fn to(self, message: &JavaStr) -> Cow<'_, JavaStr> {
        match self {
            Self::Echo | Self::Room => Cow::Borrowed(message),
            Self::Hi => JavaStr::from_text("hi"),
        }
    }
}

/// The replies to all whole frames of one read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Replies<'a> {
    /// The frames to send. They are borrowed if they are the received bytes.
    pub(crate) frames: Cow<'a, [u8]>,
    /// Number of messages that the frames answer.
    pub(crate) messages: u64,
    /// Number of received bytes that the messages take.
    pub(crate) consumed: usize,
    /// The error of the next frame, which cannot be answered. Java would have thrown an exception.
    pub(crate) error: Option<ReplyError>,
}

/// The error of a frame that cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReplyError {
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    #[error("the reply does not fit in a frame: {0}")]
    TooLong(#[from] TooLong),
}

impl<'a> Replies<'a> {
    /// Answers every whole frame at the start of `received`. Calls `on_message` with each message first.
    pub(crate) fn to(
        received: &'a [u8],
        reply: Reply,
        mut on_message: impl FnMut(&JavaStr),
    ) -> Self {
        let mut replies = Self {
            frames: Cow::Borrowed(&[]),
            messages: 0,
            consumed: 0,
            error: None,
        };
        while let Some(body) = body_at(received, replies.consumed) {
            if let Err(error) = replies.add(received, body, reply, &mut on_message) {
                replies.error = Some(error);
                break;
            }
        }
        replies
    }

    fn add(
        &mut self,
        received: &'a [u8],
        body: &[u8],
        reply: Reply,
        on_message: &mut impl FnMut(&JavaStr),
    ) -> Result<(), ReplyError> {
        let message = JavaStr::from_mutf8(body)?;
        on_message(&message);
        let end = self.consumed + 2 + body.len();
        match (reply, &message, &mut self.frames) {
            (Reply::Echo | Reply::Room, Cow::Borrowed(_), Cow::Borrowed(frames)) => {
                *frames = &received[..end];
            }
            (_, _, frames) => {
                let reply = reply.to(&message);
                let length = reply.body_length()?;
                frames.to_mut().extend_from_slice(&length.to_be_bytes());
                frames.to_mut().extend_from_slice(reply.as_bytes());
            }
        }
        self.consumed = end;
        self.messages += 1;
        Ok(())
    }
}

/// Returns the body of the frame that begins at `at`, or `None` while the frame is incomplete.
pub(crate) fn body_at(received: &[u8], at: usize) -> Option<&[u8]> {
    let (length, rest) = received[at..].split_first_chunk()?;
    rest.get(..u16::from_be_bytes(*length).into())
}

/// Returns whether the frame that begins with `start` is whole once `more` has come.
pub(crate) fn completes(start: &[u8], more: &[u8]) -> bool {
    let mut bytes = start.iter().chain(more);
    let (Some(&high), Some(&low)) = (bytes.next(), bytes.next()) else {
        return false;
    };
    start.len() + more.len() >= 2 + usize::from(u16::from_be_bytes([high, low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo(received: &[u8]) -> Replies<'_> {
        Replies::to(received, Reply::Echo, |_| ())
    }

    #[test]
    fn canonical_frames_are_answered_from_the_received_bytes() {
        let replies = echo(b"\0\x02hi\0\0\0\x01!\0\x09half");
        assert!(matches!(
            replies.frames,
            Cow::Borrowed(b"\0\x02hi\0\0\0\x01!")
        ));
        assert_eq!((replies.messages, replies.consumed), (3, 9));
    }

    #[test]
    fn a_frame_that_java_would_rewrite_is_rewritten_among_those_it_would_not() {
        let replies = echo(b"\0\x02hi\0\x01\0\0\x01!");
        assert_eq!(*replies.frames, *b"\0\x02hi\0\x02\xC0\x80\0\x01!");
        assert_eq!((replies.messages, replies.consumed), (3, 10));
    }

    #[test]
    fn frames_before_a_malformed_one_are_answered_and_none_after_it() {
        let replies = echo(b"\0\x02hi\0\x01\xFF\0\x01!");
        assert_eq!(*replies.frames, *b"\0\x02hi");
        assert_eq!((replies.messages, replies.consumed), (1, 4));
        let error = replies.error.unwrap();
        assert_eq!(error.to_string(), "malformed input around byte 0");
    }

    #[test]
    fn an_echo_that_grows_beyond_a_frame_cannot_be_answered() {
        let mut received = vec![0xFF, 0xFF];
        received.resize(2 + 65535, 0);
        let mut seen = 0;
        let replies = Replies::to(&received, Reply::Echo, |_| seen += 1);
        assert!(matches!(replies.error, Some(ReplyError::TooLong(_))));
        assert_eq!((replies.messages, seen), (0, 1));
    }

    #[test]
    fn hi_is_the_answer_to_anything() {
        let replies = Replies::to(b"\0\x05hello\0\0", Reply::Hi, |_| ());
        assert_eq!(*replies.frames, *b"\0\x02hi\0\x02hi");
    }
}
