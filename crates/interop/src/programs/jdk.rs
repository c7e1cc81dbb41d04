//! Finds the JDKs of this machine, and compiles Java with them.

mod install;
mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Once;

use anyhow::{Context, Error, Result, anyhow, ensure};
use serde::Serialize;

pub use install::install;
use places::Place;

/// A JDK: a folder with `bin/java` and `bin/javac`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jdk {
    /// `java-17`, or `java-17.0.15` for a second JDK of the same feature release.
    pub name: String,
    /// Number of the feature release: 8, 11, 17, 21, 25.
    #[serde(skip)]
    pub feature: u32,
    /// Full version in the JDK's `release` file: `17.0.15`.
    pub version: String,
    /// Name of its builder: `Debian`, `Eclipse Adoptium`.
    pub vendor: String,
    /// Folder of the JDK.
    pub home: PathBuf,
}

impl Jdk {
    /// Returns the path of its `java`.
    pub fn java(&self) -> PathBuf {
        tool(&self.home, "java")
    }

    /// Returns the path of its `javac`.
    pub fn javac(&self) -> PathBuf {
        tool(&self.home, "javac")
    }

    /// Compiles the sources among `arguments` into `classes` with `javac -encoding UTF-8`, unless other arguments
    /// say more.
    ///
    /// Fails if `java` does not start or is not of the JDK's version.
    pub fn compile(&self, arguments: &[impl AsRef<OsStr>], classes: &Path) -> Result<()> {
        self.starts()?;
        let output = Command::new(self.javac())
            .args(["-encoding", "UTF-8", "-nowarn", "-d"])
            .arg(classes)
            .args(arguments)
            .output()
            .with_context(|| format!("cannot run {}", self.javac().display()))?;
        ensure!(
            output.status.success(),
            "{} failed ({}):\n{}",
            self.javac().display(),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end(),
        );
        Ok(())
    }

    /// Checks that `java` starts and is of the JDK's version. Otherwise a broken JVM would be recorded as an
    /// original.
    fn starts(&self) -> Result<()> {
        let version = ask_java(&self.home)?;
        let version = version.get(VERSION).map_or("", String::as_str);
        ensure!(
            feature(version) == Some(self.feature),
            "{} says that its version is {version:?}, but its JDK says {:?}",
            self.java().display(),
            self.version
        );
        Ok(())
    }

    fn at(home: &Path) -> Result<Jdk> {
        ensure!(
            home.is_dir(),
            "{} is not a JDK: there is no such folder",
            home.display()
        );
        let missing = missing(home);
        ensure!(
            missing.is_empty(),
            "{} is not a JDK: it has no {}",
            home.display(),
            missing.join(" and no ")
        );
        let home =
            fs::canonicalize(home).with_context(|| format!("cannot read {}", home.display()))?;
        let properties = match release_file(&home) {
            Some(properties) => properties,
            None => ask_java(&home)?,
        };
        let version = properties.get(VERSION).cloned().unwrap_or_default();
        let feature = feature(&version)
            .with_context(|| format!("{}: version {version:?} is not Java's", home.display()))?;
        let vendor = properties
            .get(VENDOR)
            .cloned()
            .unwrap_or_else(|| "unknown".into());
        Ok(Jdk {
            name: format!("java-{feature}"),
            feature,
            version,
            vendor,
            home,
        })
    }
}

/// Keys of the `release` file.
const VERSION: &str = "JAVA_VERSION";
const VENDOR: &str = "IMPLEMENTOR";

/// Returns the JDKs in `homes`, or every JDK of this machine if `homes` is empty, oldest first.
///
/// Fails if one of `homes` is not a JDK. If this machine is searched, standard error names each broken JDK, and
/// each variable such as `JAVA_HOME` that names no JDK. The result may be empty.
pub fn find(homes: &[PathBuf]) -> Result<Vec<Jdk>> {
    static TOLD: Once = Once::new();
    let mut jdks = if homes.is_empty() {
        let (jdks, complaints) = search(&places::usual());
        TOLD.call_once(|| {
            for complaint in complaints {
                eprintln!("xtask: warning: {complaint}");
            }
        });
        jdks
    } else {
        homes
            .iter()
            .map(|home| Jdk::at(home))
            .collect::<Result<Vec<_>>>()?
    };
    jdks.sort_by(|a, b| (a.feature, &a.version, &a.home).cmp(&(b.feature, &b.version, &b.home)));
    jdks.dedup_by(|a, b| a.home == b.home);
    name_apart(&mut jdks)?;
    Ok(jdks)
}

/// Returns the JDKs in `places`, and a complaint about each place that should be one.
fn search(places: &[Place]) -> (Vec<Jdk>, BTreeSet<String>) {
    let (mut jdks, mut complaints) = (Vec::new(), BTreeSet::new());
    let mut seen = BTreeSet::new();
    for Place { home, variable } in places {
        let is_new = fs::canonicalize(home).is_ok_and(|home| seen.insert(home));
        match (Jdk::at(home), variable) {
            (Ok(jdk), _) if is_new => jdks.push(jdk),
            (Ok(_), _) => {}
            (Err(error), Some(variable)) => {
                complaints.insert(format!("{variable} is ignored: {error:#}"));
            }
            (Err(error), None) if is_new && missing(home).is_empty() => {
                complaints.insert(format!("a JDK is ignored: {error:#}"));
            }
            (Err(_), None) => {}
        }
    }
    (jdks, complaints)
}

/// Returns the same JDKs as [`find`]. Fails if there is none, with the commands that install one.
pub fn require(homes: &[PathBuf]) -> Result<Vec<Jdk>> {
    let jdks = find(homes)?;
    match jdks.is_empty() {
        true => Err(none_found()),
        false => Ok(jdks),
    }
}

/// Returns the error of a machine without a JDK, with the command that installs one.
pub(crate) fn none_found() -> Error {
    anyhow!(
        "no JDK found (looked at JAVA_HOME, PATH and the platform's usual places); {}: {}",
        install::run_as(),
        install::command_line()
    )
}

/// The flag that chooses JDKs, which each task with Java has.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// Use this JDK instead of every JDK found (repeatable)
    #[arg(long = "jdk", value_name = "HOME")]
    pub homes: Vec<PathBuf>,
}

/// Prints the JDKs, one a line.
pub fn run(args: &Args) -> Result<ExitCode> {
    for jdk in require(&args.homes)? {
        println!(
            "{}\t{}\t{}\t{}",
            jdk.name,
            jdk.version,
            jdk.vendor,
            jdk.home.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn tool(home: &Path, name: &str) -> PathBuf {
    home.join("bin")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION)
}

/// Reads the `KEY="value"` lines of the JDK's `release` file.
fn release_file(home: &Path) -> Option<BTreeMap<String, String>> {
    let text = fs::read_to_string(home.join("release")).ok()?;
    let properties: BTreeMap<_, _> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned()))
        .collect();
    properties.contains_key(VERSION).then_some(properties)
}

/// Runs `java` to learn the properties of the `release` file, which the JDK 8 of some distributions lacks.
fn ask_java(home: &Path) -> Result<BTreeMap<String, String>> {
    let java = tool(home, "java");
    let output = Command::new(&java)
        .args(["-XshowSettings:properties", "-version"])
        .output()
        .with_context(|| format!("cannot run {}", java.display()))?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{} -version failed ({}): {}",
        java.display(),
        output.status,
        text.lines()
            .find(|line| !line.starts_with("Picked up "))
            .unwrap_or("no message")
    );
    let properties = text.lines().filter_map(|line| line.split_once(" = "));
    let named = properties.filter_map(|(key, value)| match key.trim() {
        "java.version" => Some((VERSION.to_owned(), value.trim().to_owned())),
        "java.vendor" => Some((VENDOR.to_owned(), value.trim().to_owned())),
        _ => None,
    });
    let named: BTreeMap<String, String> = named.collect();
    ensure!(
        named.contains_key(VERSION),
        "{} -XshowSettings:properties -version prints no java.version",
        java.display()
    );
    Ok(named)
}

/// Returns the programs of a JDK that are missing in `home`.
fn missing(home: &Path) -> Vec<String> {
    let lacks = |name: &&str| !tool(home, name).is_file();
    let names = ["java", "javac"].into_iter().filter(lacks);
    names.map(|name| format!("bin/{name}")).collect()
}

/// Returns the feature release of a version: `1.8.0_392` is 8, `17.0.15` is 17, `25-ea` is 25.
fn feature(version: &str) -> Option<u32> {
    let modern = version.strip_prefix("1.").unwrap_or(version);
    let digits = modern.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// Gives each JDK a name of its own.
fn name_apart(jdks: &mut [Jdk]) -> Result<()> {
    let mut names = BTreeSet::new();
    for jdk in jdks {
        let candidates = [
            jdk.name.clone(),
            format!("java-{}", jdk.version),
            format!(
                "java-{}-{}",
                jdk.version,
                jdk.vendor.to_lowercase().replace(' ', "-")
            ),
        ];
        let free = candidates.into_iter().find(|name| !names.contains(name));
        jdk.name = free.with_context(|| {
            format!(
                "{} is the third build of {} by {}: choose JDKs with --jdk",
                jdk.home.display(),
                jdk.version,
                jdk.vendor
            )
        })?;
        names.insert(jdk.name.clone());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
