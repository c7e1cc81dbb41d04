//! Writes the results of a run as one HTML page without scripts, which loads nothing from elsewhere.

mod about;
mod case;
mod conversation;
mod frames;
mod links;
mod marks;
mod matrix;
mod observed;

use std::fs;
use std::path::{Component, Path};

use anyhow::{Context, Result};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::programs::workspace;
use crate::summary::Summary;
use crate::verdict::Verdict;
use ladder::visible::visible;
use links::{pairing, to_recording};
use marks::mark;

const STYLE: &str = include_str!("html/style.css");

/// The characters that a URL encodes: all but the unreserved ones (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Writes `index.html` into `folder`, with relative links to the evidence.
pub(super) fn write(summary: &Summary<'_>, folder: &Path) -> Result<()> {
    workspace::make(folder)?;
    let file = folder.join("index.html");
    let page = page(summary, &relative(folder, &summary.run.evidence)?).into_string();
    // HTML allows these end tags to be left out (section 13.1.2.4). They are a third of a table.
    let page = page.replace("</td>", "").replace("</tr>", "");
    fs::write(&file, page).with_context(|| format!("cannot write {}", file.display()))
}

/// Returns the relative URL of the folder `to` for a page in `folder`, with a slash at its end.
fn relative(folder: &Path, to: &Path) -> Result<String> {
    let (folder, to) = (std::path::absolute(folder)?, std::path::absolute(to)?);
    let path = pathdiff::diff_paths(&to, folder).unwrap_or(to);
    let parts = path.components().map(|part| match part {
        Component::Normal(name) => {
            utf8_percent_encode(&name.to_string_lossy(), UNRESERVED).to_string() + "/"
        }
        Component::ParentDir => "../".into(),
        Component::RootDir => "/".into(),
        // Only an absolute path has a Windows drive.
        Component::Prefix(prefix) => format!("file:///{}/", prefix.as_os_str().to_string_lossy()),
        Component::CurDir => String::new(),
    });
    Ok(parts
        .collect::<String>()
        .replace("//", "/")
        .replace("file:/", "file:///"))
}

fn page(summary: &Summary<'_>, evidence: &str) -> Markup {
    let headline = headline(summary);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "hellohi interop: " (headline) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p.eyebrow { "hellohi · every client against every server · the originals are the oracle" }
                    h1 { (headline) }
                    (totals(summary))
                    (navigation(summary))
                }
                main {
                    (matrix::section(summary))
                    (differences(summary))
                    (about::warnings(summary))
                    (about::near_deadline(summary))
                    (about::mutants(summary))
                    (about::declared(summary))
                    (about::environment(summary))
                    (matrix::pairings(summary))
                    (case::section(summary, evidence))
                }
                footer { p { "Made by " code { "cargo xtask interop" } "." } }
            }
        }
    }
}

fn headline(summary: &Summary<'_>) -> String {
    let found = found(summary);
    match &summary.run.interrupted {
        Some(interrupted) => format!("{found} so far: {interrupted}"),
        None => found,
    }
}

fn found(summary: &Summary<'_>) -> String {
    let different = summary.count(Verdict::Different) + summary.run.stale.len();
    match (different, summary.count(Verdict::Error)) {
        (0, 0) => "As the originals, byte for byte".into(),
        (0, errors) => format!("{errors} without a verdict"),
        (1, 0) => "1 difference".into(),
        (different, 0) => format!("{different} differences"),
        (different, errors) => format!("{different} differences, {errors} without a verdict"),
    }
}

fn totals(summary: &Summary<'_>) -> Markup {
    html! {
        ul.totals {
            @for verdict in Verdict::ALL {
                li class=(verdict.name()) {
                    span.mark aria-hidden="true" { (verdict.mark()) }
                    b { (summary.count(verdict)) } " " (verdict.name())
                }
            }
        }
    }
}

fn navigation(summary: &Summary<'_>) -> Markup {
    html! {
        nav aria-label="Sections" {
            a href="#matrix" { "Matrix" }
            @if !summary.failed.is_empty() || !summary.run.stale.is_empty() { a href="#differences" { "Differences" } }
            @if !crate::report::warnings::of(summary).is_empty() { a href="#warnings" { "Warnings" } }
            @if !summary.near_deadline.is_empty() { a href="#near-deadline" { "Near their deadline" } }
            @if summary.run.mutants.is_some() { a href="#mutants" { "Mutants" } }
            a href="#declared" { "Declared" }
            a href="#environment" { "Environment" }
            a href="#pairings" { "Pairings" }
            a href="#cases" { "Cases" }
        }
    }
}

fn differences(summary: &Summary<'_>) -> Markup {
    if summary.failed.is_empty() && summary.run.stale.is_empty() {
        return html! {};
    }
    html! {
        section id="differences" {
            h2 { "Differences" }
            div.wide {
                table {
                    thead { tr { th scope="col" { "Case" } th scope="col" { "Client → server" } th scope="col" { "Difference" } } }
                    tbody {
                        @for result in &summary.failed {
                            tr class=(result.judgement.verdict.name()) {
                                th scope="row" { (to_recording(result)) }
                                td { (pairing(&result.task)) }
                                td { (mark(result.judgement.verdict)) (visible(&result.explanation())) }
                            }
                        }
                        @for entry in &summary.run.stale {
                            tr.different {
                                th scope="row" { a href="#declared" { (entry.cases.join(" ")) } }
                                td { (entry.peer) " " (entry.side.name()) }
                                td { (mark(Verdict::Different)) (entry.channel.name()) " is declared, but did not occur" }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    fn text() -> String {
        page(&Summary::of(&example::run()), "../evidence/").into_string()
    }

    #[test]
    fn a_cell_leads_to_its_cases_and_a_case_to_its_recording() {
        let page = text();
        for expected in [
            r##"<a href="#rust__java-17">"##,
            r#"<section id="rust__java-17""#,
            r##"<a href="#exchange/emoji/rust__java-17">"##,
            r#"<details id="exchange/emoji/rust__java-17""#,
            r#"<a href="../evidence/rust__java-17/exchange/emoji/">"#,
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
    }

    #[test]
    fn the_headline_says_that_a_run_was_interrupted() {
        let mut run = example::run();
        run.interrupted = Some(example::INTERRUPTED);
        let page = page(&Summary::of(&run), "").into_string();
        let headline = page.split("<h1>").nth(1).unwrap();
        let expected =
            "2 differences, 1 without a verdict so far: interrupted after 9 of 20 recordings";
        assert!(headline.starts_with(expected), "{headline}");
    }

    #[test]
    fn every_link_within_the_page_has_its_target() {
        let page = text();
        let mut links = page
            .split("href=\"#")
            .skip(1)
            .map(|rest| rest.split('"').next());
        assert!(links.clone().count() > 10);
        assert!(links.all(|link| page.contains(&format!("id=\"{}\"", link.unwrap()))));
    }

    #[test]
    fn what_is_near_its_deadline_leads_to_the_recording_that_is_shown() {
        let mut run = example::run();
        example::recording_of(&mut run.results[2]).took = run.deadline;
        let page = page(&Summary::of(&run), "").into_string();
        let row = concat!(
            r##"<th scope="row"><a href="#exchange/emoji/java-17__java-17">exchange/emoji</a></th>"##,
            "<td>java-17 → java-17</td><td>10.0 s</td>",
        );
        for expected in [r##"<a href="#near-deadline">"##, row] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
        assert!(!text().contains("near-deadline"));
    }

    #[test]
    fn what_a_peer_sent_is_shown_and_never_acts() {
        let page = text();
        assert!(page.contains("script&gt;alert(1)&lt;/script&gt;"), "{page}");
        assert!(page.contains(r"\u{1b}[31m\u{0}"), "{page}");
        assert!(!page.contains("<script"), "{page}");
        let harmless = |c: char| !c.is_control() || c == '\n' || c == '\t';
        assert!(page.chars().all(harmless));
    }

    #[test]
    fn nothing_is_fetched() {
        let page = text();
        for fetched in ["src=", "url(", "@import", "<link", "http:", "https:"] {
            assert!(!page.contains(fetched), "{fetched}");
        }
    }

    #[test]
    fn java_stands_beside_the_candidate_with_the_first_difference_marked() {
        let page = text();
        let java = r#"<span class="len">00 <mark>06</mark></span>"#;
        let here = r#"<span class="len">00 <mark>04</mark></span>"#;
        let java = page.find(java).unwrap_or_else(|| panic!("{page}"));
        assert!(page[java..].contains(here), "{page}");
    }

    #[test]
    fn a_mutant_is_caught_or_survives_or_could_not_run() {
        let page = text();
        for expected in [
            "1 of 3 mutants were caught",
            "no case: it survives",
            "could not run: no &lt;program&gt;",
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
    }

    #[test]
    fn evidence_is_linked_relative_to_the_page() {
        let link = |folder: &str, to: &str| relative(Path::new(folder), Path::new(to)).unwrap();
        assert_eq!(link("/w/report", "/w/target/interop"), "../target/interop/");
        assert_eq!(link("/w/target/interop", "/w/target/interop"), "");
        assert_eq!(link("/w", "/w/a b/ü#?"), "a%20b/%C3%BC%23%3F/");
    }
}
