//! Tells jokes to one client. The server speaks first.

use std::env;
use std::error::Error;
use std::io::{self, BufReader, Write as _};
use std::net::TcpStream;
use std::process::ExitCode;

use like_java::{Socket, listen, print_line};

use crate::protocol::{BYE, KNOCK, Protocol};

/// Runs the server of the port in the program's argument. `lines` makes lines of what the client sends.
///
/// # Errors
///
/// The argument is no port, where Java throws `NumberFormatException`.
pub fn serve<L>(lines: impl FnOnce(BufReader<TcpStream>) -> L) -> Result<ExitCode, Box<dyn Error>>
where
    L: Iterator<Item = io::Result<String>>,
{
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [port] = &arguments[..] else {
        eprintln!("Usage: knock-server <port number>");
        return Ok(ExitCode::FAILURE);
    };
    let port = port.parse()?;
    if let Err(error) = serve_one(port, lines) {
        print_line(format_args!(
            "Exception caught when listening on port {port} or to a connection"
        ));
        print_line(message(&error));
    }
    Ok(ExitCode::SUCCESS)
}

fn serve_one<L>(port: u16, lines: impl FnOnce(BufReader<TcpStream>) -> L) -> io::Result<()>
where
    L: Iterator<Item = io::Result<String>>,
{
    let listener = listen(port)?;
    let client = Socket::from(listener.accept()?.0);
    let mut protocol = Protocol::new();
    say(&client, KNOCK);
    for line in lines(BufReader::new(client.try_clone()?)) {
        let answer = protocol.answer(&line?);
        say(&client, &answer);
        if answer == BYE {
            break;
        }
    }
    Ok(())
}

/// Sends a line. `PrintWriter` keeps its errors to itself.
pub(crate) fn say(mut to: &TcpStream, line: &str) {
    let _ = to.write_all(format!("{line}\n").as_bytes());
}

/// Returns the text of `IOException.getMessage`: that of the system, without its number.
fn message(error: &io::Error) -> String {
    let text = match error.kind() {
        io::ErrorKind::ConnectionReset => "Connection reset".into(),
        _ => error.to_string(),
    };
    text.split(" (os error").next().unwrap_or_default().into()
}
