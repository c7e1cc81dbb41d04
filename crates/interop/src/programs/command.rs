//! Resolves a peer's command line before anything is recorded: inserts the folder and finds the program.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

/// The placeholder for the file's folder in a command.
const FOLDER: &str = "{folder}";

/// Number of bytes of a script's first line that Linux reads.
const LONGEST_LINE: u64 = 256;

/// Returns `command` with the folder inserted and with the full path of its program.
///
/// The program will have the variables of `environment` on top of the inherited ones. Fails if it cannot be run, with
/// the reason in one line.
pub(crate) fn resolved(
    command: Vec<String>,
    folder: &Path,
    environment: &BTreeMap<String, String>,
) -> Result<Vec<String>> {
    let path = match environment.get("PATH") {
        Some(path) => Some(OsString::from(path)),
        None => env::var_os("PATH"),
    };
    let here = folder.to_string_lossy();
    let mut words: Vec<String> = command
        .iter()
        .map(|word| word.replace(FOLDER, &here))
        .collect();
    let program = words.first_mut().context("an empty command")?;
    // An empty path would be the folder itself.
    ensure!(!program.is_empty(), "an empty program");
    let Ok(found) = which::which_in(&*program, env::var_os("PATH"), folder) else {
        bail!("{}", why_not(program, folder));
    };
    can_be_interpreted(&found, path)?;
    *program = found.to_string_lossy().into_owned();
    Ok(words)
}

/// Returns the reason why `program` is not found from `folder`.
fn why_not(program: &str, folder: &Path) -> String {
    let file = folder.join(program);
    let is_path = program.contains(['/', MAIN_SEPARATOR]);
    if !is_path {
        let beside = match file.exists() {
            true => format!("; for the one in the file's folder, write {FOLDER}/{program}"),
            false => String::new(),
        };
        return match without_permission(program) {
            Some(file) => not_executable(&file),
            None => format!("{program} is in no folder of PATH{beside}"),
        };
    }
    if file.is_dir() {
        return format!("{} is a folder, not a program", file.display());
    }
    if file.exists() {
        return not_executable(&file);
    }
    let elsewhere = match Path::new(program).is_relative() && Path::new(program).exists() {
        true => format!(
            " (a relative path begins at the file's folder, {})",
            folder.display()
        ),
        false => String::new(),
    };
    format!("there is no {}{elsewhere}", file.display())
}

fn not_executable(file: &Path) -> String {
    format!("{} is not executable (chmod +x)", file.display())
}

/// Returns the file of this name in a folder of PATH.
fn without_permission(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut files = env::split_paths(&path).map(|folder| folder.join(name));
    files.find(|file| file.is_file())
}

/// Fails if `program` is a script whose first line names an interpreter that is missing. The system's error would
/// be that the script itself is missing.
fn can_be_interpreted(program: &Path, path: Option<OsString>) -> Result<()> {
    let mut line = Vec::new();
    // A program that may be run but not read is not checked.
    if let Ok(file) = File::open(program) {
        file.take(LONGEST_LINE).read_to_end(&mut line).ok();
    }
    let Some(line) = line.strip_prefix(b"#!") else {
        return Ok(());
    };
    let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.trim_matches([' ', '\t']).split([' ', '\t']);
    let interpreter = words.next().unwrap_or_default();
    let first_line = |missing: &str| {
        let ending = match missing.ends_with('\r') {
            true => ": its lines end in CR LF, and must end in LF",
            false => "",
        };
        format!(
            "{}: its first line names the interpreter {missing:?}, which is not here{ending}",
            program.display()
        )
    };
    ensure!(
        Path::new(interpreter).is_file(),
        "{}",
        first_line(interpreter)
    );
    if let (true, Some(named)) = (interpreter.ends_with("/env"), words.next()) {
        let is_plain = !named.is_empty() && !named.starts_with('-') && !named.contains('=');
        ensure!(
            !is_plain
                || which::which_in_global(named, path).is_ok_and(|mut all| all.next().is_some()),
            "{}",
            first_line(named)
        );
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn error(folder: &Path, program: &str) -> String {
        let found = resolved(vec![program.to_owned()], folder, &BTreeMap::new());
        let error = format!("{:#}", found.unwrap_err());
        error.replace(&*folder.to_string_lossy(), "HERE")
    }

    fn script(folder: &Path, name: &str, text: &str, mode: u32) {
        let file = folder.join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_cannot_be_run_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        fs::create_dir(here.join("sub")).unwrap();
        script(here, "plain", "#!/bin/sh\n", 0o644);
        script(here, "typing-error", "#!/usr/bin/pyton3\n", 0o755);
        script(here, "of-windows", "#!/bin/sh\r\nexit\r\n", 0o755);
        script(here, "by-env", "#!/usr/bin/env no-such-python\n", 0o755);
        for (program, expected) in [
            ("{folder}/plain", "HERE/plain is not executable (chmod +x)"),
            ("./plain", "HERE/./plain is not executable (chmod +x)"),
            ("{folder}/sub", "HERE/sub is a folder, not a program"),
            ("{folder}/gone", "there is no HERE/gone"),
            ("", "an empty program"),
            (
                "src/lib.rs",
                "there is no HERE/src/lib.rs (a relative path begins at the file's folder, HERE)",
            ),
            ("no-such-program", "no-such-program is in no folder of PATH"),
            (
                "typing-error",
                "typing-error is in no folder of PATH; for the one in the file's folder, write {folder}/typing-error",
            ),
            (
                "{folder}/typing-error",
                "HERE/typing-error: its first line names the interpreter \"/usr/bin/pyton3\", which is not here",
            ),
            (
                "{folder}/of-windows",
                "HERE/of-windows: its first line names the interpreter \"/bin/sh\\r\", which is not here: its \
                 lines end in CR LF, and must end in LF",
            ),
            (
                "{folder}/by-env",
                "HERE/by-env: its first line names the interpreter \"no-such-python\", which is not here",
            ),
        ] {
            assert_eq!(error(here, program), expected, "{program}");
        }
    }

    #[test]
    fn a_script_with_an_interpreter_is_found() {
        let folder = tempfile::tempdir().unwrap();
        for (name, line) in [
            ("plain", "#!/bin/sh"),
            ("spaced", "#! /bin/sh -e"),
            ("by-env", "#!/usr/bin/env sh"),
            ("with-options", "#!/usr/bin/env -S sh -e"),
        ] {
            script(folder.path(), name, &format!("{line}\nexit 0\n"), 0o755);
            let command = vec![format!("{{folder}}/{name}"), "{folder}".into()];
            let found = resolved(command, folder.path(), &BTreeMap::new()).unwrap();
            let here = folder.path().to_string_lossy();
            assert_eq!(found, [format!("{here}/{name}"), here.into_owned()]);
        }
    }
}
