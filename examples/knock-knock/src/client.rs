//! Prints what the server says, and answers with lines of the console.

use std::env;
use std::error::Error;
use std::io::{self, BufReader, StdinLock};
use std::net::TcpStream;
use std::process::ExitCode;

use like_java::{connect, print_line};

use crate::protocol::BYE;
use crate::server::say;

/// Runs the client of the host and the port in the program's arguments. `from_server` makes lines of what the
/// server sends, `from_console` of the console.
///
/// # Errors
///
/// The second argument is no port, where Java throws `NumberFormatException`.
pub fn talk<S, C>(
    from_server: impl FnOnce(BufReader<TcpStream>) -> S,
    from_console: impl FnOnce(StdinLock<'static>) -> C,
) -> Result<ExitCode, Box<dyn Error>>
where
    S: Iterator<Item = io::Result<String>>,
    C: Iterator<Item = io::Result<String>>,
{
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [host, port] = &arguments[..] else {
        eprintln!("Usage: knock-client <host name> <port number>");
        return Ok(ExitCode::FAILURE);
    };
    if let Err(error) = talk_to(host, port.parse()?, from_server, from_console) {
        eprintln!("Couldn't get I/O for the connection to {host}: {error}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn talk_to<S, C>(
    host: &str,
    port: u16,
    from_server: impl FnOnce(BufReader<TcpStream>) -> S,
    from_console: impl FnOnce(StdinLock<'static>) -> C,
) -> io::Result<()>
where
    S: Iterator<Item = io::Result<String>>,
    C: Iterator<Item = io::Result<String>>,
{
    let server = connect(host, port)?;
    let mut console = from_console(io::stdin().lock());
    for line in from_server(BufReader::new(server.try_clone()?)) {
        let line = line?;
        print_line(format_args!("Server: {line}"));
        if line == BYE {
            break;
        }
        if let Some(answer) = console.next() {
            let answer = answer?;
            print_line(format_args!("Client: {answer}"));
            say(&server, &answer);
        }
    }
    Ok(())
}
