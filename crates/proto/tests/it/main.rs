//! hellohi-proto from outside.

mod vectors;
