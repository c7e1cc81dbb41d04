//! hellohi-proto from outside.

mod properties;
mod streams;
mod vectors;
