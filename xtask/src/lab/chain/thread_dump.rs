//! The thread `main` in a JVM's thread dump, which SIGQUIT and `jstack` print.
//!
//! ```text
//! "main" #1 prio=5 os_prio=0 tid=0x00007f463c017ea0 nid=0x35cf runnable  [0x00007f46415fe000]
//!    java.lang.Thread.State: RUNNABLE
//!     at sun.nio.ch.Net.accept(java.base@17.0.15/Native Method)
//!     at java.net.ServerSocket.accept(java.base@17.0.15/ServerSocket.java:532)
//!     at server.main(server.java:17)
//! ```
//!
//! From this, `main_thread` makes the thread 0x35cf with the methods `server.main` at `server.java:17`,
//! `java.net.ServerSocket.accept` at `ServerSocket.java:532` and the native `sun.nio.ch.Net.accept`, outermost first.

use ladder::chain::{Frame, Layer};

/// A Java thread and its stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thread {
    /// Number that the kernel gave it.
    pub(super) tid: u32,
    /// The methods on its stack, outermost first.
    pub(super) frames: Vec<Frame>,
}

/// Returns the thread `main` of `dump`.
pub(super) fn main_thread(dump: &str) -> Option<Thread> {
    let mut lines = dump
        .lines()
        .skip_while(|line| !line.starts_with("\"main\" "));
    let tid = thread_id(lines.next()?)?;
    let stack = lines.take_while(|line| !line.trim().is_empty());
    let mut frames: Vec<Frame> = stack.filter_map(frame).collect();
    frames.reverse();
    Some(Thread { tid, frames })
}

/// Parses the thread's number in `… tid=0x00007f463c017ea0 nid=0x35cf runnable …`.
///
/// JDK 22 and later print it in decimal.
fn thread_id(header: &str) -> Option<u32> {
    let (_, rest) = header.split_once(" nid=")?;
    let number = rest.split_whitespace().next()?;
    match number.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => number.parse().ok(),
    }
}

/// Parses a line such as `at sun.nio.ch.Net.accept(java.base@17.0.15/Native Method)`.
///
/// JDK 8 prints no module. A class without line numbers has no place.
fn frame(line: &str) -> Option<Frame> {
    let (name, place) = line.trim().strip_prefix("at ")?.split_once('(')?;
    let place = place.trim_end_matches(')');
    let place = place.rsplit_once('/').map_or(place, |(_, place)| place);
    let packages = ["java.", "javax.", "sun.", "jdk."];
    let is_of_the_jdk = packages.iter().any(|package| name.starts_with(package));
    Some(Frame {
        layer: if is_of_the_jdk {
            Layer::Library
        } else {
            Layer::Program
        },
        function: name.to_owned(),
        place: match place {
            "Native Method" => Some("native".into()),
            line if line.contains(".java:") => Some(line.to_owned()),
            _ => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const JDK_17: &str = r#"Full thread dump OpenJDK 64-Bit Server VM (17.0.15+6-Debian-1deb12u1 mixed mode):

"main" #1 prio=5 os_prio=0 cpu=42.86ms elapsed=1.61s tid=0x00007f463c017ea0 nid=0x35cf runnable  [0x00007f46415fe000]
   java.lang.Thread.State: RUNNABLE
	at sun.nio.ch.Net.accept(java.base@17.0.15/Native Method)
	at sun.nio.ch.NioSocketImpl.accept(java.base@17.0.15/NioSocketImpl.java:760)
	at java.net.ServerSocket.accept(java.base@17.0.15/ServerSocket.java:532)
	- locked <0x000000069ed09008> (a java.lang.Object)
	at server.main(server.java:17)

"Finalizer" #3 daemon prio=8 os_prio=0 cpu=0.21ms elapsed=1.66s tid=0x00007f463c0f99b0 nid=0x35eb in Object.wait()
	at java.lang.Object.wait(java.base@17.0.15/Native Method)
"#;

    #[test]
    fn the_stack_of_main_is_read_from_main_to_the_native_method() {
        let thread = main_thread(JDK_17).unwrap();
        let names: Vec<&str> = thread
            .frames
            .iter()
            .map(|frame| frame.function.as_str())
            .collect();
        let expected = [
            "server.main",
            "java.net.ServerSocket.accept",
            "sun.nio.ch.NioSocketImpl.accept",
            "sun.nio.ch.Net.accept",
        ];
        assert_eq!(names, expected);
        let place = |n: usize| (thread.frames[n].layer, thread.frames[n].place.as_deref());
        assert_eq!(place(0), (Layer::Program, Some("server.java:17")));
        assert_eq!(place(3), (Layer::Library, Some("native")));
    }

    #[test]
    fn the_threads_number_is_hexadecimal_until_jdk_21_and_decimal_later() {
        assert_eq!(main_thread(JDK_17).unwrap().tid, 0x35cf);
        let jdk_25 = "\"main\" #3 [14158] prio=5 os_prio=0 tid=0x00007f262002a810 nid=14158 runnable  [0x0]\n";
        assert_eq!(main_thread(jdk_25).unwrap().tid, 14158);
    }

    #[test]
    fn a_class_without_line_numbers_and_a_jdk_without_modules_are_read_too() {
        let place = |line| frame(line).unwrap().place;
        let jlinked = "\tat java.net.ServerSocket.accept(java.base@11.0.13/Unknown Source)";
        assert_eq!(place(jlinked), None);
        let jdk_8 = "\tat java.net.Socket.connect(Socket.java:607)";
        assert_eq!(place(jdk_8).as_deref(), Some("Socket.java:607"));
        let native = "\tat java.net.PlainSocketImpl.socketAccept(Native Method)";
        assert_eq!(place(native).as_deref(), Some("native"));
    }
}
