//! Tests of the workspace's own files, and of the tasks as programs.

#[cfg(target_os = "linux")]
mod documents;
mod lab;
mod layers;
mod originals;
#[cfg(target_os = "linux")]
mod pair;
#[cfg(unix)]
mod reader;
#[cfg(target_os = "linux")]
mod recorder;
mod status;
mod support;
#[cfg(unix)]
mod tap;
