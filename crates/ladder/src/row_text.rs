//! Puts a row into words, for each of the ladder's seven columns.

use std::net::SocketAddr;

use crate::about::About;
use crate::call::{Phase, ShownCall};
use crate::explain::frames;
use crate::ladder::{ConsoleStream, Event, Ladder, Row};
use crate::lang::Lang;
use crate::segment::{Frames, Number, Piece, ShownSegment};
use recorder::{Exit, Nanos, Side, Signal, Syscall};

/// The texts of one row. A text is empty if it would repeat the one above it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowText {
    /// Number of the row, counted from 1.
    pub number: usize,
    /// Milliseconds since the ladder's beginning.
    pub time: String,
    /// Time since the row before, if it is long.
    pub pause: Option<String>,
    /// Lines of code, of the client and of the server; the next two are in this order, too.
    pub code: [String; 2],
    pub call: [String; 2],
    pub state: [String; 2],
    /// Lines about a segment: its flags, its numbers, its payload.
    pub wire: Vec<String>,
    pub caption: String,
}

impl RowText {
    /// Returns the texts in the seven columns.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let columns = [&self.code[..], &self.call, &self.state, &self.wire];
        columns.into_iter().flatten().map(String::as_str)
    }
}

/// Nanoseconds after which a pause gets a mark.
const PAUSE: Nanos = 20_000_000;

/// Returns every row of `ladder` in words.
pub fn all(ladder: &Ladder, lang: Lang) -> Vec<RowText> {
    let mut code = [None, None];
    let mut before: Option<&Row> = None;
    let mut all = Vec::new();
    for row in &ladder.rows {
        let mut cells = RowText {
            number: ladder.rows_before + all.len() + 1,
            time: time(row.time),
            caption: row
                .caption
                .map_or_else(String::new, |caption| caption.text(lang).to_owned()),
            ..event(&row.event, lang)
        };
        let pause = row.time - before.unwrap_or(row).time;
        cells.pause = (pause > PAUSE).then(|| span(pause));
        for side in Side::BOTH {
            if before.is_none_or(|before| before.state(side) != row.state(side)) {
                cells.state[side as usize] = row.state(side).name().to_owned();
            }
        }
        if let Event::Call(call) = &row.event
            && code[call.side as usize] != call.code
        {
            cells.code[call.side as usize] = call.code.clone().unwrap_or_default();
            code[call.side as usize] = call.code.clone();
        }
        all.push(cells);
        before = Some(row);
    }
    all
}

/// Returns the headings of the seven columns.
pub fn headings(ladder: &Ladder, lang: Lang) -> [String; 7] {
    let side = |side: Side| format!("{} {}", role(side, lang), ladder.player(side).name);
    let call = || lang.pick("系统调用", "system call").to_owned();
    let state = || lang.pick("TCP状态", "TCP state").to_owned();
    [
        side(Side::Client),
        call(),
        state(),
        lang.pick("网络", "the wire").into(),
        state(),
        call(),
        side(Side::Server),
    ]
}

/// Returns the sentences below a figure: about its numbers, its times and its network.
pub fn key(lang: Lang) -> [&'static str; 3] {
    lang.pick(
        [
            "序号和确认号从连接开始数起，括号里是首部中的值；时间从第一行数起，单位为毫秒。",
            "≈：strace给出的返回时刻偏早（最多2 ms），图中把它放在所跟随的段之后。",
            "两个程序在同一台机器上（回环接口）：段一发出就到达，途中不会丢失。",
        ],
        [
            "Numbers count from the connection's start; the header's are in parentheses. Times are milliseconds.",
            "≈: strace's time of this return is too early, by at most 2 ms; it is shown behind the segment it followed.",
            "Both programs are on one machine (loopback): a segment arrives at once, and none is lost on the way.",
        ],
    )
}

/// Returns the names of both programs: `client java-25, server rust`.
pub fn title(ladder: &Ladder, lang: Lang) -> String {
    let [client, .., server] = headings(ladder, lang);
    format!("{client}{}{server}", lang.pick("，", ", "))
}

pub fn role(side: Side, lang: Lang) -> &'static str {
    match side {
        Side::Client => lang.pick("客户端", "client"),
        Side::Server => lang.pick("服务器", "server"),
    }
}

fn event(event: &Event, lang: Lang) -> RowText {
    let mut cells = RowText::default();
    match event {
        Event::Call(shown) => cells.call[shown.side as usize] = call(shown, lang),
        Event::Segment(shown) => cells.wire = segment(shown, lang),
        Event::Console { side, stream, text } => {
            let mark = match stream {
                ConsoleStream::Input => "⌨",
                ConsoleStream::Output => "▸",
                ConsoleStream::Error => "!",
            };
            cells.code[*side as usize] = format!("{mark} {}", line(text));
        }
        Event::Signal { side, signal } => {
            cells.code[*side as usize] = format!("↯ {}", signal_name(*signal));
        }
        Event::OtherClient { leaves } => {
            let (zh, en) = match leaves {
                true => ("（另一个客户端离开）", "(the other client leaves)"),
                false => ("（另一个客户端连接）", "(another client connects)"),
            };
            cells.wire = vec![lang.pick(zh, en).into()];
        }
        Event::Exit { side, how } => cells.code[*side as usize] = format!("■ {}", end(*how, lang)),
    }
    cells
}

/// Returns a call as text: `read(6, …, 1) = 1: 00  838.0 ms`.
pub fn call(call: &ShownCall, lang: Lang) -> String {
    let call_itself = format!("{}({})", call.name, arguments(call));
    match call.phase {
        Phase::Enters if call.blocked || call.took.is_none() => format!("{call_itself} …"),
        Phase::Enters => call_itself,
        Phase::Whole => format!("{call_itself} = {}", result(call)),
        Phase::Returns => {
            let took = milliseconds(call.took.unwrap_or(0));
            let about = if call.moved > 0 { "≈" } else { "" };
            let took = match (lang, call.blocked) {
                (Lang::Zh, true) => format!("（阻塞{about}{took}）"),
                (Lang::Zh, false) => format!("（用时{about}{took}）"),
                (Lang::En, true) => format!(" (blocked {about}{took})"),
                (Lang::En, false) => format!(" (took {about}{took})"),
            };
            format!("{} = {}{took}", call.name, result(call))
        }
    }
}

fn result(call: &ShownCall) -> String {
    let number = call.result.map_or("?".into(), |result| result.to_string());
    let what = match (&call.errno, &call.syscall) {
        (Some(errno), _) => format!(" {}", errno.name()),
        (None, Syscall::Accept { peer, .. }) => {
            peer.map_or(String::new(), |from| format!(" ← {}", address(from)))
        }
        (None, Syscall::Read { data, .. } | Syscall::Peek { data, .. })
            if call.phase == Phase::Returns && !data.is_empty() =>
        {
            format!(": {}", content(call, data))
        }
        _ => String::new(),
    };
    format!("{number}{what}")
}

fn arguments(call: &ShownCall) -> String {
    let first = |n: usize| call.arguments[..n.min(call.arguments.len())].join(", ");
    match &call.syscall {
        Syscall::Socket => first(2),
        Syscall::SetOption { fd, option, value } => {
            format!("{fd}, {}, {value}", option.name().trim_end_matches("_OLD"))
        }
        Syscall::Bind { fd, address: to } | Syscall::Connect { fd, address: to } => {
            format!("{fd}, {}", to.map_or(String::new(), address))
        }
        Syscall::Accept { listener, .. } => listener.to_string(),
        Syscall::Poll { .. } if call.name.contains("select") => first(4),
        Syscall::Poll { .. } => first(1),
        Syscall::EpollWait { epoll } => format!("{epoll}, …"),
        Syscall::Read { fd, data, capacity }
        | Syscall::Peek { fd, data, capacity }
        | Syscall::Write { fd, data, capacity } => {
            let is_read = !matches!(call.syscall, Syscall::Write { .. });
            let bytes = match is_read && (call.phase == Phase::Enters || data.is_empty()) {
                true => "…".to_owned(),
                false => content(call, data),
            };
            let capacity = capacity.map_or(String::new(), |most| format!(", {most}"));
            format!("{fd}, {bytes}{capacity}{}", flags(call))
        }
        _ => call.arguments.join(", "),
    }
}

/// Returns the flags of a call that reads or writes, as in `, MSG_PEEK`. Without MSG_NOSIGNAL: no segment depends on it.
fn flags(call: &ShownCall) -> String {
    let all = call
        .arguments
        .iter()
        .filter(|text| text.starts_with("MSG_"));
    let all = all.flat_map(|text| text.split('|'));
    let shown: Vec<&str> = all.filter(|&flag| flag != "MSG_NOSIGNAL").collect();
    match shown[..] {
        [] => String::new(),
        _ => format!(", {}", shown.join("|")),
    }
}

fn content(call: &ShownCall, data: &[u8]) -> String {
    match (call.about, &call.syscall) {
        (About::Console, _) => format!("\"{}\"", line(&String::from_utf8_lossy(data))),
        (_, Syscall::Write { .. }) if frames(data).is_some() => {
            pieces(&Frames::default().cut(data))
        }
        _ => bytes(data),
    }
}

/// Returns `127.0.0.1:666`, for `[::ffff:127.0.0.1]:666`, too.
fn address(address: SocketAddr) -> String {
    SocketAddr::new(address.ip().to_canonical(), address.port()).to_string()
}

fn segment(segment: &ShownSegment, lang: Lang) -> Vec<String> {
    let mut lines = vec![segment.flags.join(" ")];
    if segment.again {
        lines[0] += lang.pick(" （重传）", " (again)");
    }
    let number = |number: Number| format!("{} ({})", number.relative, number.absolute);
    let length = match segment.length {
        0 => String::new(),
        length => format!(", len {length}"),
    };
    let window = match segment.window_bytes == u32::from(segment.window) {
        true => format!("win {}", segment.window),
        // Spaces at which no line ends.
        false => format!(
            "win\u{a0}{}\u{a0}→\u{a0}{}",
            segment.window, segment.window_bytes
        ),
    };
    lines.push(format!(
        "seq {}{length}, {window}",
        number(segment.sequence)
    ));
    if let Some(acknowledgement) = segment.acknowledgement {
        lines.push(format!("ack {}{}", number(acknowledgement), sum(segment)));
    }
    if !segment.options.is_empty() {
        lines.push(segment.options.join(", "));
    }
    if !segment.pieces.is_empty() {
        lines.push(format!(
            "{}  {}",
            pieces(&segment.pieces),
            piece_texts(&segment.pieces)
        ));
    }
    lines
}

/// Explains an acknowledgement: ` = 1 + 7`, or with the numbers that flags take, ` = 0 + 1 (SYN)`.
fn sum(segment: &ShownSegment) -> String {
    let Some(confirmed) = segment.confirms else {
        return String::new();
    };
    let mut terms = format!(" = {}", confirmed.sequence);
    if confirmed.length > 0 {
        terms += &format!(" + {}", confirmed.length);
    }
    for (takes, flag) in [(confirmed.syn, "SYN"), (confirmed.fin, "FIN")] {
        if takes {
            terms += &format!(" + 1 ({flag})");
        }
    }
    terms
}

/// Returns the bytes of `pieces`: `00 05 | 68 65 6c 6c 6f`.
fn pieces(pieces: &[Piece]) -> String {
    let parts: Vec<String> = pieces.iter().map(|piece| bytes(&piece.bytes)).collect();
    parts.join(" | ")
}

/// Returns the texts of `pieces`: `5 "hello"`.
fn piece_texts(pieces: &[Piece]) -> String {
    use super::segment::Part::{Body, Length};
    let texts = pieces.iter().filter(|piece| !piece.text.is_empty());
    let words = texts.map(|piece| match piece.part {
        Length => piece.text.clone(),
        Body => format!("\"{}\"", cut(&piece.text, 24)),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns at most twelve bytes in hexadecimal.
fn bytes(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let more = if bytes.len() > 12 { " …" } else { "" };
    format!("{}{more}", shown.join(" "))
}

/// Returns the first line of a console's text, with a mark for its end. Of a stack trace, that is the
/// message.
fn line(text: &str) -> String {
    let (first, rest) = text
        .split_once('\n')
        .map_or((text, None), |(first, rest)| (first, Some(rest)));
    let safe: String = first
        .chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect();
    let mark = match rest {
        Some("") => "⏎",
        Some(_) => "⏎…",
        None => "",
    };
    format!("{}{mark}", cut(&safe, 72))
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most).chain(['…']).collect()
}

fn end(how: Exit, lang: Lang) -> String {
    match (lang, how) {
        (Lang::En, how) => how.to_string(),
        (Lang::Zh, Exit::Code(code)) => format!("退出码{code}"),
        (Lang::Zh, Exit::Signal(signal)) => format!("被信号{signal}终止"),
        (Lang::Zh, Exit::StillRunning) => "仍在运行".into(),
    }
}

fn signal_name(signal: Signal) -> &'static str {
    match signal {
        Signal::Kill => "SIGKILL",
        Signal::Terminate => "SIGTERM",
        Signal::Interrupt => "SIGINT",
        Signal::Hangup => "SIGHUP",
        Signal::Stop => "SIGSTOP",
        Signal::Continue => "SIGCONT",
        Signal::Resize => "SIGWINCH",
    }
}

fn milliseconds(nanos: Nanos) -> String {
    // A space at which no line ends.
    format!("{}\u{a0}ms", clock(nanos))
}

/// Returns the time of a row in at most eight characters, which is what its column holds: `9999.999`, `10000.00`.
fn time(nanos: Nanos) -> String {
    let most = clock(nanos);
    most[..most.len().min(8)].to_owned()
}

/// Returns a pause in at most six characters: `999 ms`, `1.0 s`.
fn span(nanos: Nanos) -> String {
    match nanos / 1_000_000 {
        millis @ 0..1000 => format!("{millis} ms"),
        millis => format!("{}.{} s", millis / 1000, millis / 100 % 10),
    }
}

/// Returns milliseconds with three decimals.
fn clock(nanos: Nanos) -> String {
    format!("{}.{:03}", nanos / 1_000_000, nanos / 1_000 % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_pauses_fit_their_column() {
        let cases = [
            (9_999_999_999, "9999.999", "9.9 s"),
            (999_999_999, "999.999", "999 ms"),
            (12_345_678_901, "12345.67", "12.3 s"),
            (99_999_999_999, "99999.99", "99.9 s"),
        ];
        for (nanos, row, pause) in cases {
            assert_eq!((time(nanos), span(nanos)), (row.into(), pause.into()));
        }
    }

    #[test]
    fn a_title_has_the_comma_of_its_language() {
        let ladder = scene::ladder("@open", Player::plain("a"));
        assert_eq!(title(&ladder, Lang::En), "client a, server b");
        assert_eq!(title(&ladder, Lang::Zh), "客户端 a，服务器 b");
    }
    use crate::player::Player;
    use crate::scene;

    #[test]
    fn a_call_is_shown_with_the_flags_that_change_what_it_does() {
        let calls = "c sendto(3, \"\\x68\", 1, MSG_OOB|MSG_NOSIGNAL, NULL, 0) = 1\nc: PA 68\n\
                     s recvfrom(4, \"\\x68\", 9, MSG_PEEK|MSG_DONTWAIT, NULL, NULL) = 1\n\
                     s recvfrom(4, \"\\x68\", 9, 0, NULL, NULL) = 1\n";
        let ladder = scene::ladder(&["@open\n", calls].concat(), Player::plain("a"));
        let shown: Vec<String> = ladder.calls().map(|shown| call(shown, Lang::En)).collect();
        let expected = [
            "sendto(3, 68, 1, MSG_OOB) = 1",
            "recvfrom(4, 68, 9, MSG_PEEK|MSG_DONTWAIT) = 1",
            "recvfrom(4, 68, 9) = 1",
        ];
        assert_eq!(shown[shown.len() - 3..], expected);
    }
}
