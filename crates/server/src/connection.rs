//! One client's connection.
//!
//! A connection owns no buffer while its client is silent. All connections of a thread read into
//! one scratch buffer. One write sends the replies to all whole messages in it, straight from the
//! same buffer if the replies are the received bytes. A connection keeps only an incomplete message
//! and unsent replies, and it reads nothing while replies are unsent.
//!
//! An incomplete message grows in the connection and is copied once, in front of the read that
//! completes it. For example, `hello` arrives in three reads:
//!
//! 1. `00 05 h e` is kept.
//! 2. `l l` is appended: `00 05 h e l l` is kept.
//! 3. `o` completes the message, perhaps with more messages behind it. The kept bytes are copied in
//!    front of it, and `00 05 h e l l o …` is answered.
//!
//! Therefore the cost of a read is in proportion to the bytes that it brings.

mod in_room;
mod socket;
mod timeouts;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hellohi_proto::MAX_BODY;
use tokio::io::AsyncWrite as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use crate::client::Client;
use crate::config::SCRATCH;
use crate::disconnect::{self, DisconnectReason};
use crate::reply::{self, Replies};
use crate::room::Visitor;
use crate::transcript;
use socket::Socket;

const _: () = assert!(SCRATCH > 2 + MAX_BODY);

/// Index in the scratch buffer at which a read begins. The incomplete frame before it has room in
/// front.
const READ_OFFSET: usize = (2 + MAX_BODY).next_multiple_of(4096);

/// Number of bytes from which a foreign protocol can be recognised.
const MIN_DIAGNOSED: usize = 4;

thread_local! {
    static SCRATCH_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_OFFSET + SCRATCH].into());
    /// Lines for the transcript. They are made here, because the transcript is locked while it
    /// takes any.
    static TRANSCRIPT_LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One client's connection. It is small, because there may be many that are silent.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Socket,
    /// The client in the room, if the server has one. Dropped before `client`, because a member's visitor holds the
    /// socket too, and a client is counted as long as its socket is open.
    visitor: Option<Box<Visitor>>,
    client: Client,
    /// Received bytes without a reply: the start of a frame, a frame that cannot be answered, or in a room the
    /// frames that have to wait.
    unanswered: Vec<u8>,
    /// Replies that the socket had no room for. Empty once all are sent.
    unsent: Box<[u8]>,
    /// Number of bytes of `unsent` that are sent already.
    sent: usize,
    /// The reason to disconnect once all replies are sent.
    disconnect: Option<Box<DisconnectReason>>,
    /// Time from which the idle timeout or the frame timeout counts.
    waiting_since: Instant,
    bytes: u64,
    messages: u64,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, client: Client) -> Self {
        Self {
            stream: Socket(Arc::new(stream)),
            visitor: client
                .server
                .room
                .as_ref()
                .map(|room| Box::new(room.enter())),
            client,
            unanswered: Vec::new(),
            unsent: Box::default(),
            sent: 0,
            disconnect: None,
            waiting_since: Instant::now(),
            bytes: 0,
            messages: 0,
        }
    }

    /// Serves the client until its connection ends.
    #[expect(
        clippy::manual_async_fn,
        reason = "an async fn holds the connection twice, as its argument and as its variable"
    )]
    pub(crate) fn serve(mut self) -> impl Future<Output = ()> + Send {
        async move {
            let server = Arc::clone(&self.client.server);
            let mut timer = pin!(sleep_until(self.deadline()));
            let mut stop = pin!(server.stop.cancelled());
            let mut are_wakers_set = false;
            let mut is_stopping = false;
            let reason = poll_fn(|cx| {
                if let Poll::Ready(reason) = self.poll_serve(cx) {
                    return Poll::Ready(reason);
                }
                if !is_stopping && server.drain_deadline.get().is_some() {
                    is_stopping = true;
                    self.waiting_since = Instant::now();
                }
                // Once set, the timer and the stop signal wake the task, so they need no poll when
                // only the socket did. Of all that a client does, only the beginning of a frame
                // brings the deadline nearer.
                let may_be_nearer = is_stopping || !self.unanswered.is_empty();
                if are_wakers_set && !may_be_nearer && !timer.is_elapsed() {
                    return Poll::Pending;
                }
                if !are_wakers_set {
                    are_wakers_set = true;
                    let _ = stop.as_mut().poll(cx);
                }
                self.poll_deadline(timer.as_mut(), cx)
            })
            .await;
            self.close(&reason);
        }
    }

    fn has_sent_all(&self) -> bool {
        self.unsent.is_empty() && !self.visitor.as_deref().is_some_and(Visitor::is_behind)
    }

    fn poll_serve(&mut self, cx: &mut Context<'_>) -> Poll<DisconnectReason> {
        SCRATCH_BUFFER.with_borrow_mut(|scratch| {
            loop {
                if let Err(reason) = ready!(self.poll_send(cx)) {
                    return Poll::Ready(reason);
                }
                if let Some(reason) = self.disconnect.take() {
                    return Poll::Ready(*reason);
                }
                if ready!(self.poll_room(cx)) {
                    continue;
                }
                let capacity = SCRATCH - self.unanswered.len();
                match ready!(self.poll_receive(&mut scratch[READ_OFFSET..][..capacity], cx)) {
                    Ok(0) => self.disconnect = Some(Box::new(self.reason_of_end())),
                    Ok(read) => {
                        self.process_read(scratch, read, cx);
                        if read == capacity {
                            // There may be more to read. Other connections have their turn first.
                            cx.waker().wake_by_ref();
                            return Poll::Pending;
                        }
                    }
                    Err(error) => return Poll::Ready(DisconnectReason::Io(error)),
                }
            }
        })
    }

    /// Sends the unsent replies and what this member of a room has not been sent yet.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), DisconnectReason>> {
        while !self.unsent.is_empty() {
            let rest = &self.unsent[self.sent..];
            let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, rest))?;
            self.client.server.counters.sent.add(sent as u64);
            self.sent += sent;
            if self.sent == self.unsent.len() {
                self.unsent = Box::default();
                self.sent = 0;
            }
            self.waiting_since = Instant::now();
        }
        let Some(visitor) = &mut self.visitor else {
            return Poll::Ready(Ok(()));
        };
        let before = visitor.sent();
        let result = visitor.poll_deliver(&mut self.stream, cx);
        // Messages of other members do not prolong the time for an incomplete frame.
        if visitor.sent() > before && self.unanswered.is_empty() {
            self.waiting_since = Instant::now();
        }
        result.map_err(DisconnectReason::from)
    }

    /// Reads the bytes that are there and returns their number, or 0 at the end of the stream.
    fn poll_receive(&mut self, buffer: &mut [u8], cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let read = ready!(self.stream.poll_read(buffer, cx))?;
        self.bytes += read as u64;
        self.client.server.counters.received.add(read as u64);
        Poll::Ready(Ok(read))
    }

    /// Processes `read` bytes at [`READ_OFFSET`] of `scratch`: answers every whole frame in them
    /// and in the bytes before, and keeps the rest.
    fn process_read(&mut self, scratch: &mut [u8], read: usize, cx: &mut Context<'_>) {
        let before = self.unanswered.len();
        if before == 0 {
            return self.answer(&scratch[READ_OFFSET..][..read], cx);
        }
        let received = &scratch[READ_OFFSET..][..read];
        if reply::completes(&self.unanswered, received) {
            scratch[READ_OFFSET - before..READ_OFFSET].copy_from_slice(&self.unanswered);
            return self.answer(&scratch[READ_OFFSET - before..READ_OFFSET + read], cx);
        }
        self.unanswered.extend_from_slice(received);
        if before < MIN_DIAGNOSED && self.looks_foreign(&self.unanswered) {
            let Client { server, peer } = &self.client;
            disconnect::log_suspicion(*peer, &self.unanswered, &server.throttles);
        }
    }

    fn answer(&mut self, received: &[u8], cx: &mut Context<'_>) {
        if self.unanswered.len() < MIN_DIAGNOSED && self.looks_foreign(received) {
            disconnect::log_suspicion(self.client.peer, received, &self.client.server.throttles);
        }
        if self.visitor.is_some() {
            return self.take_frames(received, cx);
        }
        let config = &self.client.server.config;
        let reply = config.reply;
        let replies = match &config.transcript {
            None => Replies::to(received, reply, |_| ()),
            Some((writer, style)) => TRANSCRIPT_LINES.with_borrow_mut(|lines| {
                let replies = Replies::to(received, reply, |message| {
                    transcript::write_message(lines, None, message, *style);
                });
                if !lines.is_empty() {
                    writer.push(lines);
                    lines.clear();
                    lines.shrink_to(SCRATCH);
                }
                replies
            }),
        };
        if replies.messages > 0 || self.unanswered.is_empty() {
            self.waiting_since = Instant::now();
        }
        self.count_messages(replies.messages);
        self.unanswered = received[replies.consumed..].to_vec();
        self.disconnect = replies.error.map(|error| Box::new(error.into()));
        self.send(&replies.frames);
    }

    /// Sends `frames` without a copy, and keeps the bytes that the socket does not take.
    fn send(&mut self, frames: &[u8]) {
        if frames.is_empty() {
            return;
        }
        match self.stream.0.try_write(frames) {
            Ok(sent) => {
                self.client.server.counters.sent.add(sent as u64);
                self.unsent = frames[sent..].into();
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.unsent = frames.into(),
            Err(error) => self.disconnect = Some(Box::new(DisconnectReason::Io(error))),
        }
    }

    fn count_messages(&mut self, messages: u64) {
        self.messages += messages;
        self.client.server.counters.messages.add(messages);
    }

    fn reason_of_end(&self) -> DisconnectReason {
        match self.unanswered[..] {
            [] => DisconnectReason::Closed,
            [_] => DisconnectReason::ClosedInsideLength,
            [high, low, ref body @ ..] => DisconnectReason::ClosedInside {
                got: body.len(),
                of: u16::from_be_bytes([high, low]).into(),
            },
        }
    }

    /// Counts and logs the end of the connection, and closes it as Java does: with a reset if Java
    /// would have left bytes unread. For a member a reset could overtake the room's last line.
    fn close(&mut self, reason: &DisconnectReason) {
        self.leave_room(reason);
        let Client { server, peer } = &self.client;
        server.counters.cut.add(u64::from(reason.is_cut()));
        let traffic = (self.bytes, self.messages);
        reason.log(*peer, traffic, &self.unanswered, &server.throttles);
        let left_unread =
            matches!(reason, DisconnectReason::Reply(_)) && self.has_read_beyond_frame();
        if left_unread && !self.is_member() {
            let _ = self.stream.0.set_zero_linger();
        }
    }

    /// Returns whether bytes were read behind the frame that cannot be answered.
    fn has_read_beyond_frame(&self) -> bool {
        reply::body_at(&self.unanswered, 0)
            .is_some_and(|body| self.unanswered.len() > 2 + body.len())
    }

    /// Returns whether `received` is all that the client has sent, is long enough to recognise a
    /// protocol, and is not simply a frame.
    fn looks_foreign(&self, received: &[u8]) -> bool {
        if self.bytes != received.len() as u64 || received.len() < MIN_DIAGNOSED {
            return false;
        }
        received.starts_with(&[0, 0]) || reply::body_at(received, 0).is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::task::Waker;

    use super::*;
    use crate::config::Config;
    use crate::state::ServerState;

    #[tokio::test]
    async fn a_frame_in_single_bytes_is_moved_a_few_times_and_not_for_each_byte() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let stream = TcpStream::connect(addr).await.unwrap();
        let client = Client::admit(&Arc::new(ServerState::new(Config::default())), addr).unwrap();
        let mut connection = Connection::new(stream, client);
        let mut scratch = vec![0; READ_OFFSET + SCRATCH];
        let mut cx = Context::from_waker(Waker::noop());
        let mut places = Vec::new();
        for byte in [0xFF, 0xFF].into_iter().chain([b'a'; MAX_BODY]) {
            scratch[READ_OFFSET] = byte;
            connection.bytes += 1;
            connection.process_read(&mut scratch, 1, &mut cx);
            places.push(connection.unanswered.capacity());
        }
        places.dedup();
        assert!(places.len() < 25, "{} allocations", places.len());
        assert_eq!(connection.messages, 1);
        assert_eq!(connection.unanswered.capacity(), 0, "no buffer is kept");
    }
}
