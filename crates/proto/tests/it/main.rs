//! Tests of hellohi-proto through its public items.

mod diagnose;
mod properties;
mod streams;
mod vectors;
