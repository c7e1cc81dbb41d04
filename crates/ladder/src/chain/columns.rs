//! Columns of blocks, one for each program, which every drawing puts side by side.

use std::collections::HashSet;

use super::explain;
use super::figure::{CallChains, Chain, Frame, Implementation, Layer, Origin};
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
    pub(super) layer: Layer,
    pub(super) head: &'static str,
    /// The origin of the block, if it is not live.
    pub(super) origin: Option<String>,
    pub(super) lines: Vec<Line>,
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
pub(super) fn of(call: &CallChains, lang: Lang) -> Vec<Column> {
    let mut writer = Writer {
        lang,
        explained: HashSet::new(),
    };
    let chains = call.chains.iter();
    chains.map(|chain| writer.column(chain)).collect()
}

struct Writer {
    lang: Lang,
    /// The explanations that have been given.
    explained: HashSet<&'static str>,
}

impl Writer {
    fn column(&mut self, chain: &Chain) -> Column {
        let lang = self.lang;
        let origin = description(&chain.origin, lang);
        Column {
            heads: [
                format!("{} {}", chain.program, chain.version),
                explain::implementation(chain.implementation, lang).into(),
                origin.unwrap_or_else(|| lang.pick("实测", "live").into()),
            ],
            above: self.blocks(&chain.frames, chain),
            system_call: chain.system_call.clone(),
            kernel: self.kernel(chain),
            resumes: chain.resumes.as_ref().map(|resumes| {
                let frames = behind_what_is_common(&resumes.frames, &chain.frames);
                (self.blocks(frames, chain), resumes.system_call.clone())
            }),
        }
    }

    fn kernel(&mut self, chain: &Chain) -> Block {
        let frame = |function: &String| Frame {
            layer: Layer::Kernel,
            function: function.clone(),
            place: None,
        };
        let frames: Vec<Frame> = chain.kernel.iter().map(frame).collect();
        let mut block = self.block(Layer::Kernel, &frames, chain);
        if let (Some(origin), Some(function)) = (&mut block.origin, &chain.sleeps_in) {
            *origin += &match self.lang {
                Lang::Zh => format!("（本机的wchan：{function}）"),
                Lang::En => format!(" (wchan here: {function})"),
            };
        }
        block
    }

    fn blocks(&mut self, frames: &[Frame], chain: &Chain) -> Vec<Block> {
        let layers = frames.chunk_by(|a, b| a.layer == b.layer);
        layers
            .map(|frames| self.block(frames[0].layer, frames, chain))
            .collect()
    }

    fn block(&mut self, layer: Layer, frames: &[Frame], chain: &Chain) -> Block {
        let mut lines: Vec<Line> = frames.iter().map(|frame| self.line(frame)).collect();
        if chain.implementation == Implementation::Tokio && layer != Layer::Kernel {
            lines = folded(lines, self.lang);
        }
        let origin = match layer {
            Layer::Program | Layer::Library => &Origin::Live,
            Layer::Native | Layer::System => &chain.native_origin,
            Layer::Kernel => &chain.kernel_origin,
        };
        Block {
            layer,
            head: explain::layer(layer, chain.implementation, self.lang),
            // If nothing of the chain is live, the column's head says so.
            origin: description(origin, self.lang).filter(|_| chain.origin == Origin::Live),
            lines,
        }
    }

    fn line(&mut self, frame: &Frame) -> Line {
        let function = shown(&frame.function);
        let note = match frame.place.as_deref() {
            Some("native") => Some(explain::native_method(self.lang)),
            _ => explain::function(&function, self.lang),
        };
        Line {
            note: note.filter(|note| self.explained.insert(note)),
            source: frame.place.as_deref().and_then(source),
            place: frame.place.clone().unwrap_or_default(),
            function,
        }
    }
}

/// Returns `frames` from the last one on that they share with `before`: both stacks begin alike.
fn behind_what_is_common<'a>(frames: &'a [Frame], before: &[Frame]) -> &'a [Frame] {
    let both = frames.iter().zip(before);
    let common = both.take_while(|(a, b)| a == b).count();
    &frames[common.saturating_sub(1)..]
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

/// Returns the first of `lines`, the last two, and those that have an explanation, with `⋮ 3 more` between them.
fn folded(lines: Vec<Line>, lang: Lang) -> Vec<Line> {
    const ENDS: usize = 2;
    let last = lines.len().saturating_sub(ENDS);
    let mut shown: Vec<Line> = Vec::new();
    let mut hidden = 0;
    for (index, line) in lines.into_iter().enumerate() {
        if index == 0 || index >= last || line.note.is_some() {
            shown.extend(gap(hidden, lang));
            shown.push(line);
            hidden = 0;
        } else {
            hidden += 1;
        }
    }
    shown
}

fn gap(hidden: usize, lang: Lang) -> Option<Line> {
    (hidden > 0).then(|| Line {
        function: match lang {
            Lang::Zh => format!("⋮ 另外{hidden}个函数"),
            Lang::En => format!("⋮ {hidden} more"),
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
fn description(origin: &Origin, lang: Lang) -> Option<String> {
    let (how, because) = match origin {
        Origin::Live => return None,
        Origin::Recorded { on, because } => {
            let recorded = lang.pick("录制于", "recorded on");
            (format!("{recorded} {on}"), because.as_ref())
        }
        Origin::ByRule { because } => {
            let rule = lang.pick("按JNI的命名规则", "by JNI's naming rule");
            (rule.into(), Some(because))
        }
        Origin::Unseen { because } => (lang.pick("未能看到", "not seen").into(), Some(because)),
    };
    Some(match because {
        Some(reason) => how + lang.pick("：", ": ") + explain::reason(reason, lang),
        None => how,
    })
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
