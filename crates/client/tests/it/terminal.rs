//! The client at a terminal, here a pseudoterminal.
#![cfg(unix)]

use std::fs;
use std::sync::mpsc;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::pseudoterminal::Terminal;
use crate::support::{Connection, Server, command};

#[test]
fn lines_are_edited_and_messages_do_not_break_them() {
    let (say, is_said) = mpsc::channel();
    let server = Server::playing(move |peer| {
        is_said.recv().unwrap();
        peer.send("\0\u{6}新闻".as_bytes())
            .expect("\0\u{6}你好".as_bytes())
            .send(b"\0\x02yo")
            .expect_fin()
            .send(b"\0\x03end")
    });
    let mut terminal = Terminal::of_client(server);
    terminal.shows("> ").types("你们\x7F").shows("你");
    say.send(()).unwrap();
    terminal
        .shows("新闻")
        .shows("> 你")
        .types("好\r")
        .shows("yo")
        .shows("> ");
    terminal.types("\x04").shows("end").ends_with(0);
}

#[test]
fn a_long_paste_is_drawn_once() {
    let pasted = format!("{}end", "x".repeat(65532));
    let mut frame = vec![0xFF, 0xFF];
    frame.extend_from_slice(pasted.as_bytes());
    let server = Server::playing(move |peer| peer.expect(&frame).expect_fin());
    let mut terminal = Terminal::of_client(server);
    terminal.prompts().pastes(&pasted);
    let drawn = terminal.until("end");
    assert_eq!(drawn.iter().filter(|&&byte| byte == b'x').count(), 65532);
    terminal.types("\r").leaves();
}

#[test]
fn pasted_lines_wait_for_enter_and_are_as_many_messages() {
    let server = Server::playing(|peer| {
        peer.expect(b"\0\x02a\t\0\0")
            .expect("\0\u{5}中\x03\x08".as_bytes())
            .expect(b"\0\0\0\x03one\0\x04two!")
            .expect_fin()
    });
    let mut terminal = Terminal::of_client(server);
    terminal.prompts().pastes("a\t\r\r中\x03\x08\r").types("\r");
    terminal.prompts().types("\r");
    terminal
        .prompts()
        .pastes("one\rtwo.")
        .shows("two.")
        .types("\x7F!\r");
    terminal.leaves();
}

#[test]
fn a_pasted_line_that_no_frame_holds_is_refused_and_the_others_are_sent() {
    let server = Server::playing(|peer| peer.expect(b"\0\x011\0\x013").expect_fin());
    let mut terminal = Terminal::of_client(server);
    terminal
        .prompts()
        .pastes(&format!("1\r{}\r3", "中".repeat(21846)));
    terminal.types("\r").shows("too long: 65538 bytes");
    terminal.leaves();
}

#[test]
fn a_terminal_that_cannot_edit_is_read_line_by_line() {
    let server = Server::playing(|peer| peer.expect(b"\0\x02hi").send(b"\0\x02yo").expect_fin());
    let mut client = command(&[]);
    let mut terminal = Terminal::of_command(server, client.env("TERM", "dumb"));
    terminal
        .shows("---client---")
        .types("hi\n")
        .shows("yo")
        .types("\x04");
    terminal.ends_with(0);
}

#[test]
fn a_typed_tab_is_a_tab() {
    let server = Server::playing(|peer| peer.expect(b"\0\x03a\tb").expect_fin());
    let mut terminal = Terminal::of_client(server);
    terminal.prompts().types("a\tb\r");
    terminal.leaves();
}

#[test]
fn a_joined_emoji_is_drawn_as_its_parts_and_sent_as_it_was_typed() {
    // Characters that UTF-16 writes as pairs are two encoded surrogates in a frame.
    let (man, woman) = (b"\xED\xA0\xBD\xED\xB1\xA8", b"\xED\xA0\xBD\xED\xB1\xA9");
    let frame = [b"\0\x10a", &man[..], b"\xE2\x80\x8D", woman].concat();
    let server = Server::playing(move |peer| peer.expect(&frame).expect_fin());
    let mut terminal = Terminal::of_client(server);
    terminal.prompts().types("a\u{1F468}\u{200D}\u{1F469}x\x7F");
    terminal.shows("\u{1F468}\u{1F469}").types("\r");
    terminal.leaves();
}

#[test]
fn messages_that_come_while_the_history_is_searched_are_shown_when_that_ends() {
    for key in ["\x07", "\x1B[D"] {
        let (say, is_said) = mpsc::channel();
        let server = Server::playing(move |peer| {
            let peer = peer.expect(b"\0\x02hi");
            is_said.recv().unwrap();
            peer.send(b"\0\x03one\0\x03two\0\x05three\0\x04four")
                .finish()
        });
        let mut terminal = Terminal::of_client(server);
        terminal.prompts().types("hi\r").prompts();
        terminal.types("\x12").shows("(reverse-i-search)");
        say.send(()).unwrap();
        terminal.server_ends().types(key);
        for message in ["one", "two", "three", "four", "closed the connection"] {
            terminal.shows(message);
        }
        terminal.types("\r").ends_with(0);
    }
}

#[test]
fn keys_that_are_not_utf_8_are_refused_and_the_client_goes_on() {
    let server = Server::playing(|peer| peer.expect(b"\0\x02hi").expect_fin());
    let mut terminal = Terminal::of_client(server);
    terminal.prompts().types(b"caf\xE9 ").shows("not UTF-8");
    terminal.prompts().types("hi\r");
    terminal.leaves();
}

#[test]
fn an_empty_line_after_a_message_draws_no_hint() {
    let (say, is_said) = mpsc::channel();
    let server = Server::playing(move |peer| {
        is_said.recv().unwrap();
        peer.send(b"\0\x01a\0\0\0\x01b").expect_fin()
    });
    let mut terminal = Terminal::of_client(server);
    terminal.prompts();
    say.send(()).unwrap();
    let shown = String::from_utf8(terminal.until("b\r\n")).unwrap();
    assert!(!shown.contains("likely"), "{shown}");
    terminal.shows("> ").types("\x04").ends_with(0);
}

#[test]
fn the_history_gives_a_line_again() {
    let server = Server::playing(|peer| {
        peer.expect(b"\0\x02hi")
            .send(b"\0\x01a")
            .expect(b"\0\x02hi")
            .send(b"\0\x01b")
            .expect_fin()
    });
    let mut terminal = Terminal::of_client(server);
    terminal
        .shows("> ")
        .types("hi\r")
        .shows("a\r\n")
        .shows("> ");
    terminal
        .types("\x1B[A\r")
        .shows("b\r\n")
        .shows("> ")
        .types("\x04")
        .ends_with(0);
}

#[test]
fn ctrl_c_leaves_at_once() {
    let server = Server::playing(Connection::expect_fin);
    let mut terminal = Terminal::of_client(server);
    terminal.shows("> ").types("half a line\x03").ends_with(130);
}

#[test]
fn a_signal_ends_the_client_as_ctrl_c_does() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:\t"));
    // Under nohup the client ignores SIGHUP, the first signal, as this test does.
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask, 16).ok());
    let is_under_nohup = ignored.is_some_and(|mask| mask & 1 == 1);
    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
        if signal == Signal::SIGHUP && is_under_nohup {
            continue;
        }
        let folder = TempDir::new().unwrap();
        let server = Server::playing(|peer| peer.expect(b"\0\x02hi").expect_fin());
        let mut client = command(&[]);
        let mut terminal =
            Terminal::of_command(server, client.env("XDG_STATE_HOME", folder.path()));
        terminal.prompts().types("hi\r").prompts();
        terminal.types("half").shows("half").signals(signal);
        terminal.ends_with(128 + signal as i32);
        assert!(terminal.is_cooked(), "{signal}");
        let history = fs::read_to_string(folder.path().join("hellohi/history")).unwrap();
        assert!(history.contains("hi\n"), "{signal}: {history}");
    }
}

#[test]
fn messages_cannot_control_the_terminal() {
    let server = Server::playing(|peer| peer.send(b"\0\x07\x1B[31m\tx").expect_fin());
    let mut terminal = Terminal::of_client(server);
    terminal
        .shows("\\u{1b}[31m\tx")
        .shows("> ")
        .types("\x04")
        .ends_with(0);
}

#[test]
fn a_connection_that_ends_is_shown_at_once_and_a_key_leaves() {
    let server = Server::playing(|peer| peer.send(b"\0\x01\xFF"));
    let mut terminal = Terminal::of_client(server);
    terminal
        .shows("malformed input around byte 0; press Enter")
        .shows("> ")
        .types("\r")
        .shows("malformed input around byte 0")
        .ends_with(1);

    let server = Server::playing(|peer| peer);
    let mut terminal = Terminal::of_client(server);
    terminal
        .shows("refuses this client")
        .shows("press Enter")
        .shows("> ")
        .types("\r")
        .shows("refuses this client")
        .ends_with(1);

    let server = Server::playing(|peer| peer.expect(b"\0\x02hi").send(b"\0\x02yo").finish());
    let mut terminal = Terminal::of_client(server);
    terminal
        .prompts()
        .types("hi\r")
        .shows("after one reply")
        .shows("press Enter")
        .shows("> ")
        .types("\r")
        .ends_with(0);
}

#[test]
fn a_line_that_was_being_typed_when_the_server_left_is_reported_as_not_sent() {
    let (leave, is_left) = mpsc::channel();
    let server = Server::playing(move |peer| {
        is_left.recv().unwrap();
        peer
    });
    let mut terminal = Terminal::of_client(server);
    terminal.shows("> ").types("half").shows("half");
    leave.send(()).unwrap();
    terminal
        .shows("press Enter to leave")
        .shows("> half")
        .types("\r")
        .shows("what was typed last was not sent")
        .ends_with(1);
}

#[test]
fn pasted_lines_that_the_server_left_unread_are_reported() {
    let (leave, is_left) = mpsc::channel();
    let server = Server::playing(move |peer| {
        let peer = peer.expect(b"\0\x03one");
        is_left.recv().unwrap();
        peer.finish()
    });
    let mut terminal = Terminal::of_client(server);
    terminal.prompts().pastes("one\rtwo").types("\r").prompts();
    leave.send(()).unwrap();
    terminal
        .shows("sent lines without an answer: 2; press Enter")
        .shows("> ")
        .server_ends()
        .types("\r")
        .shows("sent lines without an answer: 2")
        .ends_with(1);
}

#[test]
fn a_line_that_has_no_reply_when_the_connection_is_reset_is_reported() {
    // A close with bytes unread sends a reset.
    let server = Server::playing(|peer| peer.expect(b"\0\x01a").send(b"\0\x02yo").expect(b"\0"));
    let mut terminal = Terminal::of_client(server);
    terminal.prompts().types("a\r").shows("yo").shows("> ");
    terminal
        .types("hi\r")
        .shows("reset the connection; the server failed or was killed")
        .shows("sent lines without an answer: 1; press Enter");
    terminal.shows("> ").types("\r").ends_with(1);
}

#[test]
fn messages_that_come_while_the_user_leaves_are_shown() {
    for _ in 0..20 {
        let (say, is_said) = mpsc::channel();
        let server = Server::playing(move |peer| {
            is_said.recv().unwrap();
            peer.send(b"\0\x04last").expect_fin()
        });
        let mut terminal = Terminal::of_client(server);
        terminal.prompts();
        say.send(()).unwrap();
        terminal.types("\x04").shows("last").ends_with(0);
    }
}

#[test]
fn a_line_that_has_no_reply_when_the_server_leaves_is_reported() {
    let server = Server::playing(|peer| peer.expect(b"\0\x02hi"));
    let mut terminal = Terminal::of_client(server);
    terminal
        .prompts()
        .types("hi\r")
        .shows("sent lines without an answer: 1; press Enter");
    terminal.shows("> ").types("\r").ends_with(1);
}

#[test]
fn what_was_typed_is_forgotten_if_that_is_wanted_and_a_folder_that_cannot_be_written_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for (arguments, state, expected) in [
        (&["--no-history"][..], folder.path(), None),
        (&[], &file, Some("cannot keep what was typed in ")),
    ] {
        let server =
            Server::playing(|peer| peer.expect(b"\0\x02hi").send(b"\0\x02yo").expect_fin());
        let mut client = command(arguments);
        let mut terminal = Terminal::of_command(server, client.env("XDG_STATE_HOME", state));
        terminal
            .prompts()
            .types("hi\r")
            .shows("yo")
            .shows("> ")
            .types("\x04");
        expected.iter().for_each(|text| drop(terminal.until(text)));
        terminal.ends_with(0);
    }
    assert!(!folder.path().join("hellohi").exists());
}
