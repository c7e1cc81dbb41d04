//! A member of a room at a pseudoterminal.
#![cfg(unix)]

use std::net::TcpListener;
use std::sync::mpsc;

use tempfile::TempDir;

use crate::pseudoterminal::{PROMPT, Terminal};
use crate::support::{Connection, Server, command, frame};

const WELCOME: &str = "* welcome, bob; here are alice; /help lists the commands";

/// Welcomes a client that joins as bob.
fn welcome(peer: Connection) -> Connection {
    peer.expect(b"\0\x09/join bob").send(&frame(WELCOME))
}

#[test]
fn in_a_room_names_are_colored_and_the_bell_rings_for_one_s_own() {
    let server = Server::playing(|peer| {
        welcome(peer)
            .send(&frame("alice: hi bob"))
            .expect(&frame("yes"))
            .expect_fin()
    });
    let folder = TempDir::new().unwrap();
    let mut terminal = Terminal::of_member(server, &folder);
    terminal
        .shows(WELCOME)
        .shows("\x07\x1B[")
        .shows("malice\x1B[0m: hi bob");
    terminal.shows("> ").types("yes\r").shows("> ");
    terminal.types("\x04").ends_with(0);
}

#[test]
fn in_a_room_tab_completes_names_and_commands() {
    let server = Server::playing(|peer| {
        welcome(peer)
            .expect(&[frame("alice: hi"), frame("/who ")].concat())
            .expect_fin()
    });
    let folder = TempDir::new().unwrap();
    let mut terminal = Terminal::of_member(server, &folder);
    terminal.shows(WELCOME).prompts().types("AL\thi\r");
    terminal.prompts().types("/w\t\r");
    terminal.leaves();
}

#[test]
fn who_quits_leaves_without_another_key() {
    for line in ["/quit", "/quit now"] {
        let server = Server::playing(move |peer| {
            let peer = welcome(peer).expect(&frame(line));
            peer.send(&frame("* goodbye: left with /quit")).finish()
        });
        let mut client = command(&["--name", "bob", "--reconnect", "--no-history"]);
        let mut terminal = Terminal::of_command(server, client.env("NO_COLOR", "1"));
        terminal
            .prompts()
            .types(format!("{line}\r"))
            .shows("* goodbye: left with /quit\r\n");
        terminal.ends_with(0);
    }
}

#[test]
fn lines_that_are_pasted_behind_quit_are_said_not_to_be_sent() {
    let server = Server::playing(|peer| {
        welcome(peer)
            .expect(&[frame("one"), frame("/quit")].concat())
            .send(&[frame("bob: one"), frame("* goodbye: left with /quit")].concat())
            .finish()
            .expect_fin()
    });
    let folder = TempDir::new().unwrap();
    let mut terminal = Terminal::of_member(server, &folder);
    terminal.prompts().pastes("one\r/quit\rtwo\rthree");
    terminal
        .types("\r")
        .shows("lines behind /quit, which were not sent: 2")
        .ends_with(0);
}

#[test]
fn what_was_typed_is_there_in_the_next_run() {
    let folder = TempDir::new().unwrap();
    for keys in ["remember\r", "\x1B[A\r"] {
        let server = Server::playing(|peer| welcome(peer).expect(&frame("remember")).expect_fin());
        let mut terminal = Terminal::of_member(server, &folder);
        terminal.shows(WELCOME).prompts().types(keys);
        terminal.leaves();
    }
}

/// A member that connects again, at a server that leaves at once and then refuses the name `refusals` times. The
/// listener keeps its port.
fn left_member(refusals: usize) -> (TcpListener, Terminal) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let accepting = listener.try_clone().unwrap();
    let server = Server::at(listener.try_clone().unwrap(), move || {
        drop(welcome(Connection::accept(&accepting)));
        for _ in 0..refusals {
            let peer = Connection::accept(&accepting).expect(&frame("/join bob"));
            drop(peer.send(&frame("* the name bob is taken; choose another")));
        }
    });
    let mut client = command(&["--name", "bob", "--reconnect", "--no-history"]);
    let terminal = Terminal::of_command(server, client.env("NO_COLOR", "1"));
    (listener, terminal)
}

#[test]
fn who_waits_for_a_link_is_told_for_how_long_and_why_and_leaves_with_ctrl_c() {
    let (_listener, mut terminal) = left_member(1);
    terminal
        .shows("closed the connection without a goodbye")
        .shows("trying again in 1 s]")
        .shows("refuses the name \"bob\": the name bob is taken; choose another")
        .shows("trying again in 2 s]")
        .shows("> ")
        .types("half\x03")
        .ends_with(130);
}

#[test]
fn who_leaves_before_there_is_a_link_again_is_told_what_was_not_sent() {
    let (_listener, mut terminal) = left_member(0);
    // The link may be lost before there is a prompt.
    terminal.shows_each([PROMPT, "trying again in 1 s]"]);
    terminal.types("one\r").shows("the line is sent later");
    terminal
        .prompts()
        .types("\x04")
        .shows("there was no connection; lines that were not sent: 1")
        .ends_with(1);

    let (_listener, mut terminal) = left_member(0);
    // The link may be lost before there is a prompt.
    terminal.shows_each([PROMPT, "trying again in 1 s]"]);
    terminal.types("\x04").ends_with(0);
}

#[test]
fn several_names_that_tab_finds_are_listed_above_the_prompt_and_messages_go_on() {
    let (say, is_said) = mpsc::channel();
    let server = Server::playing(move |peer| {
        let peer = welcome(peer).send(&frame("* alfred joined"));
        is_said.recv().unwrap();
        peer.send(&frame("alice: ho"))
            .expect(&frame("alice: hi"))
            .expect_fin()
    });
    let folder = TempDir::new().unwrap();
    let mut terminal = Terminal::of_member(server, &folder);
    terminal.shows("alfred joined").shows("> ").types("A\t");
    terminal.shows("alfred  alice\r\n").shows("> al");
    say.send(()).unwrap();
    terminal.shows(": ho").shows("> al").types("I\thi\r");
    terminal.leaves();
}

#[test]
fn without_colors_a_room_s_line_is_plain() {
    for (variable, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let server = Server::playing(|peer| {
            let peer = welcome(peer).send(&frame("alice: hi bob"));
            peer.expect_fin()
        });
        let mut client = command(&["--name", "bob", "--no-history"]);
        client.env_remove("NO_COLOR");
        let mut terminal = Terminal::of_command(server, client.env(variable, value));
        let shown = String::from_utf8(terminal.until("alice: hi bob")).unwrap();
        assert!(
            !shown.contains("\x1B[0m") && !shown.contains("38;5"),
            "{shown:?}"
        );
    }
}

#[test]
fn times_are_shown_where_they_are_wanted() {
    let server = Server::playing(|peer| {
        let peer = welcome(peer).send(&frame("* 2026-11-26T09:30:00Z alice: before"));
        peer.send(&frame("alice: hi")).expect_fin()
    });
    let mut client = command(&["--name", "bob", "--times", "--no-history"]);
    let mut terminal = Terminal::of_command(server, client.env("NO_COLOR", "1"));
    terminal.shows("\n* 2026-11-26T09:30:00Z alice: before");
    terminal
        .shows("Z alice: hi")
        .shows("> ")
        .types("\x04")
        .ends_with(0);
}
