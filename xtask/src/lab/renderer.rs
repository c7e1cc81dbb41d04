//! Turns an SVG into a PNG or a PDF.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Fails if there is no program that makes a PNG or a PDF.
pub(super) fn check() -> Result<()> {
    which::which(RENDERER)
        .context("rsvg-convert is missing, which makes a PNG or a PDF: apt install librsvg2-bin")?;
    Ok(())
}

const RENDERER: &str = "rsvg-convert";

/// Writes `svg` to `path` in `format`, which is `png` or `pdf`. A PNG has twice as many dots as the SVG has units.
pub(super) fn render(svg: &str, format: &str, path: &Path) -> Result<()> {
    let zoom = if format == "png" { "2" } else { "1" };
    let mut converter = Command::new(RENDERER)
        .args(["--format", format, "--zoom", zoom, "--output"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .context("cannot run rsvg-convert")?;
    let mut stdin = converter.stdin.take().expect("it was piped");
    let written = stdin.write_all(svg.as_bytes());
    drop(stdin);
    let status = converter.wait()?;
    ensure!(
        status.success() && written.is_ok(),
        "rsvg-convert could not write {}: {status}",
        path.display()
    );
    Ok(())
}
