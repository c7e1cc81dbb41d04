//! The server as its clients and its users see it.

mod once;
mod serve;
mod support;
