//! With what a page was made: what a reader needs to make it again.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::process::Command;

use maud::{Markup, html};
use sysinfo::System;

use super::scenario::Scenario;
use ladder::{Ladder, Lang};
use recorder::Side;

use ::interop::programs::jdk::Jdk;
use ::interop::programs::workspace;

/// How the page was made.
#[derive(Debug)]
pub(super) struct Made {
    /// RFC 3339, UTC.
    pub(super) when: String,
    /// `java-25`, `rust`.
    pub(super) programs: BTreeSet<String>,
    pub(super) command: String,
}

/// Returns the section of a page that says so.
pub(super) fn section(made: &Made, jdks: &[Jdk], lang: Lang) -> Markup {
    let os = System::long_os_version().unwrap_or_else(|| std::env::consts::OS.into());
    let unknown = || lang.pick("没有", "none").to_owned();
    html! {
        section {
            h2 { (lang.pick("环境", "Environment")) }
            dl {
                dt { (lang.pick("时间", "Played")) } dd { (made.when) }
                dt { (lang.pick("系统", "System")) } dd { (os) ", " (System::kernel_long_version()) ", " (System::cpu_arch()) }
                @for name in &made.programs { dt { (name) } dd { (build(name, jdks).unwrap_or_else(unknown)) } }
                dt { "strace" } dd { (strace().unwrap_or_else(unknown)) }
                dt { (lang.pick("提交", "Commit")) } dd { code { (workspace::commit().unwrap_or_else(unknown)) } }
                dt { (lang.pick("再做一次", "Play it again")) } dd { code { (made.command) } }
            }
        }
    }
}

/// Returns how a page of `ladders` was made, which were played at `when`.
pub(super) fn made(scenario: &Scenario, ladders: &[&Ladder], when: &str) -> Made {
    let players = ladders
        .iter()
        .flat_map(|ladder| Side::BOTH.map(|side| (side, ladder.player(side).name.clone())))
        .filter(|(_, name)| !name.is_empty());
    let mut command = format!("cargo xtask lab {}", scenario.name);
    for (side, name) in players.clone() {
        command += &format!(" --{} {name}", side.name());
    }
    Made {
        when: when.to_owned(),
        programs: players.map(|(_, name)| name).collect(),
        command,
    }
}

/// What built or runs the program: as a JVM calls itself, or the compiler.
fn build(name: &str, jdks: &[Jdk]) -> Option<String> {
    match jdks.iter().find(|jdk| jdk.name == name) {
        Some(jdk) => {
            let said = said(jdk.java(), "-version")?;
            let runtime = said.lines().find(|line| line.contains("Runtime"))?;
            Some(runtime.to_owned())
        }
        None => Some(said("rustc", "--version")?.trim().to_owned()),
    }
}

/// `6.13`, of `strace -- version 6.13`.
fn strace() -> Option<String> {
    let said = said("strace", "--version")?;
    let version = said.lines().next()?.rsplit(' ').next()?;
    Some(version.to_owned())
}

/// What a program prints of its version; `java` writes to standard error.
fn said(program: impl AsRef<OsStr>, flag: &str) -> Option<String> {
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
