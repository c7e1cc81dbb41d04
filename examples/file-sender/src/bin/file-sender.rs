//! `FileSender.java`: sends a file, as its name, its length, its bytes. Prints the answer.

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use hellohi_proto::{DataInput as _, DataOutput as _, JavaStr};
use like_java::{connect, print_line};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [host, port, path] = &arguments[..] else {
        return Err("give a host, a port and a file".into());
    };
    let server = connect(host, port.parse()?)?;
    let mut content = File::open(path)?;
    let metadata = content.metadata()?;
    if metadata.is_dir() {
        return Err("that is a folder".into()); // FileInputStream opens none.
    }
    let name = Path::new(path)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();

    let mut output = BufWriter::new(&*server);
    output.write_utf(&JavaStr::from_text(&name))?;
    output.write_long(metadata.len().try_into()?)?;
    io::copy(&mut content, &mut output)?;
    output.flush()?;
    print_line(format_args!(
        "server: {}",
        (&*server).read_utf()?.to_console()
    ));
    Ok(())
}
