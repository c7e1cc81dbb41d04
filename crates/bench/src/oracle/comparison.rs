//! The result of putting one set of questions to a JVM and to hellohi-proto.

/// Number of questions, and the first difference.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) asked: u64,
    /// Number of questions that Java answers without an exception.
    pub(crate) accepted: u64,
    /// The first answers that differ.
    pub(crate) mismatch: Option<String>,
}
