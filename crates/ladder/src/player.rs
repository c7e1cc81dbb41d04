//! Finds the line of the Java source or the Rust function that made a system call.
//!
//! For Java the line is deduced: strace cannot see through a JVM, so it is the one statement of the program
//! that can make such a call (`accept` is `.accept()`). For Rust it is observed: it is the innermost of the
//! program's own functions on the stack that strace saw.

use serde::{Deserialize, Serialize};

use crate::about::About;
use recorder::{Syscall, SystemCall};

/// A program of a ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Player {
    /// Name such as `java-17` or `rust`.
    pub name: String,
    /// Its Java source, if it has one.
    #[serde(skip)]
    pub source: Option<Source>,
}

/// A Java source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// File name such as `client.java`.
    pub file: String,
    pub text: String,
}

impl Player {
    /// Returns a program whose source is not known.
    pub fn plain(name: &str) -> Player {
        Player {
            name: name.to_owned(),
            source: None,
        }
    }

    /// Returns the code that made `call`, such as `server.java:18 Socket client = server.accept();`. Pass
    /// `failed` if the socket could not connect: Java then closes it in the constructor.
    pub fn code(&self, about: About, call: &SystemCall, failed: bool) -> Option<String> {
        let Some(Source { file, text }) = &self.source else {
            return own_function(&call.stack);
        };
        let statement = |wanted: &str| {
            let mut lines = text.lines().enumerate();
            let (index, line) = lines.find(|(_, line)| line.contains(wanted))?;
            Some(format!(
                "{file}:{} {}",
                index + 1,
                line.trim().trim_end_matches(';')
            ))
        };
        candidates(about, call, failed)
            .iter()
            .find_map(|wanted| statement(wanted))
    }
}

/// Returns parts of the statements that can make such a call, the likeliest first.
fn candidates(about: About, call: &SystemCall, failed: bool) -> Vec<String> {
    use Syscall::*;
    let of = |wanted: &[&str]| wanted.iter().map(|&wanted| wanted.into()).collect();
    match (about, &call.syscall) {
        (About::Console, Read { .. }) => of(&["readLine("]),
        (About::Console, Write { fd: 1, data, .. }) => printed(data),
        (About::Console, _) => Vec::new(),
        (About::Listener, Accept { .. }) => of(&[".accept("]),
        (About::Listener, Close { .. }) => Vec::new(),
        (About::Listener, _) => of(&["new ServerSocket("]),
        (_, Read { .. }) => of(&["readUTF("]),
        (_, Write { .. }) => of(&[".write(", "writeUTF("]),
        (_, Close { .. }) if failed => of(&["new Socket("]),
        // A half that is closed already is shut down once more by close().
        (_, Shutdown { .. }) if call.errno.is_some() => of(&[".close("]),
        (_, Shutdown { .. }) => of(&["shutdownOutput(", "dos.close(", ".close("]),
        (_, Close { .. } | Duplicate { .. }) => of(&["dos.close(", ".close("]),
        (_, Socket | Connect { .. } | SetOption { .. } | Bind { .. }) => of(&["new Socket("]),
        _ => Vec::new(),
    }
}

/// Returns statements that print `data`: a `println` of these words, or else of an exception, or of a message.
fn printed(data: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(data);
    let line = text.lines().next().unwrap_or_default();
    let spoken = line.split_inclusive(':').next().unwrap_or_default();
    let variable = match line.contains("Exception") {
        true => "println(error",
        false => "println(msg",
    };
    vec![
        format!("println(\"{line}\""),
        format!("println(\"{spoken}\""),
        variable.into(),
    ]
}

/// Returns a name such as `hellohi_client::session::run`, without the marks that the compiler adds.
fn own_function(stack: &[String]) -> Option<String> {
    let plain = plain_name(own_frame(stack)?);
    Some(plain.replace("core::ptr::drop_in_place<", "drop<"))
}

/// Returns the name of a Rust function without the compiler's hash and its marks for closures.
pub fn plain_name(function: &str) -> String {
    let function = function
        .rsplit_once("::h")
        .filter(|(_, hash)| hash.len() == 16)
        .map_or(function, |(plain, _)| plain);
    function.replace("::{{closure}}", "")
}

/// Returns the innermost function of the program itself.
pub(crate) fn own_frame(stack: &[String]) -> Option<&String> {
    let own = |name: &&String| name.contains("hellohi") || name.contains("lab_client");
    stack.iter().find(own)
}
