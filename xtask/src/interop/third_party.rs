//! Programs of a third party: a TOML file gives their names and command lines, and they join the matrix.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use globset::Glob;
use serde::Deserialize;

use super::peer::{self, Peer, Unsupported};
use super::plan::{NOBODY, SCRIPT};
use crate::record::{Program, Side};

/// In a command's words: the folder that the file is in.
const FOLDER: &str = "{folder}";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    client: Option<ClientTable>,
    server: Option<ServerTable>,
    /// On top of the inherited environment and of `LC_ALL`, which says UTF-8.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    unsupported: Vec<UnsupportedTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientTable {
    command: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ServerTable {
    command: Vec<String>,
    /// Whether it serves until SIGTERM instead of one client.
    #[serde(default)]
    serves_forever: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnsupportedTable {
    case: Glob,
    side: Option<Side>,
    reason: String,
}

/// The peers that `files` tell of, whose names are all new: none is in `taken`.
///
/// Fails in one line that names the file and the key: where the TOML is not as `docs/interop.md` says,
/// a program is not found, or a glob matches none of `cases`.
pub(crate) fn read(
    files: &[PathBuf],
    cases: &[String],
    mut taken: Vec<String>,
) -> Result<Vec<Peer>> {
    let peers = files.iter().map(|file| {
        let peer = read_one(file, cases, &taken)?;
        taken.push(peer.name.clone());
        Ok(peer)
    });
    peers.collect()
}

fn read_one(path: &Path, cases: &[String], taken: &[String]) -> Result<Peer> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let folder = std::path::absolute(path)?;
    let folder = folder.parent().unwrap_or(Path::new("."));
    parse(&text)
        .and_then(|file| peer(file, folder, cases, taken))
        .with_context(|| path.display().to_string())
}

fn parse(text: &str) -> Result<File> {
    let one_line = |error: &toml::de::Error| {
        let line = error.span().map(|span| text[..span.start].lines().count());
        let message = error.message().replace('\n', ", ");
        match line {
            Some(line) => format!("{message} (line {})", line.max(1)),
            None => message,
        }
    };
    let toml = toml::Deserializer::parse(text).map_err(|error| anyhow!(one_line(&error)))?;
    serde_path_to_error::deserialize(toml).map_err(|error| {
        let (key, message) = (error.path().to_string(), one_line(error.inner()));
        match key.as_str() {
            "." => anyhow!(message),
            _ => anyhow!("{key}: {message}"),
        }
    })
}

fn peer(file: File, folder: &Path, cases: &[String], taken: &[String]) -> Result<Peer> {
    named(&file.name, taken).with_context(|| format!("name: {:?}", file.name))?;
    ensure!(
        file.client.is_some() || file.server.is_some(),
        "client, server: neither is given, so there is nothing to run"
    );
    let mut environment = peer::environment();
    environment.extend(file.environment);
    let program = |command: Vec<String>, serves_forever| -> Result<Program> {
        Ok(Program {
            command: resolved(command, folder)?,
            environment: environment.clone(),
            serves_forever,
        })
    };
    let client = file.client.map(|client| program(client.command, false));
    let server = file
        .server
        .map(|server| program(server.command, server.serves_forever));
    let unsupported = file.unsupported.into_iter().enumerate();
    Ok(Peer {
        name: file.name,
        client: client.transpose().context("client.command")?,
        server: server.transpose().context("server.command")?,
        is_oracle: false,
        unsupported: unsupported
            .map(|(n, entry)| claim(entry, cases).with_context(|| format!("unsupported[{n}].case")))
            .collect::<Result<_>>()?,
    })
}

/// A name is a folder of the evidence, and a word of `--pairing`.
fn named(name: &str, taken: &[String]) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    ensure!(
        !name.is_empty() && name.chars().all(fits) && !name.starts_with('.'),
        "a name is made of letters, digits, '-' and '.'"
    );
    ensure!(
        ![NOBODY, SCRIPT].contains(&name) && taken.iter().all(|taken| taken != name),
        "another peer has this name"
    );
    Ok(())
}

/// `command` with its folder put in and its program found, so that a typing error is known at once.
fn resolved(command: Vec<String>, folder: &Path) -> Result<Vec<String>> {
    let here = folder.to_string_lossy();
    let mut words: Vec<String> = command
        .iter()
        .map(|word| word.replace(FOLDER, &here))
        .collect();
    let program = words.first_mut().context("an empty command")?;
    let found: PathBuf = which::which_in(&*program, env::var_os("PATH"), folder)
        .map_err(|error| anyhow!("{program}: {error}"))?;
    *program = found.to_string_lossy().into_owned();
    Ok(words)
}

fn claim(entry: UnsupportedTable, cases: &[String]) -> Result<Unsupported> {
    let case = entry.case.compile_matcher();
    ensure!(
        cases.iter().any(|name| case.is_match(name)),
        "{:?} matches no case; --list shows what there is",
        entry.case.glob()
    );
    ensure!(!entry.reason.trim().is_empty(), "without a reason");
    Ok(Unsupported {
        case,
        side: entry.side,
        reason: entry.reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn an_error_is_one_line_that_names_the_key() {
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
                "name: \"x/y\": a name is made of letters, digits, '-' and '.'",
            ),
            (
                "name = 'none'\nclient.command = ['cargo']",
                "name: \"none\": another peer has this name",
            ),
            (
                "name = 'x'\nclient.command = 'cargo'",
                "client.command: invalid type: string \"cargo\", expected a sequence (line 2)",
            ),
            (
                "name = 'x'\nclient.command = ['no-such-program']",
                "client.command: no-such-program: cannot find binary path",
            ),
            (
                "name = 'x'\nclient.command = []",
                "client.command: an empty command",
            ),
            (
                "name = 'x'\nclient = { command = ['cargo'], serves-forever = true }",
                "client.serves-forever: unknown field `serves-forever`, expected `command` (line 2)",
            ),
            (
                "name = 'x'\nclient.command = ['cargo']\n[[unsupported]]\ncase = 'lenght/*'\nreason = 'x'",
                "unsupported[0].case: \"lenght/*\" matches no case; --list shows what there is",
            ),
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
