//! The command line.

use clap::Parser;
use hellohi_server::{ListenAddr, Reply};

/// Serve the hello/hi chat: messages as Java's writeUTF frames, echoed
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// Listen on this address; repeat for several
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:666")]
    pub(crate) listen: Vec<ListenAddr>,

    /// Serve one client and one message, then exit, as server.java does
    #[arg(long)]
    pub(crate) once: bool,

    /// Answer messages with this
    #[arg(long, value_enum, default_value_t)]
    pub(crate) reply: Reply,

    /// Print no transcript
    #[arg(long)]
    pub(crate) quiet: bool,
}
