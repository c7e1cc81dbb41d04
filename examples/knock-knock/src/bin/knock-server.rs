use std::error::Error;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    knock_knock::serve(like_java::Lines::new)
}
