//! `FileReceiver.java`: receives one file, writes it into the working folder, and says how many bytes of it came.

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Read as _};

use hellohi_proto::{DataInput as _, DataOutput as _, JavaStr};
use like_java::{Socket, listen, print_line};

fn main() -> Result<(), Box<dyn Error>> {
    let port = env::args().nth(1).ok_or("give a port")?.parse()?;
    let listener = listen(port)?;
    let client = Socket::from(listener.accept()?.0);
    let mut input = BufReader::new(&*client);

    let name = input.read_utf()?;
    let name = name.to_console();
    // The last part alone, so that no name leads out of the folder.
    let name = name
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let length = input.read_long()?;
    let expected = u64::try_from(length).unwrap_or(0);
    let received = io::copy(&mut input.take(expected), &mut File::create(name)?)?;

    print_line(format_args!("{name}: {received} of {length} bytes"));
    let answer = if received == expected && length >= 0 {
        "thank you".into()
    } else {
        format!("only {received} bytes came")
    };
    (&*client).write_utf(&JavaStr::from_text(&answer))?;
    Ok(())
}
