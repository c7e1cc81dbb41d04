//! Turns an SVG into a PNG or a PDF, with a program that is installed.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Writes `svg` as a PDF, or else as a PNG of twice its size, to `path`.
pub(super) fn render(svg: &str, is_pdf: bool, path: &Path) -> Result<()> {
    let format = if is_pdf { "pdf" } else { "png" };
    let (program, arguments): (_, &[&str]) = match (
        which::which("rsvg-convert"),
        which::which("inkscape"),
    ) {
        (Ok(program), _) if is_pdf => (program, &["--format", "pdf", "--output"]),
        (Ok(program), _) => (program, &["--format", "png", "--zoom", "2", "--output"]),
        (_, Ok(program)) if is_pdf => (program, &["--export-type", "pdf", "--export-filename"]),
        (_, Ok(program)) => (
            program,
            &[
                "--export-type",
                "png",
                "--export-dpi",
                "192",
                "--export-filename",
            ],
        ),
        _ => anyhow::bail!(
            "nothing here makes a {format} of an SVG: install rsvg-convert (apt install librsvg2-bin) or Inkscape"
        ),
    };
    let source = path.with_extension("tmp.svg");
    fs::write(&source, svg).with_context(|| format!("cannot write {}", source.display()))?;
    let made = Command::new(&program)
        .args(arguments)
        .arg(path)
        .arg(&source)
        .output();
    fs::remove_file(&source).ok();
    let made = made.with_context(|| format!("cannot run {}", program.display()))?;
    let error = String::from_utf8_lossy(&made.stderr);
    ensure!(
        made.status.success(),
        "{} could not write {}: {}",
        program.display(),
        path.display(),
        error.trim()
    );
    Ok(())
}
