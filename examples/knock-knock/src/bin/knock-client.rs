use std::error::Error;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    knock_knock::talk(like_java::Lines::new, like_java::Lines::new)
}
