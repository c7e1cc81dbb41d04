//! The error of a run of the client.

use std::io;

use crate::connect::ConnectError;
use crate::join::JoinError;
use crate::output::OutputError;
use crate::session::SessionError;

/// The error of a run of the client.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The conversation failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// There is no connection, or no place in the room.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// A line has no reply, because the conversation ended.
    #[error("{source}; line {line} of the input has no reply, and nothing behind it was sent")]
    Unanswered {
        /// The end of the conversation.
        source: SessionError,
        /// Number of the line, from 1.
        line: usize,
    },
    /// A member's connection ended before it heard what it said itself.
    #[error("{source}; what was said from line {line} of the input on has not come back")]
    Unheard {
        /// The end of the conversation.
        source: SessionError,
        /// Number of the first such line, from 1.
        line: usize,
    },
    /// Standard output cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Standard input cannot be read.
    #[error("cannot read standard input: {0}")]
    Input(io::Error),
    /// Standard input has no line, but client.java needs one.
    #[error("standard input ended before there was a line to send")]
    NoInput,
    /// A line was typed after the server had ended the conversation.
    #[error("{end}; what was typed last was not sent")]
    NotSent {
        /// The end of the conversation.
        end: SessionError,
    },
    /// The user left while there was no connection.
    #[error("there was no connection; lines that were not sent: {lines}")]
    Kept {
        /// Number of lines that were kept.
        lines: usize,
    },
    /// Signals cannot be handled.
    #[error("cannot handle signals: {0}")]
    Signals(io::Error),
    /// Ctrl-C was pressed at the prompt, or this signal came.
    #[error("interrupted")]
    Interrupted(u8),
}
