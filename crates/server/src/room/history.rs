//! The last messages of a room, for whoever joins.

use std::collections::VecDeque;
use std::time::SystemTime;

use super::line;
use super::name::Name;

/// The last messages of a room, at most so many, and at most so many bytes.
#[derive(Debug)]
pub(crate) struct History {
    messages: VecDeque<Message>,
    /// Number of messages that are kept.
    most: usize,
    /// Number of bytes that are left for further messages.
    bytes_left: usize,
}

#[derive(Debug)]
struct Message {
    time: SystemTime,
    name: Name,
    text: String,
}

impl History {
    /// Creates a history of at most `most` messages and `bytes` bytes of text.
    pub(crate) fn new(most: usize, bytes: usize) -> Self {
        Self {
            messages: VecDeque::new(),
            most,
            bytes_left: bytes,
        }
    }

    /// Adds a message, and forgets the oldest ones that there is no place for.
    pub(crate) fn add(&mut self, time: SystemTime, name: &Name, text: &str) {
        while self.messages.len() >= self.most || self.bytes_left < text.len() {
            let Some(oldest) = self.messages.pop_front() else {
                return;
            };
            self.bytes_left += oldest.text.len();
        }
        self.bytes_left -= text.len();
        self.messages.push_back(Message {
            time,
            name: name.clone(),
            text: text.to_owned(),
        });
    }

    /// Appends the frames of all messages: `* 2026-11-26T09:30:00Z alice: hi`.
    pub(crate) fn write(&self, frames: &mut Vec<u8>) {
        for Message { time, name, text } in &self.messages {
            let time = humantime::format_rfc3339_seconds(*time);
            frames.extend(line::frames(&format!("{}{time} {name}: ", line::OWN), text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_messages_are_forgotten_when_there_are_too_many_or_too_long_ones() {
        let written = |most, bytes, texts: &[&str]| {
            let mut history = History::new(most, bytes);
            for text in texts {
                history.add(SystemTime::UNIX_EPOCH, &Name::of_guest(1), text);
            }
            let mut frames = Vec::new();
            history.write(&mut frames);
            let texts = String::from_utf8_lossy(&frames).into_owned();
            texts
                .split("guest-1: ")
                .skip(1)
                .map(|text| text[..1].to_owned())
                .collect::<String>()
        };
        assert_eq!(written(2, 100, &["a", "b", "c"]), "bc");
        assert_eq!(written(9, 4, &["aa", "bb", "c"]), "bc");
        assert_eq!(written(9, 4, &["a", "bbbbb"]), "");
        assert_eq!(written(0, 4, &["a"]), "");
    }
}
