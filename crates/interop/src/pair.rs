//! Reads the TOML file of a pair: its originals, the candidates, the cases, and all that is special about them.
//!
//! From this file comes a suite with one case, two consoles, and a candidate that has a server only:
//!
//! ```toml
//! name = "knock-knock"
//! port = 4444
//! [original]
//! javac = ["KnockKnockServer.java", "KnockKnockClient.java"]
//! server = ["java", "KnockKnockServer", "{port}"]
//! client = ["java", "KnockKnockClient", "localhost", "{port}"]
//! [candidate.rust]
//! server = ["{folder}/target/release/knock-server", "{port}"]
//! [case.one-joke]
//! stdin = ["Who's there?\n", "Turnip who?\n", "n\n"]
//! ```
//!
//! 1. `file` parses the tables. A wrong key is an error with its line.
//! 2. `{port}` and `{folder}` are replaced, candidates are built, and every program is found.
//! 3. `script` makes the steps of each case: the server is started, then the client, and each element of `stdin` is fed
//!    once both have come to rest.

mod exceptions;
mod file;
mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail, ensure};
use recorder::{InputFile, Program, Side};

use crate::case::{Additions, Case, Participants};
use crate::peer::{self, Peer};
use crate::probes::{self, Probes};
use crate::programs::originals::Originals;
use crate::programs::toml_file::{self, Mistake};
use crate::programs::{command, peer_file};
use crate::progress::Progress;
use crate::suite::Suite;
use crate::tapped;
use file::{CandidateTable, CaseTable, File, FileEntry, Move, OriginalTable};

/// Returns the suite that the file at `path` describes, with its candidates built.
///
/// Fails if the file is not as `docs/your-own-pair.md` says. The error is one line that names the file, the key and
/// the line.
pub fn read(path: &Path) -> Result<Suite> {
    toml_file::read(path, suite)
}

fn suite(file: File, folder: &Path) -> Result<Suite, Mistake> {
    let at = |key: &str| Mistake::at(key.to_owned());
    let port = file.port.get();
    let place = Place { folder, port };
    peer_file::named(&file.name, &[]).map_err(at("name"))?;
    let serves_forever = file.original.serves_forever;
    let originals = place.originals(file.original)?;
    let mut candidates = Vec::new();
    let mut built = BTreeSet::new();
    for (name, table) in file.candidate {
        let key = format!("candidate.{name}");
        let taken: Vec<String> = candidates
            .iter()
            .map(|peer: &Peer| peer.name.clone())
            .collect();
        peer_file::named(&name, &taken).map_err(at(&key))?;
        candidates.push(place.candidate(name, &key, table, serves_forever, &mut built)?);
    }
    let mut cases = Vec::new();
    for (name, table) in &file.case {
        let key = format!("case.{name}");
        peer_file::named(name, &[]).map_err(at(&key))?;
        cases.extend(place.cases(name, &key, table)?);
    }
    if cases.is_empty() {
        return Err(at("case")(anyhow!(
            "there is no case, so there is nothing to record"
        )));
    }
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    let probes = file.probes.map(|table| Probes {
        of: table.of,
        most: table.most.get(),
    });
    for (n, of) in probes
        .iter()
        .flat_map(|probes| probes.of.iter().enumerate())
    {
        let is_played = cases
            .iter()
            .any(|case| case.name == *of && case.participants == Participants::Both);
        if !is_played {
            let what = anyhow!("{of:?} is no case with a client and a server");
            return Err(at(&format!("probes.of[{n}]"))(what));
        }
    }
    let has_probes = probes.is_some();
    let masks = file.mask.into_iter().enumerate();
    let masks = masks.map(|(n, table)| {
        exceptions::mask(table, &names, has_probes).map_err(at(&format!("mask[{n}]")))
    });
    let masks = masks.collect::<Result<_, _>>()?;
    let mut declared = Vec::new();
    for (n, table) in file.declared.into_iter().enumerate() {
        let known = candidates.iter().any(|peer| peer.name == table.peer);
        let entry = exceptions::declared(table, known).map_err(at(&format!("declared[{n}]")))?;
        declared.push(entry);
    }
    Ok(Suite {
        port,
        originals,
        cases,
        quick: &[],
        probes,
        // A pair is read once in the life of the program.
        declared: declared.leak(),
        masks,
        dissector: file.dissect,
        candidates,
        mutants: None,
    })
}

/// The place of a file: everything that its commands depend on.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    folder: &'a Path,
    port: u16,
}

impl Place<'_> {
    fn originals(self, table: OriginalTable) -> Result<Originals, Mistake> {
        let at = |key: &str| Mistake::at(format!("original.{key}"));
        let environment = self.environment(table.environment);
        let of = |key: &str, words: Vec<String>| match words.first() {
            Some(java) if java == "java" => self.java(&words).map_err(at(key)),
            _ => self.resolved(words, &environment).map_err(at(key)),
        };
        let javac = self.sources(&table.javac).map_err(at("javac"))?;
        let class_path = table
            .class_path
            .iter()
            .map(|word| PathBuf::from(self.filled_in(word)));
        let class_path: Vec<PathBuf> = class_path.map(|path| self.folder.join(path)).collect();
        // `lib/*` stands for all JAR files in a folder.
        let exists = |path: &Path| match path.ends_with("*") {
            true => path.parent().is_some_and(Path::is_dir),
            false => path.exists(),
        };
        if let Some(missing) = class_path.iter().find(|path| !exists(path)) {
            return Err(at("class-path")(anyhow!(
                "there is no {}",
                missing.display()
            )));
        }
        Ok(Originals {
            javac,
            class_path,
            client: of("client", table.client)?,
            server: of("server", table.server)?,
            serves_forever: table.serves_forever,
            environment: environment.clone(),
        })
    }

    /// Returns the words of a command that a JVM runs, with the full path of the JAR file behind `-jar`, if there is one.
    fn java(self, words: &[String]) -> Result<Vec<String>> {
        let mut words: Vec<String> = words.iter().map(|word| self.filled_in(word)).collect();
        let options = words
            .iter()
            .skip(1)
            .take_while(|word| word.starts_with('-'));
        let options: Vec<&str> = options.map(String::as_str).collect();
        if let Some(option) = options.iter().find(|option| CLASS_PATH.contains(option)) {
            bail!(
                "{option} has no place here: write original.class-path = [\"…\"], for both programs"
            );
        }
        if let (Some(&"-jar"), at) = (options.last(), 1 + options.len())
            && let Some(jar) = words.get_mut(at)
        {
            let path = self.folder.join(&*jar);
            ensure!(path.is_file(), "there is no {}", path.display());
            *jar = path.to_string_lossy().into_owned();
        }
        Ok(words)
    }

    /// Returns the arguments of `javac`: paths of sources, those below folders, and options as they are.
    fn sources(self, words: &[String]) -> Result<Vec<String>> {
        let mut arguments = Vec::new();
        for word in words {
            let word = self.filled_in(word);
            let path = self.folder.join(&word);
            ensure!(
                word != "-d",
                "-d has no place here: each JDK's classes get a folder of their own, which every program finds"
            );
            if path.is_dir() {
                let mut sources = Vec::new();
                java_files(&path, &mut sources)?;
                ensure!(
                    !sources.is_empty(),
                    "no .java file is below {}",
                    path.display()
                );
                arguments.extend(sources);
            } else if word.ends_with(".java") {
                ensure!(
                    path.is_file(),
                    "there is no {} (all sources below a folder: name the folder)",
                    path.display()
                );
                arguments.push(path.to_string_lossy().into_owned());
            } else {
                arguments.push(word);
            }
        }
        Ok(arguments)
    }

    /// Returns the candidate of a table, built unless its command line is among those that have `built` others.
    fn candidate(
        self,
        name: String,
        key: &str,
        table: CandidateTable,
        serves_forever: bool,
        built: &mut BTreeSet<Vec<String>>,
    ) -> Result<Peer, Mistake> {
        let at = |what: &str| Mistake::at(format!("{key}.{what}"));
        if table.client.is_none() && table.server.is_none() {
            let what = anyhow!("it has neither a client nor a server, so there is nothing to run");
            return Err(Mistake::at(key)(what));
        }
        let environment = self.environment(table.environment);
        if let Some(build) = table.build {
            let command = self.resolved(build, &environment).map_err(at("build"))?;
            if built.insert(command.clone()) {
                run_build(&command, self.folder).map_err(at("build"))?;
            }
        }
        let program = |what: &str, words: Option<Vec<String>>, serves_forever| {
            let Some(words) = words else { return Ok(None) };
            Ok(Some(Program {
                command: self.resolved(words, &environment).map_err(at(what))?,
                environment: environment.clone(),
                serves_forever,
                files: Vec::new(),
            }))
        };
        let serves_forever = table.serves_forever.unwrap_or(serves_forever);
        Ok(Peer {
            name,
            client: program("client", table.client, false)?,
            server: program("server", table.server, serves_forever)?,
            is_original: false,
            unsupported: Vec::new(),
        })
    }

    /// Returns the case of a table, or the two cases that replay a tapped conversation.
    fn cases(self, name: &str, key: &str, table: &CaseTable) -> Result<Vec<Case>, Mistake> {
        let at = |what: &str| Mistake::at(format!("{key}.{what}"));
        let additions = |what: &str, arguments: &[String], files: &[FileEntry]| {
            let files = files.iter().map(|file| self.input_file(file));
            Ok(Additions {
                arguments: arguments.iter().map(|word| self.filled_in(word)).collect(),
                files: files.collect::<Result<_>>().map_err(at(what))?,
            })
        };
        let client = additions("client-files", &table.client_arguments, &table.client_files)?;
        let server = additions("server-files", &table.server_arguments, &table.server_files)?;
        let has_stdin = !table.stdin.is_empty() || !table.server_stdin.is_empty();
        if has_stdin && !table.turns.is_empty() {
            return Err(at("turns")(anyhow!(
                "it takes the place of stdin and server-stdin"
            )));
        }
        let mut moves = table.moves();
        for one in &mut moves {
            if let Move::ClientStarts(_, arguments) = one {
                *arguments = arguments.iter().map(|word| self.filled_in(word)).collect();
            }
        }
        if table.says_when_clients_start() && (table.clients.get() > 1 || table.replay.is_some()) {
            return Err(at("turns")(anyhow!(
                "they say when a client starts, so clients and replay have no place beside them"
            )));
        }
        started_in_order(&moves).map_err(at("turns"))?;
        let cases = match &table.replay {
            None => {
                let steps = script::both(&moves, table.keep_open);
                vec![Case::new(name, ABOUT, Participants::Both, steps)]
            }
            Some(file) => {
                let path = self.folder.join(self.filled_in(file));
                let happened = tapped::read(&path)
                    .and_then(|tapped| script::tapped(&tapped, &table.fed(), table.keep_open))
                    .map_err(at("replay"))?;
                let replay = |scripted| probes::scripted(name, scripted, &happened).whole(REPLAY);
                Side::BOTH.map(replay).to_vec()
            }
        };
        Ok(cases
            .into_iter()
            .map(|case| Case {
                client: client.clone(),
                server: server.clone(),
                ..case
            })
            .collect())
    }

    fn input_file(self, entry: &FileEntry) -> Result<InputFile> {
        let (from, to) = match entry {
            FileEntry::Path(path) => (Some(path), None),
            FileEntry::Placed { from, to } => (from.as_ref(), Some(to)),
        };
        let from = from.map(|path| self.folder.join(self.filled_in(path)));
        if let Some(missing) = from.as_ref().filter(|path| !path.exists()) {
            bail!("there is no {}", missing.display());
        }
        let to = match (to, &from) {
            (Some(to), _) => PathBuf::from(to),
            (None, from) => from
                .as_ref()
                .and_then(|path| Some(PathBuf::from(path.file_name()?)))
                .context("a path that ends in .. has no name; write { from = …, to = … }")?,
        };
        let mut parts = to.components();
        let is_inside = parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        ensure!(
            is_inside,
            "to = {to:?} is not below the program's working folder"
        );
        Ok(InputFile { from, to })
    }

    /// Returns the variables of a program, with the folder and the port filled in.
    fn environment(self, table: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let filled_in = |(name, value): (_, String)| (name, self.filled_in(&value));
        peer::environment_with(table.into_iter().map(filled_in).collect())
    }

    /// Returns `word` with the folder and the port in place of `{folder}` and `{port}`.
    fn filled_in(self, word: &str) -> String {
        word.replace("{folder}", &self.folder.to_string_lossy())
            .replace("{port}", &self.port.to_string())
    }

    /// Returns a command line with its program's full path.
    fn resolved(
        self,
        words: Vec<String>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Vec<String>> {
        let words = words.iter().map(|word| self.filled_in(word)).collect();
        command::resolved(words, self.folder, environment)
    }
}

/// Options of a JVM that would hide the compiled classes.
const CLASS_PATH: [&str; 3] = ["-cp", "-classpath", "--class-path"];

const ABOUT: &str = "a case of the pair's file";
const REPLAY: &str = "a tapped conversation, of which a script plays this side";

/// Fails unless the clients start in the order of their numbers, each before something is typed for it.
fn started_in_order(moves: &[Move]) -> Result<()> {
    let mut clients = 0;
    for one in moves {
        match one {
            Move::ClientStarts(number, _) if *number <= clients + 1 => {
                clients = clients.max(*number);
            }
            Move::Typed(Side::Server, ..) => {}
            Move::Typed(_, number, _) if *number <= clients => {}
            Move::Typed(_, 1, _) => bail!("nothing can be typed before the client starts"),
            Move::Typed(_, number, _) => bail!(
                "nothing can be typed before the client starts: write {{ start = \"client-{number}\" }} before it"
            ),
            Move::ClientStarts(number, _) => {
                bail!("client-{number} starts before client-{}", number - 1)
            }
        }
    }
    Ok(())
}

/// Adds the paths of the Java sources below `folder` to `found`, in the order of their names.
fn java_files(folder: &Path, found: &mut Vec<String>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            java_files(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "java")
        {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

/// Runs a candidate's build in `folder`. Its output goes to standard error.
fn run_build(command: &[String], folder: &Path) -> Result<()> {
    eprintln!("building: {}", command.join(" "));
    let (program, arguments) = command.split_first().context("an empty command")?;
    let mut build = Command::new(program);
    build
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(std::io::stderr());
    let status = Progress::of_child("building", &mut build);
    let status = status.with_context(|| format!("cannot run {program}"))?;
    ensure!(status.success(), "the build failed ({status})");
    Ok(())
}

#[cfg(test)]
mod tests;
