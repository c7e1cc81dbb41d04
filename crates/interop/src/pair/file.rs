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
        let typed = |one: Move| match one {
            Move::Typed(side, _, bytes) => Some((side, bytes)),
            Move::ClientStarts(..) => None,
        };
        self.said().into_iter().filter_map(typed).collect()
    }

    /// Returns what the turns say, and what is typed without them.
    fn said(&self) -> Vec<Move> {
        let of = |side: Side, elements: &[Input]| -> Vec<Move> {
            let typed = |input: &Input| Move::Typed(side, 1, input.bytes());
            elements.iter().map(typed).collect()
        };
        let turns = self.turns.iter().map(|turn| turn.0.clone()).collect();
        let client = of(Side::Client, &self.stdin);
        [turns, client, of(Side::Server, &self.server_stdin)].concat()
    }

    /// Returns whether the turns say when clients start.
    pub(super) fn says_when_clients_start(&self) -> bool {
        let starts = |turn: &TurnTable| matches!(turn.0, Move::ClientStarts(..));
        self.turns.iter().any(starts)
    }

    /// Returns what happens outside of the programs once the server was started, in order.
    pub(super) fn moves(&self) -> Vec<Move> {
        let said = self.said();
        let starts = |one: &Move| matches!(one, Move::ClientStarts(1, _));
        if said.iter().any(starts) {
            return said;
        }
        let first = Move::ClientStarts(1, Vec::new());
        let one: Vec<Move> = iter::once(first).chain(said).collect();
        vec![one; self.clients.get()].concat()
    }
}

/// Something that happens outside of the programs. Clients that run beside each other have numbers, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Move {
    /// The client of this number is started, with arguments of its own.
    ClientStarts(usize, Vec<String>),
    /// Something is typed for the server, or for the client of this number.
    Typed(Side, usize, Vec<u8>),
}

/// One of `{ client = "…" }`, `{ client-2 = "…" }`, `{ server = "…" }` and `{ start = "client-2" }`, the last one with
/// `arguments = ["…"]` or without.
#[derive(Debug, Deserialize)]
#[serde(try_from = "BTreeMap<String, TurnValue>")]
pub(super) struct TurnTable(Move);

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a text, or { hex = \"00ff\" }")]
enum TurnValue {
    Input(Input),
    Arguments(Vec<String>),
}

impl TryFrom<BTreeMap<String, TurnValue>> for TurnTable {
    type Error = &'static str;

    fn try_from(mut table: BTreeMap<String, TurnValue>) -> Result<TurnTable, Self::Error> {
        let arguments = match table.remove("arguments") {
            None => None,
            Some(TurnValue::Arguments(words)) => Some(words),
            Some(TurnValue::Input(_)) => return Err("arguments is a list of words"),
        };
        let entry = table.pop_first();
        let turn = match (&entry, &arguments) {
            (Some((key, TurnValue::Input(Input::Text(client)))), _) if key == "start" => {
                let number = client_number(client);
                number.map(|number| Move::ClientStarts(number, arguments.unwrap_or_default()))
            }
            (Some((key, TurnValue::Input(input))), None) if key == "server" => {
                Some(Move::Typed(Side::Server, 1, input.bytes()))
            }
            (Some((key, TurnValue::Input(input))), None) => {
                let number = client_number(key);
                number.map(|number| Move::Typed(Side::Client, number, input.bytes()))
            }
            _ => None,
        };
        turn.filter(|_| table.is_empty()).map(TurnTable).ok_or(
            "expected { client = \"…\" }, { client-2 = \"…\" }, { server = \"…\" } or { start = \"client-2\" }",
        )
    }
}

/// Returns 1 of `client`, and 2 of `client-2`; `None` of any other text.
fn client_number(name: &str) -> Option<usize> {
    match name.strip_prefix("client")? {
        "" => Some(1),
        number => number.strip_prefix('-')?.parse().ok().filter(|&n| n > 1),
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
