//! The tables of a peer's TOML file.

use std::collections::BTreeMap;

use globset::Glob;
use serde::Deserialize;

use recorder::Side;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub name: String,
    pub client: Option<ClientTable>,
    pub server: Option<ServerTable>,
    /// Variables that are set in addition to the inherited ones and to `LC_ALL`, which says UTF-8.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    pub unsupported: Vec<UnsupportedTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientTable {
    pub command: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ServerTable {
    pub command: Vec<String>,
    /// True if the server serves until SIGTERM, and not only one client.
    #[serde(default)]
    pub serves_forever: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnsupportedTable {
    pub case: Glob,
    pub side: Option<Side>,
    pub reason: String,
}
