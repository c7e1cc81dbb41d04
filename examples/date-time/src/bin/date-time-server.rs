//! `DateTimeServer.java`: tells everybody who gives a name the date and the time, in a thread for each client.

use std::env;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::thread;
use std::time::SystemTime;

use hellohi_proto::{DataInput as _, DataOutput as _, JavaStr, JavaString};
use like_java::{Socket, listen, print_line};

fn main() -> Result<(), Box<dyn Error>> {
    let port = env::args().nth(1).ok_or("give a port")?.parse()?;
    let listener = listen(port)?;
    for number in 1_u32.. {
        let client = Socket::from(listener.accept()?.0);
        print_line(format_args!("client {number}"));
        thread::spawn(move || match serve(&client) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {} // The client has no more names.
            Err(error) => eprintln!("a client was lost: {error}"),
            Ok(never) => match never {},
        });
    }
    Ok(())
}

enum Never {}

fn serve(mut client: &TcpStream) -> io::Result<Never> {
    loop {
        let name = client.read_utf()?;
        let now = humantime::format_rfc3339_nanos(SystemTime::now());
        client.write_utf(&answer(&name, &now.to_string()))?;
    }
}

/// Joins the texts in UTF-16, in which half a surrogate pair is a part of a name as in Java.
fn answer(name: &JavaStr, now: &str) -> JavaString {
    let mut units: Vec<u16> = "Good day, ".encode_utf16().collect();
    units.extend(name.units());
    units.extend(format!(". It is {now}.").encode_utf16());
    JavaString::from_utf16(&units)
}
