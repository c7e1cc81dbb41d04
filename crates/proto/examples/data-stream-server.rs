//! A server for Java clients that write a name and a number, and read a line and the number of
//! bytes that the server has had from them:
//!
//! ```java
//! try (var socket = new Socket("localhost", 6666)) {
//!     var out = new DataOutputStream(socket.getOutputStream());
//!     var in = new DataInputStream(socket.getInputStream());
//!     out.writeUTF("Ada");
//!     out.writeInt(36);
//!     System.out.println(in.readUTF() + ", " + in.readLong() + " bytes");
//! }
//! ```
//!
//!     cargo run --features tokio --example data-stream-server

use std::io;

use hellohi_proto::ReadError;
use hellohi_proto::tokio::{read_utf, write_utf};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("localhost:6666").await?;
    loop {
        let (stream, peer) = listener.accept().await?;
        tokio::spawn(async move {
            if let Err(error) = serve(stream).await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}

/// Answers until the client closes the connection between two requests.
async fn serve(stream: TcpStream) -> io::Result<()> {
    // Without the buffer, each field would be a system call and perhaps a packet of its own.
    let mut stream = BufStream::new(stream);
    let mut received = 0;
    loop {
        let name = match read_utf(&mut stream).await {
            Err(ReadError::Eof { got: 0, of: None }) => return Ok(()),
            name => name?,
        };
        let age = stream.read_i32().await?;
        received += 2 + name.as_bytes().len() as i64 + 4;

        let next = age.saturating_add(1);
        write_utf(&mut stream, format!("{name} will be {next}")).await?;
        stream.write_i64(received).await?;
        stream.flush().await?;
    }
}
