//! Servers and the load on them: what the bench and the soak share. Linux.

pub(crate) mod client_group;
pub(crate) mod cores;
pub(crate) mod dial;
pub(crate) mod frames;
pub(crate) mod process;
