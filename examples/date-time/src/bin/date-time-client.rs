//! `DateTimeClient.java`: sends each name of the command line, and prints the answers.

use std::env;
use std::error::Error;

use hellohi_proto::{DataInput as _, DataOutput as _, JavaStr};
use like_java::{connect, print_line};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let host = arguments.next().ok_or("give a host, a port and names")?;
    let port = arguments.next().ok_or("give a port and names")?.parse()?;
    let server = connect(&host, port)?;
    for name in arguments {
        (&*server).write_utf(&JavaStr::from_text(&name))?;
        print_line((&*server).read_utf()?.to_console());
    }
    Ok(())
}
