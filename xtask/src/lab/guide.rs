//! The figures of the guides (`docs/lab.zh.md`, `docs/lab.en.md`) and the recordings that they are drawn from.
//!
//! The guides also have tables that point at rows of the figures, as in
//! ``| The client calls socket(). | seed 6 | `socket()` |``. Here `seed 6` is row 6 of the scenario `seed`, and
//! `socket()` is text in that row. When a new recording has that call in its row 8, `numbered` finds the text again
//! and writes `seed 8`.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::chain;
use super::play::{self, Pairing};
use super::programs::{self, JAVA, Programs, RUST};
use super::scenario::{self, Scenario};
use ::interop::programs::workspace;
use ladder::outline::outline;
use ladder::part::{self, Part};
use ladder::row_text::{self, RowText};
use ladder::saved::Saved;
use ladder::{Ladder, Lang, svg};
use recorder::Side;

/// A task of `lab --guide`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Action {
    /// Play every scenario, save the recordings, and draw the figures from them
    Record,
    /// Draw the figures from the saved recordings
    Draw,
    /// Play every scenario and compare it with the saved recordings
    Check,
}

pub(super) fn run(action: Action, programs: &Programs, lang: Lang) -> Result<ExitCode> {
    match action {
        Action::Record => record(programs, lang)?,
        Action::Draw => {}
        Action::Check => return check(programs, lang),
    }
    draw()?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the pairings whose recordings are saved.
fn pairings() -> [Pairing; 2] {
    [JAVA, RUST].map(|name| Pairing {
        client: name.into(),
        server: name.into(),
    })
}

fn path(scenario: &str, pairing: &Pairing) -> PathBuf {
    let folder = workspace::root().join("crates/ladder/tests/recordings");
    folder.join(format!("{scenario}.{pairing}.json"))
}

fn saved_ladder(scenario: &Scenario, pairing: &Pairing) -> Result<Ladder> {
    let mut saved = Saved::load(&path(scenario.name, pairing))?;
    for (side, player) in [
        (Side::Client, &mut saved.client),
        (Side::Server, &mut saved.server),
    ] {
        if let (JAVA, Some(behaviour)) = (pairing.name(side), scenario.behaviour(side)) {
            player.source = Some(programs::source(side, behaviour));
        }
    }
    Ok(saved.ladder())
}

fn record(programs: &Programs, lang: Lang) -> Result<()> {
    for scenario in scenario::all() {
        for pairing in pairings() {
            let run = play::play(&scenario, &pairing, programs, lang)?;
            Saved::new(scenario.name, &run.recording, &run.ladder)
                .save(&path(scenario.name, &pairing))?;
        }
    }
    Ok(())
}

fn draw() -> Result<()> {
    let guides = GUIDES.iter().map(|name| {
        let path = workspace::root().join("docs").join(name);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok((path, numbered(&text)?))
    });
    let guides: Vec<(PathBuf, String)> = guides.collect::<Result<_>>()?;
    for (path, drawn) in figures()?.into_iter().chain(guides) {
        let folder = path.parent().expect("a figure has a folder");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, drawn))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

const GUIDES: [&str; 2] = ["lab.zh.md", "lab.en.md"];

/// Returns `guide` with the row numbers that the saved recordings have now.
///
/// The row meant is the first with the given text after the row that the table last pointed at in the same scenario.
/// If there is none, it is the last with that text up to there.
fn numbered(guide: &str) -> Result<String> {
    let [java, _] = pairings();
    // The rows of each scenario, and the number of the row that was pointed at last.
    let mut scenarios: HashMap<&str, (Vec<RowText>, usize)> = HashMap::new();
    let mut text = String::new();
    for line in guide.lines() {
        if let Some((sentence, name, _, what)) = row(line) {
            if !scenarios.contains_key(name) {
                let ladder = saved_ladder(&scenario::named(name)?, &java)?;
                scenarios.insert(name, (row_text::all(&ladder, Lang::En), 0));
            }
            let (cells, last) = scenarios.get_mut(name).expect("it is there by now");
            let holds = |cells: &&RowText| cells.texts().any(|text| text.contains(what));
            let (before, after) = cells.split_at(*last);
            let found = after
                .iter()
                .find(holds)
                .or_else(|| before.iter().rfind(holds));
            let found = found.with_context(|| format!("{name} has no row with {what}"))?;
            *last = found.number;
            text += &format!("| {sentence} | {name} {} | `{what}` |\n", found.number);
        } else {
            text += &format!("{line}\n");
        }
    }
    Ok(text)
}

/// Parses a line of a guide's table into its sentence, scenario, row number and the text in that row.
fn row(line: &str) -> Option<(&str, &str, usize, &str)> {
    let cells = line.strip_prefix("| ")?.strip_suffix("` |")?;
    let (rest, what) = cells.split_once(" | `")?;
    let (sentence, place) = rest.split_once(" | ")?;
    let (name, number) = place.split_once(' ')?;
    Some((sentence, name, number.parse().ok()?, what))
}

/// Draws every figure of the guides and returns it with its path.
fn figures() -> Result<Vec<(PathBuf, String)>> {
    let folder = workspace::root().join("docs/lab");
    let [java, rust] = pairings();
    let mut ladders = Vec::new();
    for scenario in scenario::all() {
        ladders.push((scenario.name, saved_ladder(&scenario, &java)?));
    }
    let seed = scenario::named("seed")?;
    let (left, right) = (saved_ladder(&seed, &java)?, saved_ladder(&seed, &rust)?);
    let mut figures = Vec::new();
    for (lang, suffix) in [(Lang::Zh, "zh"), (Lang::En, "en")] {
        let mut put = |name: &str, drawn| {
            figures.push((folder.join(format!("{name}.{suffix}.svg")), drawn));
        };
        for (name, ladder) in &ladders {
            put(name, svg::svg(ladder, lang));
        }
        put("seed-data", svg::svg(&part::of(&left, Part::Data), lang));
        put("beside", svg::side_by_side(&left, &right, lang));
        for (name, drawn) in chain::recorded_figures(lang) {
            put(&name, drawn);
        }
    }
    Ok(figures)
}

/// Plays every scenario and returns exit status 1 if one differs from its saved recording.
fn check(programs: &Programs, lang: Lang) -> Result<ExitCode> {
    let mut same = true;
    for scenario in scenario::all() {
        for pairing in pairings() {
            let saved = saved_ladder(&scenario, &pairing)?;
            let run = play::play(&scenario, &pairing, programs, lang)?;
            let differences = differences(&outline(&saved), &outline(&run.ladder));
            let name = format!("{:<21}{pairing}", scenario.name);
            same &= report(&name, &differences, lang);
        }
    }
    same &= report(chain::NAME, &chain::differences(&programs.jdks)?, lang);
    Ok(ExitCode::from(u8::from(!same)))
}

/// Prints the differences of one figure and returns whether there are none.
fn report(name: &str, differences: &[String], lang: Lang) -> bool {
    let same = differences.is_empty();
    let verdict = match same {
        true => lang.pick("与记录一致", "as recorded"),
        false => lang.pick("不同", "different"),
    };
    println!("{name}  {verdict}");
    for line in differences {
        println!("  {line}");
    }
    same
}

/// Returns the lines from the first difference to the last: saved ones with `-`, new ones with `+`.
fn differences(saved: &[String], new: &[String]) -> Vec<String> {
    let same = saved.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (saved, new) = (&saved[same..], &new[same..]);
    let same = saved
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let gone = saved[..saved.len() - same]
        .iter()
        .map(|line| format!("- {line}"));
    let come = new[..new.len() - same]
        .iter()
        .map(|line| format!("+ {line}"));
    gone.chain(come).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::env;
    use std::io::Write;
    use std::process::Command;

    use super::*;

    #[test]
    fn the_figures_are_what_the_recordings_draw() {
        for (path, drawn) in figures().unwrap() {
            let saved = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                saved == drawn,
                "{}: cargo xtask lab --guide draw",
                path.display()
            );
        }
    }

    #[test]
    fn each_figure_has_letters_of_7_points_when_it_is_16_cm_wide() {
        for (path, drawn) in figures().unwrap() {
            let (_, rest) = drawn.split_once("\" width=\"").unwrap();
            let width: f64 = rest.split('"').next().unwrap().parse().unwrap();
            let points = 16.0 / 2.54 * 72.0;
            let letters = 11.0 * points / width;
            assert!(letters >= 7.0, "{}: {letters} points", path.display());
        }
    }

    #[test]
    fn no_figure_is_black_in_a_converter_without_css() {
        let version = Command::new("rsvg-convert").arg("--version").output();
        if version.is_err() && env::var_os("CI").is_none() {
            // The test's own output would be shown only if it failed.
            let skipped = "skipped: no figure was converted, because rsvg-convert is missing: apt install librsvg2-bin";
            writeln!(std::io::stderr(), "{skipped}").unwrap();
            return;
        }
        for (path, _) in figures().unwrap() {
            let converted = Command::new("rsvg-convert")
                .args(["--format", "svg"])
                .arg(&path)
                .output()
                .unwrap();
            // cairo writes each colour as rgb(…%).
            let drawn = String::from_utf8(converted.stdout)
                .unwrap()
                .replace(' ', "");
            let colours: HashSet<&str> = drawn
                .split("rgb(")
                .skip(1)
                .filter_map(|rest| rest.split(')').next())
                .collect();
            let name = path.display();
            assert!(
                colours.contains("100%,100%,100%") && colours.len() > 5,
                "{name}: {colours:?}"
            );
            assert!(!colours.contains("0%,0%,0%"), "{name} has black in it");
        }
    }

    /// Part one of the lab's write-up, which explains TCP, without its spaces.
    const PART_ONE: &str = "使用TCP套接字编程可以实现基于TCP/IP协议的面向连接的通信,它分为服务器端和客户端两部分,其主要实现过程如下图所示:\
        (1)连接建立:服务器调用socket()、bind()、listen()完成初始化后,调用accept()阻塞等待,处于监听端口的状态,\
        客户端调用socket()初始化后,调用connect()发出SYN段并阻塞等待服务器应答,服务器应答一个SYN-ACK段,\
        客户端收到后从connect()返回,同时应答一个ACK段,服务器收到后从accept()返回。\
        (2)数据传输:建立连接后,TCP协议提供全双工的通信服务,但是一般的客户端/服务器程序的流程是由客户端主动发起请求,\
        服务器被动处理请求,一问一答的方式。因此,服务器从accept()返回后立刻调用read(),读socket就像读管道一样,\
        如果没有数据到达就阻塞等待,这时客户端调用write()发送请求给服务器,服务器收到后从read()返回,\
        对客户端的请求进行处理,在此期间客户端调用read()阻塞等待服务器的应答,服务器调用write()将处理结果发回给客户端,\
        再次调用read()阻塞等待下一条请求,客户端收到后从read()返回,发送下一条请求,如此循环下去。\
        (3)关闭连接:如果客户端没有更多的请求了,就调用close()关闭连接,就像写端关闭的管道一样,服务器的read()返回0,\
        这样服务器就知道客户端关闭了连接,也调用close()关闭连接。注意,任何一方调用close()后,\
        连接的两个传输方向都关闭,不能再发送数据了。如果一方调用shutdown()则连接处于半关闭状态,仍可接收对方发来的数据。";

    const ZH: &str = include_str!("../../../docs/lab.zh.md");
    const EN: &str = include_str!("../../../docs/lab.en.md");

    #[test]
    fn every_word_of_the_write_up_points_at_a_row() {
        // What the guide adds to the write-up stands in asterisks.
        let sentences = ZH.lines().filter_map(row).map(|(sentence, ..)| sentence);
        let quoted: String = sentences
            .filter(|sentence| !sentence.starts_with('*'))
            .collect();
        assert_eq!(quoted, PART_ONE);
    }

    #[test]
    fn the_guides_point_at_rows_that_hold_what_they_say() {
        for guide in [ZH, EN] {
            assert_eq!(
                numbered(guide).unwrap(),
                guide,
                "cargo xtask lab --guide draw"
            );
        }
        let places = |guide: &'static str| {
            guide
                .lines()
                .filter_map(row)
                .map(|(_, name, n, what)| (name, n, what))
        };
        assert!(places(ZH).eq(places(EN)));
    }
}
