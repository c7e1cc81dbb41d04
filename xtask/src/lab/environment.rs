//! The environment of a page: the programs and the command that a reader needs to make the page again.

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

/// The origin of a page.
#[derive(Debug)]
pub(super) struct Made {
    /// Time at which the programs were observed, as RFC 3339 in UTC.
    pub(super) when: String,
    /// Names of the programs, such as `java-25` and `rust`.
    pub(super) programs: BTreeSet<String>,
    /// The command line that makes the page.
    pub(super) command: String,
}

/// Returns the section of a page that describes its environment.
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

/// Returns the origin of a page with `ladders`, which were played at `when`.
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

/// Returns the version of the JVM that runs the program called `name`, or of the compiler that built it.
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

/// Returns the version of strace: `6.13` of `strace -- version 6.13`.
fn strace() -> Option<String> {
    let said = said("strace", "--version")?;
    let version = said.lines().next()?.rsplit(' ').next()?;
    Some(version.to_owned())
}

/// Returns both outputs of `program` with `flag`, because `java` prints its version to standard error.
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
