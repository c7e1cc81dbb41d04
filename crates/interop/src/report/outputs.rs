//! The files of a run's reports: they are checked before the first recording and written after the last one.

use std::env;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::args::Args;
use crate::report::html;
use crate::report::json;
use crate::report::junit;
use crate::report::markdown;
use crate::summary::Summary;

/// Paths of the reports that are asked for.
#[derive(Debug)]
pub(crate) struct Outputs<'a> {
    /// Folder of the HTML report.
    report: Option<&'a Path>,
    json: Option<&'a Path>,
    junit: Option<&'a Path>,
    /// Markdown file of a step in a GitHub workflow.
    summary: Option<PathBuf>,
}

impl<'a> Outputs<'a> {
    /// Returns the paths in `args` and in this program's environment.
    pub(crate) fn of(args: &'a Args) -> Outputs<'a> {
        Outputs {
            report: args.report.as_deref(),
            json: args.json.as_deref(),
            junit: args.junit.as_deref(),
            summary: env::var_os(markdown::VARIABLE).map(PathBuf::from),
        }
    }

    /// Fails if one of the files cannot be written. Existing files stay as they are.
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(folder) = self.report {
            let made = fs::create_dir_all(folder);
            made.with_context(|| format!("--report: cannot make the folder {}", folder.display()))?;
            can_be_written("--report", &folder.join("index.html"))?;
        }
        let files = [
            ("--json", self.json),
            ("--junit", self.junit),
            (markdown::VARIABLE, self.summary.as_deref()),
        ];
        for (name, path) in files {
            path.map_or(Ok(()), |path| can_be_written(name, path))?;
        }
        Ok(())
    }

    /// Writes all reports.
    pub(crate) fn write(&self, summary: &Summary<'_>) -> Result<()> {
        if let Some(folder) = self.report {
            html::write(summary, folder)?;
        }
        if let Some(path) = self.json {
            json::write(summary, path)?;
        }
        if let Some(path) = self.junit {
            junit::write(summary, path)?;
        }
        if let Some(path) = &self.summary {
            markdown::append(summary, path)?;
        }
        Ok(())
    }
}

fn can_be_written(name: &str, path: &Path) -> Result<()> {
    let is_new = !path.exists();
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.with_context(|| format!("{name}: cannot write {}", path.display()))?;
    if is_new {
        // A run that fails later must not leave an empty report.
        fs::remove_file(path).ok();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Outputs<'_> = Outputs {
        report: None,
        json: None,
        junit: None,
        summary: None,
    };

    #[test]
    fn what_cannot_be_written_is_known_before_anything_is_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let (here, gone) = (folder.path(), folder.path().join("gone/file"));
        let file = here.join("file");
        fs::write(&file, "kept").unwrap();
        for (outputs, expected) in [
            (
                Outputs {
                    json: Some(&gone),
                    ..NONE
                },
                "--json: cannot write HERE/gone/file: ",
            ),
            (
                Outputs {
                    junit: Some(here),
                    ..NONE
                },
                "--junit: cannot write HERE: ",
            ),
            (
                Outputs {
                    report: Some(&file),
                    ..NONE
                },
                "--report: cannot make the folder HERE/file: ",
            ),
            (
                Outputs {
                    summary: Some(gone.clone()),
                    ..NONE
                },
                "GITHUB_STEP_SUMMARY: cannot write HERE/gone/file: ",
            ),
        ] {
            let error = format!("{:#}", outputs.check().unwrap_err());
            let error = error.replace(&*here.to_string_lossy(), "HERE");
            assert!(error.starts_with(expected), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_check_changes_no_file_and_leaves_none() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        fs::write(&old, "kept").unwrap();
        let outputs = Outputs {
            json: Some(&old),
            junit: Some(&new),
            report: Some(&folder.path().join("report/deep")),
            ..NONE
        };
        outputs.check().unwrap();
        assert_eq!(fs::read_to_string(&old).unwrap(), "kept");
        assert!(!new.exists());
        assert!(!folder.path().join("report/deep/index.html").exists());
    }
}
