//! Reports of a run's summary: terminal, HTML, JSON, JUnit XML and Markdown.

mod failures;
mod html;
mod json;
mod junit;
mod markdown;
mod mutants;
pub(crate) mod outputs;
pub(crate) mod terminal;
mod warnings;
