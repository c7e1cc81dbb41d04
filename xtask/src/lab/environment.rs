//! The environment of a page: the programs and the command that a reader needs to make the page again.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::process::Command;

use maud::{Markup, html};
use sysinfo::System;

use super::programs::RUST;
use ladder::{Ladder, Lang};
use recorder::Side;

use ::interop::programs::jdk::Jdk;
use ::interop::programs::workspace;

/// The environment of a page.
#[derive(Debug)]
pub(super) struct Environment {
    /// Time at which the programs were observed, as RFC 3339 in UTC.
    pub(super) played: String,
    /// Names of the programs, such as `java-25` and `rust`.
    pub(super) programs: BTreeSet<String>,
    /// The command line that makes the page.
    pub(super) command: String,
}

/// Returns the section of a page that describes `environment`.
pub(super) fn section(environment: &Environment, jdks: &[Jdk], lang: Lang) -> Markup {
    let os = System::long_os_version().unwrap_or_else(|| std::env::consts::OS.into());
    let unknown = || lang.pick("没有", "none").to_owned();
    html! {
        section {
            h2 { (lang.pick("环境", "Environment")) }
            dl {
                dt { (lang.pick("时间", "Played")) } dd { (environment.played) }
                dt { (lang.pick("系统", "System")) } dd { (os) ", " (System::kernel_long_version()) ", " (System::cpu_arch()) }
                @for name in &environment.programs { dt { (name) } dd { (build(name, jdks, lang).unwrap_or_else(unknown)) } }
                dt { "strace" } dd { (strace().unwrap_or_else(unknown)) }
                dt { (lang.pick("提交", "Commit")) } dd { code { (workspace::commit().unwrap_or_else(unknown)) } }
                dt { (lang.pick("重现命令", "Play it again")) } dd { code { (environment.command) } }
            }
        }
    }
}

/// Returns the environment of a page with `ladders`, which were played at the time `played` by `command`.
pub(super) fn of(command: String, ladders: &[&Ladder], played: &str) -> Environment {
    let players = ladders
        .iter()
        .flat_map(|ladder| Side::BOTH.map(|side| (side, ladder.player(side).name.clone())))
        .filter(|(_, name)| !name.is_empty());
    let named = players
        .clone()
        .map(|(side, name)| format!(" --{} {name}", side.name()));
    Environment {
        played: played.to_owned(),
        command: command + &named.collect::<String>(),
        programs: players.map(|(_, name)| name).collect(),
    }
}

/// Returns the version of the JVM that runs the program called `name`, or of the compiler that built it.
fn build(name: &str, jdks: &[Jdk], lang: Lang) -> Option<String> {
    match jdks.iter().find(|jdk| jdk.name == name) {
        Some(jdk) => {
            let output = version_output(jdk.java(), "-version")?;
            let runtime = output.lines().find(|line| line.contains("Runtime"))?;
            Some(runtime.to_owned())
        }
        None if name == RUST => Some(version_output("rustc", "--version")?.trim().to_owned()),
        None => Some(lang.pick("自己的程序", "a program of one's own").into()),
    }
}

/// Returns the version of strace: `6.13` of `strace -- version 6.13`.
fn strace() -> Option<String> {
    let output = version_output("strace", "--version")?;
    let version = output.lines().next()?.rsplit(' ').next()?;
    Some(version.to_owned())
}

/// Returns both outputs of `program` with `flag`, because `java` prints its version to standard error.
fn version_output(program: impl AsRef<OsStr>, flag: &str) -> Option<String> {
    let output = Command::new(program)
        .current_dir(workspace::root())
        .arg(flag)
        .output()
        .ok()?;
    let text = [output.stdout, output.stderr].concat();
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&text).into_owned())
}
