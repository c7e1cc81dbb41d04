//! Java's modified UTF-8 and `writeUTF`/`readUTF` frames.
#![forbid(unsafe_code)]
