//! A run of the client: connect, converse, end.

use std::io;

use hellohi_proto::JavaStr;

use crate::args::Args;
use crate::connect::{self, Candidates};
use crate::console::Lines;
use crate::error::Error;
use crate::join::Target;
use crate::link::Link;
use crate::output::{Format, OnWriteError, Output, OutputError};
use crate::session::Session;
use crate::terminal::Terminal;
use crate::{pipe, stop};

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
    if args.once {
        let (stream, peer) = connect::connect(&args.address, Candidates::First, args.timeout)?;
        return once(&Session::new(stream, peer, args.timeout), &output);
    }
    let target = Target {
        address: args.address.clone(),
        timeout: args.timeout,
    };
    let (link, welcome) = Link::open(target, args.name.clone(), args.reconnect)?;
    output.connected(link.peer())?;
    if let Some(terminal) = Terminal::open(output.format, args, link.is_member()) {
        return terminal.converse(link, welcome);
    }
    if let Some(welcome) = welcome {
        output.heard(&welcome)?;
    }
    pipe::converse(link, &output)
}

fn once(session: &Session, output: &Output) -> Result<(), Error> {
    let line = Lines::new(io::stdin().lock()).next();
    let line = line.ok_or(Error::NoInput)?.map_err(Error::Input)?;
    session.send(&JavaStr::from_text(&line))?;
    // client.java prints nothing on standard error unless it fails.
    output.received(&session.receive_first()?)?;
    // client.java has its reply and does not notice if the connection is reset now.
    let _ = session.finish_sending();
    Ok(())
}
