//! The files that a report is written to, besides standard output.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

/// The options of every benchmark that name these files.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportFiles {
    /// Write every round's figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the page that is printed to this file too
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

impl ReportFiles {
    /// Prints `report` and writes it to the files.
    pub(crate) fn publish(&self, report: &(impl Display + Serialize)) -> Result<()> {
        print!("{report}");
        if let Some(path) = &self.markdown {
            write(path, report.to_string())?;
        }
        if let Some(path) = &self.json {
            write(path, serde_json::to_string_pretty(report)?)?;
        }
        Ok(())
    }
}

fn write(path: &Path, text: String) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
