//! The functions through which a socket call reaches the kernel, and their drawing.
//!
//! A [`Figure`] has a chain for each call and program, such as `server.main` → `ServerSocket.accept` → … →
//! `Java_sun_nio_ch_Net_accept` → `accept` → … → `inet_csk_accept`. [`recorded`] has chains for machines that cannot
//! show them all. [`terminal`], [`svg`] and [`html`] draw a figure; its JSON is that of the types.

mod columns;
mod explain;
mod figure;
pub mod html;
mod lines;
pub mod recorded;
pub mod svg;
pub mod terminal;

pub use figure::{
    CallChains, Chain, Figure, Frame, Implementation, Layer, Origin, Reason, Resumes, SocketCall,
};
