//! Arguments of a system call, from strace's text to values.
//!
//! `bind(3, {sa_family=AF_INET, sin_port=htons(666), sin_addr=inet_addr("\x3a\x3a\x31")}, 28)`, step by step:
//!
//! 1. [`split`] cuts the text at the commas outside of brackets: `3`, `{sa_family=…}`, `28`.
//! 2. [`syscall`] finds `bind`, and reads the first argument as a descriptor: 3.
//! 3. [`address`] reads the port behind `htons(`, and the host from the quoted bytes: `[::1]:666`.

use std::net::SocketAddr;

use crate::system_call::{Descriptor, Halves, SocketOption, Syscall};

/// Splits `5, {a=1, b=2}, "\x68"` at the commas outside of brackets.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut depth = 0;
    let outside = |c: char| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    };
    let parts = text.split(outside).map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Puts `\x` before each byte of a string, where the JSON of a call has none: `1, "6869"` is `1, "\x68\x69"`.
pub(super) fn with_marks(text: &str) -> String {
    let mut is_string = true;
    let parts = text.split('"').map(|part| {
        is_string = !is_string;
        let bytes = part.as_bytes().chunks(2).map(String::from_utf8_lossy);
        match is_string {
            true => bytes.map(|byte| format!("\\x{byte}")).collect(),
            false => part.to_owned(),
        }
    });
    parts.collect::<Vec<_>>().join("\"")
}

/// Returns the call with this name, these arguments and this result.
pub(super) fn syscall(name: &str, arguments: &[String], result: Option<i64>) -> Syscall {
    let argument = |n: usize| arguments.get(n).map_or("", String::as_str);
    match name {
        "socket" => return Syscall::Socket,
        "poll" | "ppoll" => {
            let fds = numbers(argument(0), "fd=").collect();
            return Syscall::Poll { fds };
        }
        "select" | "pselect6" => {
            let sets = arguments.get(1..4).unwrap_or_default();
            let fds = sets.iter().flat_map(|set| set_members(set)).collect();
            return Syscall::Poll { fds };
        }
        "clone" | "clone3" | "fork" | "vfork" => {
            let thread = arguments.iter().any(|text| text.contains("CLONE_THREAD"));
            return Syscall::Clone { thread };
        }
        "execve" => return Syscall::Execute,
        "exit_group" => return Syscall::Exit,
        "io_uring_enter" => return Syscall::Ring,
        _ => {}
    }
    let Ok(fd) = argument(0).parse() else {
        return Syscall::Other { fd: None };
    };
    match name {
        "bind" => Syscall::Bind {
            fd,
            address: address(argument(1)),
        },
        "listen" => Syscall::Listen {
            fd,
            backlog: argument(1).parse().unwrap_or_default(),
        },
        "accept" | "accept4" => Syscall::Accept {
            listener: fd,
            peer: address(argument(1)),
        },
        "connect" => Syscall::Connect {
            fd,
            address: address(argument(1)),
        },
        "read" | "readv" | "recvfrom" | "recvmsg" => {
            let (mut data, capacity) = buffers(name, arguments);
            // Of a call that failed, the buffer holds nothing that was read.
            data.truncate(result.unwrap_or(0).max(0) as usize);
            match peeks(name, arguments) {
                true => Syscall::Peek { fd, data, capacity },
                false => Syscall::Read { fd, data, capacity },
            }
        }
        "write" | "writev" | "sendto" | "sendmsg" => {
            let (data, capacity) = buffers(name, arguments);
            Syscall::Write { fd, data, capacity }
        }
        "setsockopt" => Syscall::SetOption {
            fd,
            option: SocketOption::from(argument(2).to_owned()),
            value: option_value(argument(3)),
        },
        "getsockname" | "getpeername" | "getsockopt" => Syscall::Query { fd },
        "shutdown" => Syscall::Shutdown {
            fd,
            how: match argument(1) {
                "SHUT_RD" => Halves::Read,
                "SHUT_WR" => Halves::Write,
                _ => Halves::Both,
            },
        },
        "close" => Syscall::Close { fd },
        "splice" => Syscall::Splice {
            from: fd,
            to: argument(2).parse().unwrap_or(fd),
        },
        "sendfile" => Syscall::Splice {
            from: argument(1).parse().unwrap_or(fd),
            to: fd,
        },
        "vmsplice" | "sendmmsg" | "recvmmsg" => Syscall::Splice { from: fd, to: fd },
        "dup" | "dup2" | "dup3" => Syscall::Duplicate { fd },
        "fcntl" if argument(1).starts_with("F_DUPFD") => Syscall::Duplicate { fd },
        "fcntl" => Syscall::Other { fd: None },
        "epoll_wait" | "epoll_pwait" => Syscall::EpollWait { epoll: fd },
        _ => Syscall::Other { fd: Some(fd) },
    }
}

/// Returns the bytes in a call's buffers, and the number of bytes that these hold: the argument behind the
/// one buffer, or the sum of all `iov_len`.
fn buffers(name: &str, arguments: &[String]) -> (Vec<u8>, Option<u64>) {
    let Some(buffer) = arguments.get(1) else {
        return (Vec::new(), None);
    };
    if matches!(name, "read" | "write" | "recvfrom" | "sendto") {
        let capacity = arguments.get(2).and_then(|number| number.parse().ok());
        return (quoted(buffer).unwrap_or_default(), capacity);
    }
    let pieces = buffer.split("iov_base=").skip(1);
    let capacity = numbers(buffer, "iov_len=").map(i64::unsigned_abs).sum();
    (
        pieces.filter_map(quoted).flatten().collect(),
        Some(capacity),
    )
}

/// Returns `true` if the call's flags have `MSG_PEEK`.
fn peeks(name: &str, arguments: &[String]) -> bool {
    let flags = match name {
        "recvfrom" => arguments.get(3),
        "recvmsg" => arguments.get(2),
        _ => None,
    };
    flags.is_some_and(|flags| flags.split('|').any(|flag| flag == "MSG_PEEK"))
}

/// Reads a set of descriptors such as `[0 3]`.
fn set_members(set: &str) -> impl Iterator<Item = Descriptor> {
    let numbers = set.trim_matches(['[', ']']).split(' ');
    numbers.filter_map(|number| number.parse().ok())
}

/// Returns the numbers that stand behind each `key`.
fn numbers<'a>(text: &'a str, key: &str) -> impl Iterator<Item = Descriptor> + use<'a> {
    let behind: Vec<&str> = text.split(key).skip(1).collect();
    behind.into_iter().filter_map(|rest| {
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    })
}

/// Reads `{sa_family=AF_INET, sin_port=htons(666), sin_addr=inet_addr("\x31…")}`.
fn address(argument: &str) -> Option<SocketAddr> {
    let port = numbers(argument, "htons(").next()?;
    let host = String::from_utf8(quoted(argument)?).ok()?;
    Some(SocketAddr::new(host.parse().ok()?, port.try_into().ok()?))
}

/// Returns a `struct timeval` (two numbers of eight bytes) as seconds, any other value as it stands.
fn option_value(argument: &str) -> String {
    match quoted(argument).as_deref() {
        Some(time) if time.len() == 16 => {
            let number = |bytes: &[u8]| {
                bytes
                    .iter()
                    .rev()
                    .fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte))
            };
            let (seconds, micros) = time.split_at(8);
            format!("{} s", number(seconds) as f64 + number(micros) as f64 / 1e6)
        }
        _ => argument.to_owned(),
    }
}

/// Returns the bytes of the first quoted string, which is written as `"\x68\x69"`.
fn quoted(text: &str) -> Option<Vec<u8>> {
    let string = text.split('"').nth(1)?;
    hex::decode(string.split("\\x").collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system_call::SystemCall;

    fn parsed(name: &str, text: &str, result: i64) -> Syscall {
        syscall(name, &split(text), Some(result))
    }

    #[test]
    fn an_address_is_read_with_its_port() {
        let text = r#"3, {sa_family=AF_INET, sin_port=htons(666), sin_addr=inet_addr("\x31\x2e\x32\x2e\x33\x2e\x34")}, 16"#;
        let address = Some(([1, 2, 3, 4], 666).into());
        let expected = Syscall::Bind { fd: 3, address };
        assert_eq!(parsed("bind", text, 0), expected);
        let unix = Syscall::Connect {
            fd: 3,
            address: None,
        };
        let text = r#"3, {sa_family=AF_UNIX, sun_path="\x2f"}, 110"#;
        assert_eq!(parsed("connect", text, -1), unix);
    }

    #[test]
    fn the_bytes_and_the_lengths_of_all_buffers_are_added_up() {
        let text = r#"5, [{iov_base="\x00\x05", iov_len=2}, {iov_base="\x68", iov_len=1}], 2"#;
        let expected = Syscall::Write {
            fd: 5,
            data: b"\x00\x05h".into(),
            capacity: Some(3),
        };
        assert_eq!(parsed("writev", text, 3), expected);
        let text = r#"5, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="\x68\x00", iov_len=2}], msg_iovlen=1}, 0"#;
        let expected = Syscall::Read {
            fd: 5,
            data: b"h".into(),
            capacity: Some(2),
        };
        assert_eq!(parsed("recvmsg", text, 1), expected);
    }

    #[test]
    fn a_peek_is_no_read_and_a_copy_of_a_descriptor_is_one() {
        let data = b"h".to_vec();
        let capacity = Some(2);
        let text = r#"5, "\x68", 2, MSG_PEEK|MSG_WAITALL, NULL, NULL"#;
        let expected = Syscall::Peek {
            fd: 5,
            data,
            capacity,
        };
        assert_eq!(parsed("recvfrom", text, 1), expected);
        let copy = Syscall::Duplicate { fd: 5 };
        assert_eq!(parsed("dup", "5", 7), copy);
        assert_eq!(parsed("fcntl", "5, F_DUPFD_CLOEXEC, 0", 7), copy);
        assert_eq!(
            parsed("fcntl", "5, F_GETFL", 2),
            Syscall::Other { fd: None }
        );
    }

    #[test]
    fn a_read_that_never_returned_has_only_its_descriptor() {
        let expected = Syscall::Read {
            fd: 0,
            data: Vec::new(),
            capacity: None,
        };
        assert_eq!(syscall("read", &split("0, "), None), expected);
    }

    #[test]
    fn the_json_of_a_call_is_read_as_it_was_printed() {
        let arguments = split(r#"5, {sin_addr=inet_addr("\x31\x2e")}, "\x68\x69", 2"#);
        let call = SystemCall {
            thread: 1,
            entered: 2,
            returned: Some(3),
            name: "sendto".into(),
            syscall: syscall("sendto", &arguments, Some(2)),
            arguments,
            result: Some(2),
            errno: None,
            stack: Vec::new(),
        };
        let json = serde_json::to_string(&call).unwrap();
        assert!(json.contains(r#"\"6869\", 2"#), "{json}");
        assert_eq!(serde_json::from_str::<SystemCall>(&json).unwrap(), call);
    }

    #[test]
    fn polled_descriptors_threads_and_times_are_understood() {
        let text = "[{fd=5, events=POLLIN}, {fd=-1}, {fd=12, events=POLLOUT}], 2, -1";
        let expected = Syscall::Poll { fds: vec![5, 12] };
        assert_eq!(parsed("poll", text, 1), expected);
        let text = "{flags=CLONE_VM|CLONE_THREAD, stack=0}, 88";
        assert_eq!(parsed("clone3", text, 9), Syscall::Clone { thread: true });
        let text = "5, [0 4], NULL, [4], {tv_sec=1, tv_nsec=0}, NULL";
        let expected = Syscall::Poll { fds: vec![0, 4, 4] };
        assert_eq!(parsed("pselect6", text, 1), expected);
        let time = format!(
            r#"6, SOL_SOCKET, SO_RCVTIMEO_OLD, "\x05{}", 16"#,
            r"\x00".repeat(15)
        );
        let expected = Syscall::SetOption {
            fd: 6,
            option: SocketOption::ReceiveTimeout,
            value: "5 s".into(),
        };
        assert_eq!(parsed("setsockopt", &time, 0), expected);
        // 0x0186A0 microseconds.
        let tenth = [r"\x00".repeat(8), r"\xa0\x86\x01".into(), r"\x00".repeat(5)].concat();
        assert_eq!(option_value(&format!("\"{tenth}\"")), "0.1 s");
    }
}
