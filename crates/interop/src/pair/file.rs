//! The tables of a pair's TOML file. `docs/your-own-pair.md` explains each key.

use std::collections::BTreeMap;
use std::iter;
use std::num::{NonZeroU16, NonZeroUsize};

use globset::Glob;
use recorder::Side;
use serde::Deserialize;

use crate::channel::Channel;
use ladder::Dissector;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub name: String,
    pub port: NonZeroU16,
    #[serde(default)]
    pub dissect: Dissector,
    pub original: OriginalTable,
    #[serde(default)]
    pub candidate: BTreeMap<String, CandidateTable>,
    #[serde(default)]
    pub case: BTreeMap<String, CaseTable>,
    pub probes: Option<ProbesTable>,
    #[serde(default)]
    pub mask: Vec<MaskTable>,
    #[serde(default)]
    pub declared: Vec<DeclaredTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct OriginalTable {
    #[serde(default)]
    pub javac: Vec<String>,
    #[serde(default)]
    pub class_path: Vec<String>,
    pub client: Vec<String>,
    pub server: Vec<String>,
    #[serde(default)]
    pub serves_forever: bool,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CandidateTable {
    pub build: Option<Vec<String>>,
    pub client: Option<Vec<String>>,
    pub server: Option<Vec<String>>,
    /// The original's value, if there is none.
    pub serves_forever: Option<bool>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CaseTable {
    #[serde(default)]
    pub stdin: Vec<Input>,
    #[serde(default)]
    pub server_stdin: Vec<Input>,
    /// The input of both consoles, in this order.
    #[serde(default)]
    pub turns: Vec<TurnTable>,
    /// True if the input does not end behind its last element.
    #[serde(default)]
    pub keep_open: bool,
    #[serde(default)]
    pub client_arguments: Vec<String>,
    #[serde(default)]
    pub server_arguments: Vec<String>,
    /// Number of times that the client is run, one after another.
    #[serde(default = "one")]
    pub clients: NonZeroUsize,
    #[serde(default)]
    pub client_files: Vec<FileEntry>,
    #[serde(default)]
    pub server_files: Vec<FileEntry>,
    /// File of a tapped conversation, of which a script plays either side.
    pub replay: Option<String>,
}

impl CaseTable {
    /// Returns the input of both consoles, in order.
    pub(super) fn fed(&self) -> Vec<(Side, Vec<u8>)> {
        let of = |side: Side, elements: &[Input]| -> Vec<_> {
            let elements = elements.iter();
            elements.map(|input| (side, input.bytes())).collect()
        };
        let turns = self.turns.iter().filter_map(TurnTable::fed);
        let (client, server) = (&self.stdin, &self.server_stdin);
        let alone = [of(Side::Client, client), of(Side::Server, server)].concat();
        turns.chain(alone).collect()
    }

    /// Returns whether the turns say when clients start.
    pub(super) fn says_when_clients_start(&self) -> bool {
        let starts = |turn: &TurnTable| matches!(turn, TurnTable::Start(_));
        self.turns.iter().any(starts)
    }

    /// Returns what happens outside of the programs once the server was started, in order.
    pub(super) fn moves(&self) -> Vec<Move> {
        if self.says_when_clients_start() {
            let of = |turn: &TurnTable| match turn.fed() {
                Some((side, bytes)) => Move::Typed(side, bytes),
                None => Move::ClientStarts,
            };
            return self.turns.iter().map(of).collect();
        }
        let typed = self.fed().into_iter();
        let typed = typed.map(|(side, bytes)| Move::Typed(side, bytes));
        let one: Vec<Move> = iter::once(Move::ClientStarts).chain(typed).collect();
        vec![one; self.clients.get()].concat()
    }
}

/// Something that happens outside of the programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Move {
    ClientStarts,
    Typed(Side, Vec<u8>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum TurnTable {
    Client(Input),
    Server(Input),
    Start(Starts),
}

/// The program that a turn starts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Starts {
    Client,
}

impl TurnTable {
    fn fed(&self) -> Option<(Side, Vec<u8>)> {
        match self {
            TurnTable::Client(input) => Some((Side::Client, input.bytes())),
            TurnTable::Server(input) => Some((Side::Server, input.bytes())),
            TurnTable::Start(Starts::Client) => None,
        }
    }
}

/// Console input: text, or hexadecimal digits of bytes that are not UTF-8.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "expected a text, or { hex = \"00ff\" }"
)]
pub(super) enum Input {
    Text(String),
    Hex {
        #[serde(with = "hex")]
        hex: Vec<u8>,
    },
}

impl Input {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Input::Text(text) => text.clone().into_bytes(),
            Input::Hex { hex } => hex.clone(),
        }
    }
}

/// A file or folder for a program's working directory.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "expected a path, or { from = \"PATH\", to = \"PATH\" }"
)]
pub(super) enum FileEntry {
    /// Put under its own name.
    Path(String),
    /// Put at `to`; without `from`, an empty folder.
    Placed { from: Option<String>, to: String },
}

fn one() -> NonZeroUsize {
    NonZeroUsize::MIN
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProbesTable {
    pub of: Vec<String>,
    #[serde(default = "most")]
    pub most: NonZeroUsize,
}

/// Number of offsets that are tried if the file does not say.
fn most() -> NonZeroUsize {
    NonZeroUsize::new(24).expect("24 is not 0")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MaskTable {
    pub channel: Channel,
    #[serde(default = "every")]
    pub case: Glob,
    pub pattern: String,
    pub reason: String,
}

fn every() -> Glob {
    Glob::new("*").expect("a glob")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DeclaredTable {
    pub peer: String,
    pub side: Side,
    pub channel: Channel,
    #[serde(default = "every_name")]
    pub case: String,
    pub expected: Option<String>,
    pub expected_hex: Option<String>,
    pub reason: String,
}

fn every_name() -> String {
    "*".into()
}
