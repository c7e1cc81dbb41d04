//! Reads TOML files that describe programs of third parties, which then join the matrix.
//!
//! From this file, next to `client.py`, comes a peer called `python` that has a client and no server:
//!
//! ```toml
//! name = "python"
//! client.command = ["python3", "{folder}/client.py"]
//! [[unsupported]]
//! case = "length/*"
//! reason = "it has no long messages"
//! ```
//!
//! 1. `toml_file` parses the tables of `file`. A wrong key is an error with its line: `clients: unknown field … (line 2)`.
//! 2. `command` replaces `{folder}` by the file's folder, and `python3` by its path in `PATH`.
//! 3. The globs of `unsupported` are checked against the names of the cases.

mod file;

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, ensure};

use crate::peer::{self, NOBODY, Peer, SCRIPT, Unsupported};
use crate::programs::command;
use crate::programs::toml_file::{self, Mistake};
use file::{File, UnsupportedTable};
use recorder::Program;

/// Returns the peers that `files` describe.
///
/// Fails if a file is not as `docs/interop.md` says, a name is in `taken`, a program is not found, or a glob
/// matches none of `cases`. The error is one line that names the file, the key and the line.
pub fn read(files: &[PathBuf], cases: &[String], mut taken: Vec<String>) -> Result<Vec<Peer>> {
    let peers = files.iter().map(|file| {
        let peer = read_one(file, cases, &taken)?;
        taken.push(peer.name.clone());
        Ok(peer)
    });
    peers.collect()
}

fn read_one(path: &Path, cases: &[String], taken: &[String]) -> Result<Peer> {
    toml_file::read(path, |file, folder| peer(file, folder, cases, taken))
}

fn peer(file: File, folder: &Path, cases: &[String], taken: &[String]) -> Result<Peer, Mistake> {
    named(&file.name, taken).map_err(Mistake::at("name"))?;
    if file.client.is_none() && file.server.is_none() {
        let what = anyhow!("neither is given, so there is nothing to run");
        return Err(Mistake::at("client, server")(what));
    }
    let environment = peer::environment_with(file.environment);
    let program = |key: &str, command: Vec<String>, serves_forever| {
        let command = command::resolved(command, folder, &environment);
        Ok(Program {
            command: command.map_err(Mistake::at(key))?,
            environment: environment.clone(),
            serves_forever,
            files: Vec::new(),
        })
    };
    let client = file
        .client
        .map(|client| program("client.command", client.command, false));
    let server = file
        .server
        .map(|server| program("server.command", server.command, server.serves_forever));
    let unsupported = file.unsupported.into_iter().enumerate();
    Ok(Peer {
        name: file.name,
        client: client.transpose()?,
        server: server.transpose()?,
        is_original: false,
        unsupported: unsupported
            .map(|(n, entry)| claim(n, entry, cases))
            .collect::<Result<_, _>>()?,
    })
}

/// Checks that `name` can be the name of a folder and a part of `--pairing`, and that no other peer has it.
pub(crate) fn named(name: &str, taken: &[String]) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    ensure!(
        !name.is_empty() && name.chars().all(fits) && !name.starts_with('.'),
        "{name:?}: a name consists of letters, digits, '-' and '.'"
    );
    ensure!(
        ![NOBODY, SCRIPT].contains(&name) && taken.iter().all(|taken| taken != name),
        "{name:?}: another peer has this name"
    );
    Ok(())
}

/// Returns the claim of the `n`th entry of `unsupported`.
fn claim(n: usize, entry: UnsupportedTable, cases: &[String]) -> Result<Unsupported, Mistake> {
    let mistake = |key: &str, what| Mistake::at(format!("unsupported[{n}].{key}"))(what);
    let case = entry.case.compile_matcher();
    if !cases.iter().any(|name| case.is_match(name)) {
        let glob = entry.case.glob();
        let what = anyhow!("{glob:?} matches no case; --list shows all cases");
        return Err(mistake("case", what));
    }
    if entry.reason.trim().is_empty() {
        return Err(mistake("reason", anyhow!("there is none")));
    }
    Ok(Unsupported {
        case,
        side: entry.side,
        reason: entry.reason,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use recorder::Side;

    const WHOLE: &str = r#"
        name = "other"
        client.command = ["cargo", "{folder}/client", "--quiet"]
        server = { command = ["cargo"], serves-forever = true }
        environment = { HOME = "/nowhere" }
        [[unsupported]]
        case = "length/*"
        side = "client"
        reason = "it has no long messages"
    "#;

    fn read_text(text: &str) -> Result<Peer> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("peer.toml");
        fs::write(&path, text)?;
        read_one(&path, &["length/1".to_owned()], &[])
    }

    fn error(text: &str) -> String {
        let error = format!("{:#}", read_text(text).unwrap_err());
        assert!(!error.contains('\n'), "{error}");
        let (file, error) = error.split_once("peer.toml: ").unwrap();
        assert!(!file.contains(' '), "{file}");
        error.to_owned()
    }

    #[test]
    fn a_file_becomes_a_peer() {
        let peer = read_text(WHOLE).unwrap();
        assert_eq!(peer.name, "other");
        let client = peer.client.as_ref().unwrap();
        assert!(Path::new(&client.command[0]).is_absolute());
        assert!(Path::new(&client.command[1]).is_absolute());
        assert_eq!(client.environment["HOME"], "/nowhere");
        assert!(client.environment.contains_key("LC_ALL"));
        assert!(peer.server.as_ref().unwrap().serves_forever);
        let reason = Some("it has no long messages");
        assert_eq!(peer.unsupported("length/1", Side::Client), reason);
        assert_eq!(peer.unsupported("length/1", Side::Server), None);
        assert_eq!(peer.unsupported("exchange/ascii", Side::Client), None);
    }

    #[test]
    fn an_error_is_one_line_that_names_the_key_and_the_line() {
        let cases = [
            (
                "name = ",
                "string values must be quoted, expected literal string (line 1)",
            ),
            (
                "name = 1",
                "name: invalid type: integer `1`, expected a string (line 1)",
            ),
            (
                "client.command = ['cargo']",
                "missing field `name` (line 1)",
            ),
            (
                "name = 'x'",
                "client, server: neither is given, so there is nothing to run",
            ),
            (
                "name = 'x/y'\nclient.command = ['cargo']",
                "name: \"x/y\": a name consists of letters, digits, '-' and '.' (line 1)",
            ),
            (
                "name = 'none'\nclient.command = ['cargo']",
                "name: \"none\": another peer has this name (line 1)",
            ),
            (
                "name = 'x'\nclient.command = 'cargo'",
                "client.command: invalid type: string \"cargo\", expected a sequence (line 2)",
            ),
            (
                "name = 'x'\nclient.command = ['no-such-program']",
                "client.command: no-such-program is in no folder of PATH (line 2)",
            ),
            (
                "name = 'x'\nclient.command = []",
                "client.command: an empty command (line 2)",
            ),
            (
                "name = 'x'\nclient = { command = ['cargo'], serves-forever = true }",
                "client.serves-forever: unknown field `serves-forever`, expected `command` (line 2)",
            ),
            (
                "name = 'x'\nclient.command = ['cargo']\n[[unsupported]]\ncase = 'lenght/*'\nreason = 'x'",
                "unsupported[0].case: \"lenght/*\" matches no case; --list shows all cases (line 4)",
            ),
            (
                "name = 'x'\nclient.command = ['cargo']\n[[unsupported]]\ncase = 'length/*'\nreason = ' '",
                "unsupported[0].reason: there is none (line 5)",
            ),
            (
                "name = 'x'\nclient.command = ['cargo']\n[[unsupported]]\ncase = 'length/*'",
                "unsupported[0]: missing field `reason` (line 3)",
            ),
            (
                "name = 'x'\n\n[client]\n[server]\ncommand = ['cargo']",
                "client: missing field `command` (line 3)",
            ),
            (
                "name = 'x'\nclients.command = ['cargo']",
                "clients: unknown field `clients`, expected one of `name`, `client`, `server`, `environment`, \
                 `unsupported` (line 2)",
            ),
            ("name = 'x'\n\nname = 'y'", "duplicate key (line 3)"),
            (
                "name = 'x'\nclient.command = ['cargo']\n[[unsupported]]\ncase = '['\nreason = 'x'",
                "unsupported[0].case: error parsing glob '[': unclosed character class; missing ']' (line 4)",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(error(text), expected, "{text}");
        }
    }
}
