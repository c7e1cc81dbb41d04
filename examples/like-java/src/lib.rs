//! Sockets, lines and output as the JDK's classes have them, where Rust's standard library differs.

mod lines;
mod output;
mod socket;

pub use lines::Lines;
pub use output::print_line;
pub use socket::{Socket, connect, listen};
