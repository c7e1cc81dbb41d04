//! Tests of hellohi-proto through its public items.

mod properties;
mod streams;
mod vectors;
