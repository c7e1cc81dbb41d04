//! A run of the client: connect, converse, end.

use std::io;

use hellohi_proto::JavaStr;

use crate::args::Args;
use crate::connect::{self, Candidates};
use crate::console::Lines;
use crate::error::Error;
use crate::output::{Format, OnWriteError, Output, OutputError, notice};
use crate::session::{Session, SessionError};
use crate::{stop, terminal};

/// Does what the command line says.
///
/// # Errors
///
/// [`Error`] at the first step that fails, after standard output has received all that came before.
pub fn run(args: &Args) -> Result<(), Error> {
    let output = Output {
        format: Format::of_stdout(args.json),
        // System.out loses what it cannot write, so client.java goes on.
        on_write_error: if args.once {
            OnWriteError::Ignore
        } else {
            OnWriteError::Fail
        },
    };
    if let Some(text) = args.generated() {
        return Ok(output.write_bytes(&text.map_err(OutputError)?)?);
    }
    if args.once {
        stop::end_as_java().map_err(Error::Signals)?;
    }
    output.banner()?;
    let candidates = if args.once {
        Candidates::First
    } else {
        Candidates::All
    };
    let (stream, peer) = connect::connect(&args.address, candidates, args.timeout)?;
    output.connected(peer)?;
    let session = Session::new(stream, peer, args.timeout);
    if args.once {
        once(&session, &output)
    } else if let Some((editor, printer)) = terminal::editor(output.format) {
        // People on both sides may be silent for long.
        terminal::converse(editor, printer, &session.without_timeout())
    } else {
        line_by_line(&session, &output)
    }
}

fn once(session: &Session, output: &Output) -> Result<(), Error> {
    let line = Lines::new(io::stdin().lock()).next();
    let line = line.ok_or(Error::NoInput)?.map_err(Error::Input)?;
    // client.java prints nothing on standard error unless it fails.
    exchange(session, output, &line, 0, |_| {})?;
    // client.java has its reply and does not notice if the connection is reset now.
    let _ = session.finish_sending();
    Ok(())
}

fn line_by_line(session: &Session, output: &Output) -> Result<(), Error> {
    for (replies, line) in Lines::new(io::stdin().lock()).enumerate() {
        exchange(
            session,
            output,
            &line.map_err(Error::Input)?,
            replies,
            notice,
        )?;
    }
    // Every line has its reply, and the next read returns the same error if there is one.
    let _ = session.finish_sending();
    while let Some(message) = session.receive(notice)? {
        output.received(&message)?;
    }
    Ok(())
}

/// Sends a line and prints its reply. Calls `hint` with the protocol that the server probably
/// speaks instead.
fn exchange(
    session: &Session,
    output: &Output,
    line: &str,
    replies: usize,
    hint: impl FnMut(&str),
) -> Result<(), Error> {
    let message = JavaStr::from_text(line);
    session.send(&message)?;
    output.sent(&message)?;
    let peer = session.peer();
    let reply = session.receive(hint)?;
    let reply = reply.ok_or(SessionError::NoReply { peer, replies })?;
    Ok(output.received(&reply)?)
}
