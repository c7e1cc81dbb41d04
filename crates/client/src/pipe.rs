//! A conversation without a terminal: lines come from a pipe, and messages are printed as they come.
//!
//! With a name, in a room, both directions go on at the same time. Without one, the next line waits for the reply
//! to the one before, as a loop around `client.java` does. In either case messages are printed at once, and the end
//! of the connection is noticed at once.

use std::io;
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use hellohi_proto::JavaStr;

use crate::console::Lines;
use crate::error::Error;
use crate::link::{Heard, Link, Sent};
use crate::output::{Output, notice};
use crate::session::SessionError;

/// Time in which the end of the input may come behind the end of the connection.
const INPUT_GRACE: Duration = Duration::from_secs(3);

/// An event on standard input or on the connection.
enum Event {
    Line(String),
    InputEnded(io::Result<()>),
    Heard(Heard),
    Over(Result<(), SessionError>),
}

/// The state of the conversation.
struct Pipe<'a> {
    link: Arc<Link>,
    output: &'a Output,
    /// Asks the thread that reads the input for the next line.
    next_line: Sender<()>,
    /// Number of lines that were read.
    lines: usize,
    /// A flag that is set while the last line has no reply.
    owes_reply: bool,
    has_input: bool,
    /// Time of the last line, message or end of the input.
    last_event: Instant,
}

/// Sends each line of standard input and prints each message that comes, until both sides have ended the
/// conversation.
///
/// # Errors
///
/// [`Error`] if the connection ends before every line has its reply, or fails, or a line cannot be sent.
pub(crate) fn converse(link: Link, output: &Output) -> Result<(), Error> {
    let (next_line, asked) = channel();
    let (events, happened) = channel();
    let link = Arc::new(link);
    // Both threads may block for ever, so nobody waits for their ends.
    let (input, hearing, heard_over) = (events.clone(), events, Arc::clone(&link));
    thread::spawn(move || read_lines(&asked, &input));
    thread::spawn(move || {
        // Once the conversation is over, nobody takes the events.
        let over = heard_over.hear(|heard| drop(hearing.send(Event::Heard(heard))));
        // The other thread is the last that holds the connection, so it closes it in each run.
        drop(heard_over);
        let _ = hearing.send(Event::Over(over));
    });
    let mut pipe = Pipe {
        link,
        output,
        next_line,
        lines: 0,
        owes_reply: false,
        has_input: true,
        last_event: Instant::now(),
    };
    pipe.ask();
    pipe.run(&happened)
}

fn read_lines(asked: &Receiver<()>, events: &Sender<Event>) {
    let mut lines = Lines::new(io::stdin().lock());
    let mut is_noticed = false;
    for () in asked {
        let event = match lines.next() {
            Some(Ok(line)) => Event::Line(line),
            Some(Err(error)) => Event::InputEnded(Err(error)),
            None => Event::InputEnded(Ok(())),
        };
        if lines.has_replaced() && !is_noticed {
            is_noticed = true;
            notice("the input is not UTF-8 everywhere; what is not is sent as U+FFFD");
        }
        if events.send(event).is_err() {
            return;
        }
    }
}

impl Pipe<'_> {
    fn run(&mut self, happened: &Receiver<Event>) -> Result<(), Error> {
        loop {
            let event = match self.deadline() {
                Some((timeout, deadline)) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    match happened.recv_timeout(left) {
                        Err(RecvTimeoutError::Timeout) => {
                            return self.end(Err(self.timed_out(timeout)));
                        }
                        event => event.ok(),
                    }
                }
                None => happened.recv().ok(),
            };
            self.last_event = Instant::now();
            match event {
                Some(Event::Line(line)) => self.say(&line)?,
                Some(Event::InputEnded(ended)) => {
                    ended.map_err(Error::Input)?;
                    self.end_input();
                }
                Some(Event::Heard(heard)) => self.show(heard)?,
                Some(Event::Over(over @ (Ok(()) | Err(SessionError::Refused { .. }))))
                    if self.awaits_input() =>
                {
                    return self.end_early(over, happened);
                }
                Some(Event::Over(over)) => return self.end(over),
                None => return Ok(()),
            }
        }
    }

    /// Returns whether every line has its reply and the next line has not come.
    fn awaits_input(&self) -> bool {
        self.has_input && !self.is_member() && !self.owes_reply
    }

    /// Ends a conversation that the server has ended before or between lines. That is right if there are no more lines
    /// and the server did not refuse the client.
    fn end_early(
        &mut self,
        over: Result<(), SessionError>,
        happened: &Receiver<Event>,
    ) -> Result<(), Error> {
        loop {
            return match happened.recv_timeout(INPUT_GRACE) {
                Ok(Event::InputEnded(ended)) => {
                    ended.map_err(Error::Input)?;
                    Ok(over?)
                }
                Ok(Event::Line(line)) => {
                    // As client.java, which does not look before it sends.
                    self.say(&line)?;
                    self.end(over)
                }
                Ok(Event::Heard(_) | Event::Over(_)) => continue,
                Err(_) => Err(over.err().unwrap_or_else(|| self.link.closed()).into()),
            };
        }
    }

    /// Returns the timeout, and the time at which the server will have exceeded it, while a message is due.
    fn deadline(&self) -> Option<(Duration, Instant)> {
        let is_due = !self.is_member() && (self.owes_reply || !self.has_input);
        let timeout = self.link.timeout().filter(|_| is_due)?;
        Some((timeout, self.last_event.checked_add(timeout)?))
    }

    fn timed_out(&self, timeout: Duration) -> SessionError {
        SessionError::TimedOut {
            peer: self.link.peer(),
            timeout,
            cause: None,
        }
    }

    fn is_member(&self) -> bool {
        self.link.is_member()
    }

    fn say(&mut self, line: &str) -> Result<(), Error> {
        let message = JavaStr::from_text(line);
        match self.link.send(&message) {
            Ok(Sent::Now) => self.output.sent(&message)?,
            Ok(sent) => notice(&sent.to_string()),
            Err(error @ SessionError::TooLong(_)) => return Err(error.into()),
            // The thread that hears gets the same error, behind the messages that came before it.
            Err(_) => {}
        }
        self.lines += 1;
        if self.is_member() {
            self.ask();
        } else {
            self.owes_reply = true;
        }
        Ok(())
    }

    fn show(&mut self, heard: Heard) -> Result<(), Error> {
        match heard {
            Heard::Message(message) if self.is_member() => self.output.heard(&message)?,
            Heard::Message(message) => {
                self.output.received(&message)?;
                if mem::take(&mut self.owes_reply) {
                    self.ask();
                }
            }
            Heard::Hint(text) | Heard::Status(text) => notice(&text),
        }
        Ok(())
    }

    fn ask(&self) {
        // If the input has ended, there is nothing to ask for.
        let _ = self.next_line.send(());
    }

    /// Tells the server that nothing more is sent. A member that has said nothing came to listen.
    fn end_input(&mut self) {
        self.has_input = false;
        if !self.is_member() || self.lines > 0 {
            // The thread that hears gets the same error.
            let _ = self.link.finish();
        }
    }

    fn end(&self, over: Result<(), SessionError>) -> Result<(), Error> {
        let unheard = self.link.first_unheard();
        let source = match over {
            Err(error) => error,
            Ok(()) if self.owes_reply || unheard.is_some() || !self.link.is_over() => {
                self.link.closed()
            }
            Ok(()) => return Ok(()),
        };
        if self.owes_reply {
            let line = self.lines;
            return Err(Error::Unanswered { source, line });
        }
        match unheard {
            Some(line) => Err(Error::Unheard { source, line }),
            None => Err(source.into()),
        }
    }
}
