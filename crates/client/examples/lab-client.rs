//! The lab's special clients in Rust: those of `HalfClient`, `PairClient`, `ByteClient` and `LateClient` in
//! `java/lab`.
//!
//!     cargo run --example lab-client -- half|pair|bytes|late

use std::error::Error;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;

use hellohi_proto::{read_utf, write_utf};

type Result = std::result::Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let behaviour = std::env::args().nth(1).unwrap_or_default();
    match play(&behaviour) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lab-client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn play(behaviour: &str) -> Result {
    let server = TcpStream::connect("localhost:666")?;
    match behaviour {
        "half" => half(server),
        "pair" => pair(server),
        "bytes" => bytes(server),
        "late" => late(server),
        other => Err(format!("{other:?} is none of half, pair, bytes, late").into()),
    }
}

/// Says hello, closes its sending half, and only then reads the reply.
#[inline(never)]
fn half(mut server: TcpStream) -> Result {
    write_utf(&mut server, "hello")?;
    server.shutdown(Shutdown::Write)?;
    show_reply(&mut server)
}

/// Sends two messages in one write, then reads two replies. If it cannot read, it tries to write once more.
#[inline(never)]
fn pair(mut server: TcpStream) -> Result {
    let mut both = Vec::new();
    write_utf(&mut both, "hello")?;
    write_utf(&mut both, "你好")?;
    server.write_all(&both)?;
    if let Err(error) = show_reply(&mut server).and_then(|()| show_reply(&mut server)) {
        println!("{error}");
        server
            .write_all(&both)
            .unwrap_or_else(|error| println!("{error}"));
    }
    Ok(())
}

/// Sends one frame byte by byte, each in a write and a segment of its own.
#[inline(never)]
fn bytes(mut server: TcpStream) -> Result {
    server.set_nodelay(true)?;
    let mut frame = Vec::new();
    write_utf(&mut frame, "hello")?;
    for byte in frame {
        server.write_all(&[byte])?;
    }
    show_reply(&mut server)
}

/// Goes on writing after the server has closed, and says what comes of it.
#[inline(never)]
fn late(mut server: TcpStream) -> Result {
    for line in std::io::stdin().lines() {
        let sent = write_utf(&mut server, &line?);
        if let Err(error) = sent
            .map_err(Into::into)
            .and_then(|_| show_reply(&mut server))
        {
            println!("{error}");
        }
    }
    Ok(())
}

#[inline(never)]
fn show_reply(server: &mut TcpStream) -> Result {
    let reply = read_utf(server)?;
    println!("{}", reply.printable());
    Ok(())
}
