//! What must hold of the workspace's own files.

mod originals;
