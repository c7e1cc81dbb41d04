use std::error::Error;
use std::io::BufRead;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    knock_knock::serve(BufRead::lines)
}
