//! Server processes and clients that send them messages, for benchmarks and attacks (Linux).

pub(crate) mod client_group;
pub(crate) mod cores;
pub(crate) mod dial;
pub(crate) mod frames;
pub(crate) mod process;
pub(crate) mod wait;
