//! One client's connection.
//!
//! A connection owns no buffer while its client is silent. All of a thread's connections read
//! into one scratch buffer; every whole message in it is answered by one write, straight from
//! the same buffer where the reply is what was received. Only an incomplete message and unsent
//! replies are kept, and nothing is read while replies are unsent.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hellohi_proto::MAX_BODY;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::accept::Seat;
use crate::end::{self, End};
use crate::reply::{self, Answers};
use crate::room::{Member, Room};
use crate::{Server, transcript};

/// The size of the buffer into which all connections of a thread read; holds any frame.
pub(crate) const SCRATCH: usize = 256 * 1024;
const _: () = assert!(SCRATCH > 2 + MAX_BODY);

/// How long a connection must be silent to end when the server stops.
const QUIET: Duration = Duration::from_millis(100);

thread_local! {
    static SCRATCH_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH].into());
}

/// Serves one client until its connection ends.
pub(crate) async fn serve(stream: TcpStream, peer: SocketAddr, seat: Seat, server: Arc<Server>) {
    let mut connection = Connection::new(stream, peer, &server);
    let end = connection.until_end(&server).await;
    connection.close(&end, &server);
    drop(seat);
}

struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    room: Option<Member>,
    /// What is received and not answered: the start of a frame, or one that has no answer.
    unanswered: Vec<u8>,
    /// Replies the client has no room for.
    unsent: Vec<u8>,
    /// What ends the connection once all replies are sent.
    end: Option<End>,
    /// When the time began after which the client counts as idle or its frame as slow.
    since: Instant,
    bytes: u64,
    messages: u64,
    suspect: bool,
}

impl Connection {
    fn new(stream: TcpStream, peer: SocketAddr, server: &Server) -> Self {
        Self {
            stream,
            peer,
            room: server.room.as_ref().map(Room::enter),
            unanswered: Vec::new(),
            unsent: Vec::new(),
            end: None,
            since: Instant::now(),
            bytes: 0,
            messages: 0,
            suspect: false,
        }
    }

    async fn until_end(&mut self, server: &Server) -> End {
        let mut timer = pin!(sleep_until(self.deadline(server)));
        let mut stop = pin!(server.stop.cancelled());
        let mut stopping = false;
        poll_fn(|cx| {
            if let Poll::Ready(end) = self.poll_serve(server, cx) {
                return Poll::Ready(end);
            }
            if !stopping && stop.as_mut().poll(cx).is_ready() {
                stopping = true;
                self.since = Instant::now();
            }
            self.poll_deadline(server, timer.as_mut(), cx)
        })
        .await
    }

    /// The timer is set anew only where it would be too late, or has fired too early: serving a
    /// message costs a glance at the clock.
    fn poll_deadline(
        &self,
        server: &Server,
        mut timer: Pin<&mut Sleep>,
        cx: &mut Context<'_>,
    ) -> Poll<End> {
        let deadline = self.deadline(server);
        if deadline < timer.deadline() {
            timer.as_mut().reset(deadline);
        }
        ready!(timer.as_mut().poll(cx));
        while timer.deadline() < deadline {
            timer.as_mut().reset(deadline);
            ready!(timer.as_mut().poll(cx));
        }
        Poll::Ready(self.late(server, deadline))
    }

    fn deadline(&self, server: &Server) -> Instant {
        let limits = &server.config.limits;
        match server.drained_by.get() {
            Some(&end) if self.has_sent_all() => end.min(self.since + QUIET),
            Some(&end) => end,
            None if self.is_inside_frame() => self.since + limits.frame_timeout,
            None => self.since + limits.idle_timeout,
        }
    }

    fn late(&self, server: &Server, deadline: Instant) -> End {
        match server.drained_by.get() {
            Some(&end) if deadline < end => End::Drained,
            Some(_) => End::Cut,
            None if self.is_inside_frame() => End::SlowFrame,
            None => End::Idle,
        }
    }

    /// Whether the rest of a frame is awaited; not so while the client does not take its replies.
    fn is_inside_frame(&self) -> bool {
        !self.unanswered.is_empty() && self.has_sent_all()
    }

    fn has_sent_all(&self) -> bool {
        self.unsent.is_empty() && !self.room.as_ref().is_some_and(Member::is_behind)
    }

    fn poll_serve(&mut self, server: &Server, cx: &mut Context<'_>) -> Poll<End> {
        SCRATCH_BUFFER.with_borrow_mut(|scratch| {
            loop {
                if let Err(end) = ready!(self.poll_send(cx)) {
                    return Poll::Ready(end);
                }
                if let Some(end) = self.end.take() {
                    return Poll::Ready(end);
                }
                match ready!(self.poll_receive(scratch, cx)) {
                    Ok([]) => self.end = Some(self.closed()),
                    Ok(received) => {
                        self.answer(received, server, cx);
                        if received.len() == SCRATCH {
                            // There is more; the others first.
                            cx.waker().wake_by_ref();
                            return Poll::Pending;
                        }
                    }
                    Err(error) => return Poll::Ready(End::Lost(error)),
                }
            }
        })
    }

    /// Sends what is unsent.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), End>> {
        while !self.unsent.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.unsent))?;
            self.unsent.drain(..sent);
            self.since = Instant::now();
        }
        self.unsent = Vec::new();
        let Some(member) = &mut self.room else {
            return Poll::Ready(Ok(()));
        };
        let before = member.heard();
        let heard = member.poll_hear(&mut self.stream, cx);
        if member.heard() > before {
            self.since = Instant::now();
        }
        heard.map_err(End::from)
    }

    /// Reads what there is, behind what has come of the frame before; nothing at the stream's end.
    fn poll_receive<'a>(
        &mut self,
        scratch: &'a mut [u8],
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<&'a [u8]>> {
        let before = self.unanswered.len();
        let mut buffer = ReadBuf::new(scratch);
        buffer.put_slice(&self.unanswered);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        let filled = buffer.filled().len();
        self.bytes += (filled - before) as u64;
        Poll::Ready(Ok(if filled == before {
            &[]
        } else {
            &scratch[..filled]
        }))
    }

    fn answer(&mut self, received: &[u8], server: &Server, cx: &mut Context<'_>) {
        let reply = server.config.reply;
        let answers = match &server.config.transcript {
            None => Answers::to(received, reply, |_| ()),
            Some((lines, style)) => lines.push(|out| {
                Answers::to(received, reply, |message| {
                    transcript::said(out, message, *style);
                })
            }),
        };
        if answers.messages > 0 || self.unanswered.is_empty() {
            self.since = Instant::now();
        }
        if self.is_doubtful(&answers, received) {
            self.suspect = end::log_suspicion(self.peer, received, &server.throttles);
        }
        self.messages += answers.messages;
        if answers.consumed == 0 {
            let before = self.unanswered.len();
            self.unanswered.extend_from_slice(&received[before..]);
        } else {
            self.unanswered = received[answers.consumed..].to_vec();
        }
        self.end = answers.unanswerable.map(End::from);
        self.send(&answers.frames, cx);
    }

    /// Sends straight from `frames`, and keeps what the client has no room for.
    fn send(&mut self, frames: &[u8], cx: &mut Context<'_>) {
        if frames.is_empty() {
            return;
        }
        if let Some(member) = &self.room {
            return member.say(frames);
        }
        match Pin::new(&mut self.stream).poll_write(cx, frames) {
            Poll::Ready(Ok(sent)) => self.unsent = frames[sent..].to_vec(),
            Poll::Ready(Err(error)) => self.end = Some(End::Lost(error)),
            Poll::Pending => self.unsent = frames.to_vec(),
        }
    }

    fn closed(&self) -> End {
        match self.unanswered.len() {
            0 => End::Closed,
            bytes => End::ClosedInside(bytes),
        }
    }

    /// Closes as Java does: with a reset where it would have left bytes unread.
    fn close(self, end: &End, server: &Server) {
        let Self {
            bytes, messages, ..
        } = self;
        server.totals.add(messages, matches!(end, End::Cut));
        end.log(
            self.peer,
            bytes,
            messages,
            &self.unanswered,
            &server.throttles,
        );
        if matches!(end, End::Unanswerable(_)) && self.has_read_too_far() {
            let _ = self.stream.set_zero_linger();
        }
    }

    /// Whether there is more than the frame that has no answer.
    fn has_read_too_far(&self) -> bool {
        reply::body_at(&self.unanswered, 0)
            .is_some_and(|body| self.unanswered.len() > 2 + body.len())
    }

    /// Whether the client's first bytes need a closer look: a good client's are a whole frame
    /// that is not empty.
    fn is_doubtful(&self, answers: &Answers<'_>, received: &[u8]) -> bool {
        let is_first_look = self.unanswered.is_empty();
        let is_incomplete = answers.messages == 0 && (is_first_look || received.len() < 64);
        let begins_empty = is_first_look && received.starts_with(&[0, 0]);
        !self.suspect && self.messages == 0 && (is_incomplete || begins_empty)
    }
}
