//! `cargo xtask lab chain`: how Java's and Rust's socket calls reach the kernel, from threads that wait in
//! them. The programs are real and blocked: a JVM prints its stacks at SIGQUIT, strace walks the native
//! ones, and `/proc` has the system call and, for root, the kernel's functions. What cannot be seen on a
//! machine is shown as it was recorded on another, and says so.

mod columns;
mod explain;
mod figure;
mod html;
mod lines;
mod look;
mod play;
mod recorded;
mod script;
mod stacks;
mod svg;
mod terminal;
mod thread_dump;

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Format;
use ::interop::programs::jdk::Jdk;
use figure::{Api, Call, Chain, Figure, Kind, Seen, Why};
use ladder::Lang;
use play::Subject;
use recorder::Side;

/// The name that `--list` shows, and what it draws.
pub(super) const NAME: &str = "chain";

/// Whether `word` names a figure of this kind instead of a scenario.
pub(super) fn is_named(word: &str) -> bool {
    word.split('/').next() == Some(NAME)
}

pub(super) fn title(lang: Lang) -> &'static str {
    lang.pick(
        "调用链:connect、accept、readUTF、writeUTF怎样到达内核(chain/accept只画一个)",
        "how connect, accept, readUTF and writeUTF reach the kernel (chain/accept: that one alone)",
    )
}

/// The figure called `word`, drawn.
pub(super) fn drawn(word: &str, jdks: &[Jdk], lang: Lang, format: Format) -> Result<String> {
    let figure = figure(&apis(word)?, jdks)?;
    Ok(match format {
        Format::Terminal => terminal::draw(&figure, lang, super::width()),
        Format::Svg => svg::draw(&figure, lang),
        Format::Html => html::page(word, &figure, jdks, lang),
        Format::Mermaid => bail!("the chain is drawn as terminal, svg, html or json"),
        Format::Json => serde_json::to_string_pretty(&figure)? + "\n",
    })
}

/// The recorded figure as SVG, one for each call, with its name; it needs no JVM.
pub(super) fn kept(lang: Lang) -> Vec<(String, String)> {
    let calls = recorded::labelled().calls.into_iter();
    let drawn = calls.map(|call| {
        let name = format!("{NAME}-{}", call.api.name());
        (name, svg::draw_call(&call, lang))
    });
    drawn.collect()
}

/// Where the chains that are seen now end otherwise than those that are recorded, one a line.
pub(super) fn differences(jdks: &[Jdk]) -> Result<Vec<String>> {
    let now = figure(&Api::ALL, jdks)?;
    let each = now.calls.iter().flat_map(|call| {
        let live = call.chains.iter().filter(|chain| chain.seen == Seen::Live);
        live.filter_map(|chain| {
            let kept = recorded::chain(call.api, chain.kind, None)?;
            let (kept, new) = (kept.outline(), chain.outline());
            let name = call.api.name();
            (kept != new).then(|| format!("{name}, {}: {kept} is now {new}", chain.program))
        })
    });
    Ok(each.collect())
}

/// `chain` is all of them, `chain/accept` one.
fn apis(word: &str) -> Result<Vec<Api>> {
    let Some((_, name)) = word.split_once('/') else {
        return Ok(Api::ALL.to_vec());
    };
    let known = Api::ALL.into_iter().find(|api| api.name() == name);
    let api = known
        .with_context(|| format!("no call {name:?}: there are connect, accept, read, write"))?;
    Ok(vec![api])
}

/// How `apis` reach the kernel in the programs of `jdks` and in Rust's.
fn figure(apis: &[Api], jdks: &[Jdk]) -> Result<Figure> {
    let subjects = play::subjects(jdks)?;
    let calls = apis.iter().map(|&api| Call {
        api,
        chains: chains(api, &subjects),
    });
    Ok(Figure {
        system: system(),
        calls: calls.collect(),
    })
}

/// `Linux 6.18.44`, without what its builder added.
fn system() -> String {
    let release = sysinfo::System::kernel_version().unwrap_or_default();
    let number = release.split(['-', '+']).next().unwrap_or_default();
    format!("Linux {number}")
}

/// Every chain into `api`, from the oldest implementation of sockets to the newest; what no subject can
/// show, as it was recorded.
fn chains(api: Api, subjects: &[Subject]) -> Vec<Chain> {
    let strace = which::which("strace").ok();
    let playing = subjects
        .iter()
        .filter_map(|subject| Some((subject, subject.side(api)?)));
    let mut chains: Vec<Chain> = std::thread::scope(|scope| {
        let strace = strace.as_deref();
        let plays: Vec<_> = playing
            .map(|(subject, side)| {
                scope.spawn(move || seen_or_recorded(subject, api, side, strace))
            })
            .collect();
        let joined = plays
            .into_iter()
            .filter_map(|play| play.join().ok().flatten());
        joined.collect()
    });
    for kind in [Kind::Plain, Kind::Nio] {
        if !chains.iter().any(|chain| chain.kind == kind) {
            chains.extend(recorded::chain(api, kind, Some(Why::NoJdk)));
        }
    }
    chains.sort_by_key(|chain| chain.kind);
    chains
}

fn seen_or_recorded(
    subject: &Subject,
    api: Api,
    side: Side,
    strace: Option<&Path>,
) -> Option<Chain> {
    match play::chain(subject, api, side, strace) {
        Ok(mut chain) => {
            recorded::complete(api, &mut chain);
            Some(chain)
        }
        Err(error) => recorded::chain(api, subject.kind, Some(play::failed(&error))),
    }
}
