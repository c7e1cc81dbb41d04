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
use tracing::{debug, warn};

use crate::accept::Seat;
use crate::reply::{Answers, Unanswerable};
use crate::{Server, transcript};

/// The size of the buffer into which all connections of a thread read; holds any frame.
const SCRATCH: usize = 256 * 1024;
const _: () = assert!(SCRATCH > 2 + MAX_BODY);

/// How long a connection must be silent to end when the server stops.
const QUIET: Duration = Duration::from_millis(100);

thread_local! {
    static SCRATCH_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH].into());
}

/// Serves one client until its connection ends.
pub(crate) async fn serve(stream: TcpStream, peer: SocketAddr, seat: Seat, server: Arc<Server>) {
    let mut connection = Connection::new(stream);
    let end = connection.until_end(&server).await;
    let Connection {
        bytes, messages, ..
    } = connection;
    match end {
        End::Closed | End::Drained => debug!(%peer, bytes, messages, "{end}"),
        _ => warn!(%peer, bytes, messages, "{end}"),
    }
    server.totals.add(messages, matches!(end, End::Cut));
    connection.close(&end);
    drop(seat);
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("closed by the client")]
    Closed,
    #[error("closed by the client {0} bytes into a frame")]
    ClosedInside(usize),
    #[error(transparent)]
    Unanswerable(#[from] Unanswerable),
    #[error("connection lost: {0}")]
    Lost(#[from] io::Error),
    #[error("silent for too long (--idle-timeout)")]
    Idle,
    #[error("a frame took too long (--frame-timeout)")]
    SlowFrame,
    #[error("drained")]
    Drained,
    #[error("cut at the end of the drain time (--drain-timeout)")]
    Cut,
}

struct Connection {
    stream: TcpStream,
    /// The start of a frame whose end has not come.
    incomplete: Vec<u8>,
    /// Replies the client has no room for.
    unsent: Vec<u8>,
    /// What ends the connection once all replies are sent.
    end: Option<End>,
    /// When the time began after which the client counts as idle or its frame as slow.
    since: Instant,
    bytes: u64,
    messages: u64,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            incomplete: Vec::new(),
            unsent: Vec::new(),
            end: None,
            since: Instant::now(),
            bytes: 0,
            messages: 0,
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
            Some(&end) if self.unsent.is_empty() => end.min(self.since + QUIET),
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
        !self.incomplete.is_empty() && self.unsent.is_empty()
    }

    fn poll_serve(&mut self, server: &Server, cx: &mut Context<'_>) -> Poll<End> {
        SCRATCH_BUFFER.with_borrow_mut(|scratch| {
            loop {
                if let Err(error) = ready!(self.poll_send(cx)) {
                    return Poll::Ready(End::Lost(error));
                }
                if let Some(end) = self.end.take() {
                    return Poll::Ready(end);
                }
                match ready!(self.poll_receive(scratch, cx)) {
                    Ok([]) => self.end = Some(self.closed()),
                    Ok(received) => self.answer(received, server, cx),
                    Err(error) => return Poll::Ready(End::Lost(error)),
                }
            }
        })
    }

    /// Sends what is unsent.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.unsent))?;
            self.unsent.drain(..sent);
            self.since = Instant::now();
        }
        self.unsent = Vec::new();
        Poll::Ready(Ok(()))
    }

    /// Reads what there is, behind what has come of the frame before; nothing at the stream's end.
    fn poll_receive<'a>(
        &mut self,
        scratch: &'a mut [u8],
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<&'a [u8]>> {
        let before = self.incomplete.len();
        let mut buffer = ReadBuf::new(scratch);
        buffer.put_slice(&self.incomplete);
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
        if answers.messages > 0 || self.incomplete.is_empty() {
            self.since = Instant::now();
        }
        self.messages += answers.messages;
        if answers.consumed == 0 {
            let before = self.incomplete.len();
            self.incomplete.extend_from_slice(&received[before..]);
        } else {
            self.incomplete = received[answers.consumed..].to_vec();
        }
        self.end = answers.unanswerable.map(End::from);
        self.send(&answers.frames, cx);
    }

    /// Sends straight from `frames`, and keeps what the client has no room for.
    fn send(&mut self, frames: &[u8], cx: &mut Context<'_>) {
        if frames.is_empty() {
            return;
        }
        match Pin::new(&mut self.stream).poll_write(cx, frames) {
            Poll::Ready(Ok(sent)) => self.unsent = frames[sent..].to_vec(),
            Poll::Ready(Err(error)) => self.end = Some(End::Lost(error)),
            Poll::Pending => self.unsent = frames.to_vec(),
        }
    }

    fn closed(&self) -> End {
        match self.incomplete.len() {
            0 => End::Closed,
            bytes => End::ClosedInside(bytes),
        }
    }

    /// Closes as Java does: with a reset where it would have left bytes unread.
    fn close(self, end: &End) {
        if matches!(end, End::Unanswerable(_)) && !self.incomplete.is_empty() {
            let _ = self.stream.set_zero_linger();
        }
    }
}
