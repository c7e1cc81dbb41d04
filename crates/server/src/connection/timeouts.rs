//! The deadlines of a connection: for silence, for an incomplete frame, and for the end of the server.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::Connection;
use crate::deadline::deadline;
use crate::disconnect::DisconnectReason;

/// Time for which a connection must be silent to be closed when the server stops.
const DRAIN_SILENCE: Duration = Duration::from_millis(100);

impl Connection {
    /// Returns the reason to disconnect once the deadline has passed.
    ///
    /// The timer is set anew only if it would fire too late or has fired too early, so a message
    /// costs no more than a look at the clock.
    pub(super) fn poll_deadline(
        &mut self,
        mut timer: Pin<&mut Sleep>,
        cx: &mut Context<'_>,
    ) -> Poll<DisconnectReason> {
        let mut deadline = self.deadline();
        if deadline < timer.deadline() {
            timer.as_mut().reset(deadline);
        }
        ready!(timer.as_mut().poll(cx));
        loop {
            if timer.deadline() >= deadline {
                if !self.is_quiet_member() {
                    return Poll::Ready(self.reason_of_timeout(deadline));
                }
                self.waiting_since = Instant::now();
                deadline = self.deadline();
            }
            timer.as_mut().reset(deadline);
            ready!(timer.as_mut().poll(cx));
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        let limits = &self.client.server.config.limits;
        let after = |time| deadline(self.waiting_since, time);
        match self.client.server.drain_deadline.get() {
            Some(&end) if self.has_sent_all() => end.min(after(DRAIN_SILENCE)),
            Some(&end) => end,
            None if self.is_inside_frame() => after(limits.frame_timeout),
            None => after(limits.idle_timeout),
        }
    }

    fn reason_of_timeout(&self, deadline: Instant) -> DisconnectReason {
        match self.client.server.drain_deadline.get() {
            Some(_) if self.is_inside_frame() => DisconnectReason::CutInside,
            Some(&end) if deadline < end => DisconnectReason::Drained,
            Some(_) => DisconnectReason::Cut,
            None if self.is_inside_frame() => DisconnectReason::SlowFrame,
            None => DisconnectReason::Idle,
        }
    }

    /// Returns whether the rest of a frame is awaited. It is not while the client leaves replies
    /// unread.
    fn is_inside_frame(&self) -> bool {
        !self.unanswered.is_empty() && !self.holds_frame() && self.has_sent_all()
    }
}
