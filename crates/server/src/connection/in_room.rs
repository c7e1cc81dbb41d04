//! The part of a connection that only a server with a room needs.

use std::mem;
use std::task::{Context, Poll};

use hellohi_proto::JavaStr;
use tokio::time::Instant;

use super::Connection;
use crate::disconnect::DisconnectReason;
use crate::keep_alive::keep_alive;
use crate::reply::{self, ReplyError};
use crate::room::{Answer, Visitor};
use crate::transcript;

impl Connection {
    /// Waits until the client may speak, and gives the room the frames that have waited. Returns whether there were
    /// any.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let Some(visitor) = &mut self.visitor else {
            return Poll::Ready(false);
        };
        let hurry = self.client.server.drain_deadline.get().is_some();
        if visitor.poll_may_speak(hurry, cx).is_pending() {
            self.waiting_since = Instant::now();
            return Poll::Pending;
        }
        let holds_frame = self.holds_frame();
        if holds_frame {
            let received = mem::take(&mut self.unanswered);
            self.take_frames(&received, cx);
        }
        Poll::Ready(holds_frame)
    }

    /// Tells a member why its connection ends, and the others why it leaves.
    pub(super) fn leave_room(&mut self, reason: &DisconnectReason) {
        if self.is_member() && reason.can_be_told() && self.has_sent_all() {
            // If the socket is full, the client cannot be told.
            let line = Visitor::last_line(&reason.to_string());
            let sent = self.stream.0.try_write(&line).unwrap_or(0);
            self.client.server.counters.sent.add(sent as u64);
        }
        if let Some(visitor) = &mut self.visitor {
            visitor.leaves_because(reason.for_others());
        }
    }

    /// Returns whether the client may be silent for ever, because it only listens to a room.
    pub(super) fn is_quiet_member(&self) -> bool {
        self.is_member()
            && self.has_sent_all()
            && self.unanswered.is_empty()
            && self.client.server.drain_deadline.get().is_none()
    }

    pub(super) fn is_member(&self) -> bool {
        self.visitor.as_deref().is_some_and(Visitor::is_member)
    }

    /// Returns whether a whole frame waits until the room takes it.
    pub(super) fn holds_frame(&self) -> bool {
        self.visitor.is_some() && reply::body_at(&self.unanswered, 0).is_some()
    }

    /// Gives the whole frames of `received` to the room, as far as the client may speak, and keeps the rest.
    pub(super) fn take_frames(&mut self, received: &[u8], cx: &mut Context<'_>) {
        let hurry = self.client.server.drain_deadline.get().is_some();
        let mut replies = Vec::new();
        let mut consumed = 0;
        while let Some(body) = reply::body_at(received, consumed) {
            let Some(visitor) = &mut self.visitor else {
                break;
            };
            // The caller has asked for the first frame.
            if consumed > 0 && visitor.poll_may_speak(hurry, cx).is_pending() {
                break;
            }
            if let Err(reason) = self.take_message(body, &mut replies) {
                self.disconnect = Some(Box::new(reason));
                break;
            }
            consumed += 2 + body.len();
            self.count_messages(1);
        }
        if consumed > 0 || self.unanswered.is_empty() {
            self.waiting_since = Instant::now();
        }
        self.unanswered = received[consumed..].to_vec();
        self.send(&replies);
    }

    /// Gives one message to the room, and appends what is sent back.
    fn take_message(&mut self, body: &[u8], replies: &mut Vec<u8>) -> Result<(), DisconnectReason> {
        let message = JavaStr::from_mutf8(body).map_err(ReplyError::from)?;
        let Some(visitor) = &mut self.visitor else {
            return Ok(());
        };
        if let Some((writer, style)) = &self.client.server.config.transcript {
            let mut line = Vec::new();
            transcript::write_message(&mut line, Some(visitor.name()), &message, *style);
            writer.push(&line);
        }
        let was_member = visitor.is_member();
        match visitor.take(&message) {
            Answer::Echo => {
                let length = message.body_length().map_err(ReplyError::from)?;
                replies.extend_from_slice(&length.to_be_bytes());
                replies.extend_from_slice(message.as_bytes());
            }
            Answer::Frames(frames) => replies.extend(frames),
            Answer::Taken => {}
            Answer::Quit => return Err(DisconnectReason::Quit),
        }
        if !was_member && visitor.is_member() {
            let limits = &self.client.server.config.limits;
            keep_alive(&self.stream.0, limits.link_timeout)?;
            visitor.receives_at(&self.stream.0);
        }
        Ok(())
    }
}
