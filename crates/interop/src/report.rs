//! The reports of a run.

mod failures;
mod html;
mod json;
mod junit;
mod markdown;
mod mutants;
pub(crate) mod outputs;
pub(crate) mod terminal;
mod warnings;
