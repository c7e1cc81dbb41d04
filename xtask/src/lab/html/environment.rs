//! With what a page was made: what a reader needs to make it again.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::process::Command;

use maud::{Markup, html};
use sysinfo::System;

use crate::lab::caption::Lang;
use interop::programs::jdk::Jdk;
use interop::programs::workspace;

/// What only the caller knows.
#[derive(Debug)]
pub(in crate::lab) struct Made {
    /// RFC 3339, UTC.
    pub(in crate::lab) when: String,
    /// `java-25`, `rust`.
    pub(in crate::lab) programs: BTreeSet<String>,
    pub(in crate::lab) command: String,
}

pub(in crate::lab) fn section(made: &Made, jdks: &[Jdk], lang: Lang) -> Markup {
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
