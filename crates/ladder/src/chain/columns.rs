//! Columns of blocks, one for each program, which every drawing puts side by side.

use std::collections::HashSet;

use super::explain;
use super::figure::{Call, Chain, Frame, Kind, Layer, Seen};
use crate::lang::Lang;

/// One chain, ready to be drawn from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// The program, its implementation of sockets, and the origin of the chain.
    pub(super) heads: [String; 3],
    /// The blocks above the kernel.
    pub(super) above: Vec<Block>,
    pub(super) system_call: String,
    pub(super) kernel: Block,
    /// The blocks of a woken thread, and the system call that it makes.
    pub(super) resumes: Option<(Vec<Block>, String)>,
}

/// The functions of one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    pub(super) head: String,
    /// The origin of the block, if it is not live.
    pub(super) known: Option<String>,
    pub(super) lines: Vec<Line>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    Program,
    Library,
    Native,
    System,
    Kernel,
}

/// A function with its place and its explanation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    pub(super) function: String,
    pub(super) place: String,
    pub(super) note: Option<&'static str>,
    /// The line of the program's source that `place` names.
    pub(super) source: Option<&'static str>,
}

/// Returns the columns of `call`. Each explanation stands only where it is first needed.
pub(super) fn of(call: &Call, lang: Lang) -> Vec<Column> {
    let mut said = HashSet::new();
    let columns = call.chains.iter();
    columns
        .map(|chain| column(chain, lang, &mut said))
        .collect()
}

fn column(chain: &Chain, lang: Lang, said: &mut HashSet<&'static str>) -> Column {
    let mut note = |function: &str, place: Option<&str>| {
        let native = (place == Some("native")).then(|| explain::native_method(lang));
        let note = native.or_else(|| explain::function(function, lang));
        note.filter(|note| said.insert(note))
    };
    let above = blocks(&chain.frames, chain, lang, &mut note);
    let kernel = kernel(chain, lang, &mut note);
    let resumes = chain.resumes.as_ref().map(|resumes| {
        let frames = behind_what_is_common(&resumes.frames, &chain.frames);
        (
            blocks(frames, chain, lang, &mut note),
            resumes.system_call.clone(),
        )
    });
    Column {
        heads: [
            format!("{} {}", chain.program, chain.version),
            explain::kind(chain.kind, lang).into(),
            known(&chain.seen, lang).unwrap_or_else(|| lang.pick("实测", "live").into()),
        ],
        above,
        system_call: chain.system_call.clone(),
        kernel,
        resumes,
    }
}

fn kernel(
    chain: &Chain,
    lang: Lang,
    note: &mut impl FnMut(&str, Option<&str>) -> Option<&'static str>,
) -> Block {
    // If nothing of the chain is live, the column's head says so.
    let known = known(&chain.kernel_seen, lang).filter(|_| chain.seen == Seen::Live);
    let here = chain
        .sleeps_in
        .as_ref()
        .map(|function| match lang.pick("zh", "en") {
            "zh" => format!("(本机的wchan:{function})"),
            _ => format!(" (wchan here: {function})"),
        });
    let line = |function: &String| Line {
        function: function.clone(),
        note: note(function, None),
        ..Line::default()
    };
    Block {
        kind: BlockKind::Kernel,
        head: lang.pick("内核", "kernel").into(),
        known: known.map(|known| known + &here.unwrap_or_default()),
        lines: chain.kernel.iter().map(line).collect(),
    }
}

/// Returns `frames` from the last one on that they share with `before`: both stacks begin alike.
fn behind_what_is_common<'a>(frames: &'a [Frame], before: &[Frame]) -> &'a [Frame] {
    let common = frames
        .iter()
        .zip(before)
        .take_while(|(a, b)| a == b)
        .count();
    &frames[common.saturating_sub(1)..]
}

fn blocks(
    frames: &[Frame],
    chain: &Chain,
    lang: Lang,
    note: &mut impl FnMut(&str, Option<&str>) -> Option<&'static str>,
) -> Vec<Block> {
    let mut blocks = Vec::new();
    for run in frames.chunk_by(|a, b| a.layer == b.layer) {
        let layer = run[0].layer;
        let mut lines: Vec<Line> = run
            .iter()
            .map(|frame| Line {
                function: shown(&frame.function),
                place: frame.place.clone().unwrap_or_default(),
                note: note(&shown(&frame.function), frame.place.as_deref()),
                source: frame.place.as_deref().and_then(source),
            })
            .collect();
        if chain.kind == Kind::Tokio {
            lines = folded(lines, lang);
        }
        let is_native = matches!(layer, Layer::Native | Layer::System);
        let known =
            known(&chain.native_seen, lang).filter(|_| is_native && chain.seen == Seen::Live);
        blocks.push(Block {
            kind: block_kind(layer),
            head: explain::layer(layer, chain.kind, lang).into(),
            known,
            lines,
        });
    }
    blocks
}

/// Returns the line of source at `place`, such as `server.java:17`.
fn source(place: &str) -> Option<&'static str> {
    let (file, number) = place.split_once(':')?;
    let text = match file {
        "client.java" => include_str!("../../../../java/client.java"),
        "server.java" => include_str!("../../../../java/server.java"),
        _ => return None,
    };
    let number: usize = number.parse().ok()?;
    text.lines().nth(number.checked_sub(1)?).map(str::trim)
}

fn block_kind(layer: Layer) -> BlockKind {
    match layer {
        Layer::Program => BlockKind::Program,
        Layer::Library => BlockKind::Library,
        Layer::Native => BlockKind::Native,
        Layer::System => BlockKind::System,
    }
}

/// Returns the first of `lines`, the last two, and those that have an explanation, with `⋮ 3 more` between them.
fn folded(lines: Vec<Line>, lang: Lang) -> Vec<Line> {
    const ENDS: usize = 2;
    let last = lines.len().saturating_sub(ENDS);
    let mut kept: Vec<Line> = Vec::new();
    let mut hidden = 0;
    for (index, line) in lines.into_iter().enumerate() {
        let shown = index == 0 || index >= last || line.note.is_some();
        if shown {
            kept.extend(gap(hidden, lang));
            kept.push(line);
            hidden = 0;
        } else {
            hidden += 1;
        }
    }
    kept
}

fn gap(hidden: usize, lang: Lang) -> Option<Line> {
    (hidden > 0).then(|| Line {
        function: match lang.pick("zh", "en") {
            "zh" => format!("⋮ 另外{hidden}个函数"),
            _ => format!("⋮ {hidden} more"),
        },
        ..Line::default()
    })
}

/// Returns the short form of a name.
///
/// Rust's `<tokio::net::TcpStream as tokio::io::AsyncRead>::poll_read` is `tokio::net::TcpStream::poll_read`.
fn shown(function: &str) -> String {
    let Some((inner, method)) = function
        .strip_prefix('<')
        .and_then(|rest| rest.rsplit_once(">::"))
    else {
        return function
            .replace("<T>", "")
            .replace("<T,S>", "")
            .replace("<E>", "");
    };
    let of_type = inner
        .split_once(" as ")
        .map_or(inner, |(of_type, _)| of_type);
    let plain = of_type
        .trim_start_matches('&')
        .split('<')
        .next()
        .unwrap_or(of_type);
    format!("{plain}::{method}")
}

/// Returns the description of an origin, or `None` for live.
fn known(seen: &Seen, lang: Lang) -> Option<String> {
    let (how, because) = match seen {
        Seen::Live => return None,
        Seen::Recorded { on, because } => (
            format!("{} {on}", lang.pick("录制于", "recorded on")),
            because.as_ref(),
        ),
        Seen::ByRule { because } => {
            let rule = lang.pick("按JNI的命名规则", "by JNI's naming rule");
            (rule.to_owned(), Some(because))
        }
        Seen::Unseen { because } => {
            let unseen = lang.pick("未能看到", "not seen");
            (unseen.to_owned(), Some(because))
        }
    };
    let why = because.map(|why| format!("{}{}", lang.pick(":", ": "), explain::why(why, lang)));
    Some(how + &why.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_of_a_trait_is_shown_as_its_types() {
        for (function, expected) in [
            (
                "<tokio::net::TcpStream as tokio::io::AsyncRead>::poll_read",
                "tokio::net::TcpStream::poll_read",
            ),
            (
                "<&mio::net::TcpStream as std::io::Read>::read",
                "mio::net::TcpStream::read",
            ),
            (
                "tokio::runtime::task::core::Core<T,S>::poll",
                "tokio::runtime::task::core::Core::poll",
            ),
            ("java.net.Socket.<init>", "java.net.Socket.<init>"),
        ] {
            assert_eq!(shown(function), expected);
        }
    }

    #[test]
    fn a_long_stretch_keeps_its_ends_and_what_is_explained() {
        let mut lines: Vec<Line> = (0..9)
            .map(|n| Line {
                function: n.to_string(),
                ..Line::default()
            })
            .collect();
        lines[4].note = Some("why");
        let functions: Vec<String> = folded(lines, Lang::En)
            .into_iter()
            .map(|line| line.function)
            .collect();
        assert_eq!(functions, ["0", "⋮ 3 more", "4", "⋮ 2 more", "7", "8"]);
    }
}
