//! The tables of a pair's TOML file. `docs/your-own-pair.md` explains each key.

use std::collections::BTreeMap;
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
    pub client_files: Vec<String>,
    #[serde(default)]
    pub server_files: Vec<String>,
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
        let turns = self.turns.iter().map(|turn| match turn {
            TurnTable::Client(input) => (Side::Client, input.bytes()),
            TurnTable::Server(input) => (Side::Server, input.bytes()),
        });
        let (client, server) = (&self.stdin, &self.server_stdin);
        let alone = [of(Side::Client, client), of(Side::Server, server)].concat();
        turns.chain(alone).collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum TurnTable {
    Client(Input),
    Server(Input),
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
