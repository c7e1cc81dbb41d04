//! Tests of hellohi-proto through its public items.

mod diagnose;
mod examples;
mod properties;
mod streams;
mod vectors;
