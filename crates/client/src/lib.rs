//! The hello/hi chat client.
#![forbid(unsafe_code)]

pub mod args;
pub mod connect;
pub mod console;
pub mod output;
pub mod session;

use std::io;

use hellohi_proto::JavaStr;

use crate::args::Args;
use crate::connect::{ConnectError, Try};
use crate::console::Lines;
use crate::output::{Format, print};
use crate::session::{Session, SessionError};

/// Why the client failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The conversation failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Standard input cannot be read.
    #[error("cannot read standard input: {0}")]
    Input(io::Error),
    /// Standard input has no line, where client.java wants one.
    #[error("standard input ended before there was a line to send")]
    NoInput,
    /// Standard output cannot be written.
    #[error("cannot write standard output: {0}")]
    Output(io::Error),
}

/// Does what the command line says.
pub fn run(args: &Args) -> Result<(), Error> {
    let format = if args.json {
        Format::Json
    } else {
        Format::of_stdout()
    };
    if args.once {
        once(args, format)
    } else {
        line_by_line(args, format)
    }
}

/// client.java, step by step. Like its `System.out` it goes on where standard output cannot be
/// written.
fn once(args: &Args, format: Format) -> Result<(), Error> {
    let _ = print(format.banner());
    let mut session = connect(args, Try::First)?;
    let _ = print(&format.connected(session.peer()));
    let line = Lines::new(io::stdin().lock())
        .next()
        .ok_or(Error::NoInput)?
        .map_err(Error::Input)?;
    let message = JavaStr::from_text(&line);
    session.send(&message)?;
    let _ = print(&format.sent(&message));
    let reply = session.reply()?;
    let _ = print(&format.received(&reply));
    session.finish();
    Ok(())
}

fn line_by_line(args: &Args, format: Format) -> Result<(), Error> {
    print(format.banner()).map_err(Error::Output)?;
    let mut session = connect(args, Try::All)?;
    print(&format.connected(session.peer())).map_err(Error::Output)?;
    for line in Lines::new(io::stdin().lock()) {
        let line = line.map_err(Error::Input)?;
        let message = JavaStr::from_text(&line);
        session.send(&message)?;
        print(&format.sent(&message)).map_err(Error::Output)?;
        let reply = session.reply()?;
        print(&format.received(&reply)).map_err(Error::Output)?;
    }
    session.finish();
    while let Some(message) = session.receive()? {
        print(&format.received(&message)).map_err(Error::Output)?;
    }
    Ok(())
}

fn connect(args: &Args, which: Try) -> Result<Session, ConnectError> {
    let (stream, peer) = connect::connect(&args.address, which, args.timeout)?;
    Ok(Session::new(stream, peer, args.timeout))
}
