//! `cargo xtask lab chain` shows the functions through which Java's and Rust's socket calls reach the kernel.
//!
//! Each program is real and blocks in the call. The JVM prints its stacks at SIGQUIT, strace walks the native stack,
//! and `/proc` has the system call and, for root, the kernel's functions. The parts that this machine cannot show
//! come from a recording of another machine, and the figure says so.

mod play;
mod script;
mod sleeping_thread;
mod stacks;
mod thread_dump;

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};

use super::Format;
use super::environment::{self, Environment};
use super::messages;
use ::interop::programs::jdk::Jdk;
use ladder::Lang;
use ladder::chain::{
    CallChains, Chain, Figure, Implementation, Origin, Reason, SocketCall, html, recorded, svg,
    terminal,
};
use play::TracedProgram;

/// Name of this figure in `--list`.
pub(super) const NAME: &str = "chain";

/// Returns whether `word` names this figure or a part of it, and no scenario.
pub(super) fn is_named(word: &str) -> bool {
    word.split('/').next() == Some(NAME)
}

/// Returns the figure's description in `--list`.
pub(super) fn title(lang: Lang) -> &'static str {
    lang.pick(
        "调用链：connect、accept、readUTF、writeUTF怎样到达内核（chain/accept只画一个）",
        "how connect, accept, readUTF and writeUTF reach the kernel (chain/accept: that one alone)",
    )
}

/// Draws the figure called `word` in `format`.
pub(super) fn draw(word: &str, jdks: &[Jdk], lang: Lang, format: Format) -> Result<String> {
    let socket_calls = socket_calls(word)?;
    ensure!(
        format != Format::Mermaid,
        "chain has no Mermaid drawing: choose terminal, svg, png, pdf, html or json"
    );
    let mut figure = figure(&socket_calls, jdks)?;
    if format != Format::Json {
        say_in(lang, &mut figure);
    }
    Ok(match format {
        Format::Terminal => terminal::draw(&figure, lang, super::width()),
        Format::Svg | Format::Png | Format::Pdf => svg::draw(&figure, lang),
        Format::Html => {
            let environment = environment::section(&environment(word, &figure), jdks, lang);
            html::page(&figure, &environment, lang)
        }
        Format::Mermaid => unreachable!("it was refused above"),
        Format::Json => serde_json::to_string_pretty(&figure)? + "\n",
    })
}

/// Puts into `lang` what went wrong in looking at a program.
fn say_in(lang: Lang, figure: &mut Figure) {
    for chain in figure.calls.iter_mut().flat_map(|call| &mut call.chains) {
        for origin in [
            &mut chain.origin,
            &mut chain.native_origin,
            &mut chain.kernel_origin,
        ] {
            if let Origin::Recorded {
                because: Some(Reason::Failed(error)),
                ..
            }
            | Origin::ByRule {
                because: Reason::Failed(error),
            }
            | Origin::Unseen {
                because: Reason::Failed(error),
            } = origin
            {
                *error = messages::text_in(lang, error);
            }
        }
    }
}

/// Returns the environment of a page. Its programs are those that were seen live: a recorded chain names its origin.
fn environment(word: &str, figure: &Figure) -> Environment {
    let chains = figure.calls.iter().flat_map(|call| &call.chains);
    let live = chains.filter(|chain| chain.origin == Origin::Live);
    Environment {
        played: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        programs: live.map(|chain| chain.program.clone()).collect(),
        command: format!("cargo xtask lab {word}"),
    }
}

/// Draws the recorded chains, which need no JVM: a name and an SVG for each call.
pub(super) fn recorded_figures(lang: Lang) -> Vec<(String, String)> {
    let calls = recorded::labelled().calls.into_iter();
    let drawn = calls.map(|call| {
        let name = format!("{NAME}-{}", call.socket_call.name());
        (name, svg::draw_call(&call, lang))
    });
    drawn.collect()
}

/// Looks at the programs of `jdks` and in Rust, and returns a line for each chain that differs from the recorded one.
pub(super) fn differences(jdks: &[Jdk]) -> Result<Vec<String>> {
    let now = figure(&SocketCall::ALL, jdks)?;
    let each = now.calls.iter().flat_map(|call| {
        let live = call
            .chains
            .iter()
            .filter(|chain| chain.origin == Origin::Live);
        live.filter_map(|chain| {
            let recorded = recorded::chain(call.socket_call, chain.implementation, None)?;
            let (recorded, new) = (recorded.outline(), chain.outline());
            let name = call.socket_call.name();
            (recorded != new).then(|| format!("{name}, {}: {recorded} is now {new}", chain.program))
        })
    });
    Ok(each.collect())
}

/// Returns the calls that `word` names: `chain` names all, `chain/accept` one.
fn socket_calls(word: &str) -> Result<Vec<SocketCall>> {
    let Some((_, name)) = word.split_once('/') else {
        return Ok(SocketCall::ALL.to_vec());
    };
    let found = SocketCall::ALL
        .into_iter()
        .find(|socket_call| socket_call.name() == name);
    let socket_call = found.with_context(|| {
        format!("there is no call {name:?}: choose connect, accept, read or write")
    })?;
    Ok(vec![socket_call])
}

/// Returns the chains of `socket_calls` in the programs of `jdks` and in Rust.
fn figure(socket_calls: &[SocketCall], jdks: &[Jdk]) -> Result<Figure> {
    let programs = play::programs(jdks)?;
    let calls = socket_calls.iter().map(|&socket_call| CallChains {
        socket_call,
        chains: chains(socket_call, &programs),
    });
    Ok(Figure {
        system: system(),
        calls: calls.collect(),
    })
}

/// Returns the kernel's release without its builder's suffix, such as `Linux 6.18.44`.
fn system() -> String {
    let release = sysinfo::System::kernel_version().unwrap_or_default();
    let number = release.split(['-', '+']).next().unwrap_or_default();
    format!("Linux {number}")
}

/// Returns every chain of `socket_call`, from the oldest implementation of sockets to the newest.
///
/// An implementation that no program has is shown as it was recorded.
fn chains(socket_call: SocketCall, programs: &[TracedProgram]) -> Vec<Chain> {
    let strace = which::which("strace").ok();
    let strace = strace.as_deref();
    let mut chains: Vec<Chain> = std::thread::scope(|scope| {
        let play = |program| scope.spawn(move || seen_or_recorded(program, socket_call, strace));
        let plays: Vec<_> = programs.iter().map(play).collect();
        let joined = plays.into_iter().map(|play| play.join().ok().flatten());
        joined.flatten().collect()
    });
    for implementation in [Implementation::Plain, Implementation::Nio] {
        let is_same = |chain: &Chain| chain.implementation == implementation;
        if !chains.iter().any(is_same) {
            let because = Some(Reason::NoJdk);
            chains.extend(recorded::chain(socket_call, implementation, because));
        }
    }
    chains.sort_by_key(|chain| chain.implementation);
    chains
}

/// Returns the chain of `program`, or `None` if it never makes this call.
fn seen_or_recorded(
    program: &TracedProgram,
    socket_call: SocketCall,
    strace: Option<&Path>,
) -> Option<Chain> {
    let side = program.side(socket_call)?;
    match play::chain(program, socket_call, side, strace) {
        Ok(mut chain) => {
            recorded::complete(socket_call, &mut chain);
            Some(chain)
        }
        Err(error) => {
            let because = Some(play::failed(&error));
            recorded::chain(socket_call, program.implementation, because)
        }
    }
}
