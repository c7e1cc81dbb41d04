//! Finds the JDKs of this machine, and compiles with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

/// One JDK: a home with `bin/java` and `bin/javac`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Jdk {
    /// `java-17`; where two of a feature release are found, the second is `java-17.0.15`.
    pub(crate) name: String,
    /// The feature release: 8, 11, 17, 21, 25.
    pub(crate) feature: u32,
    /// The whole version, as the JDK's `release` file gives it: `17.0.15`.
    pub(crate) version: String,
    /// Who built it: `Debian`, `Eclipse Adoptium`.
    pub(crate) vendor: String,
    pub(crate) home: PathBuf,
}

impl Jdk {
    pub(crate) fn java(&self) -> PathBuf {
        tool(&self.home, "java")
    }

    pub(crate) fn javac(&self) -> PathBuf {
        tool(&self.home, "javac")
    }

    /// Compiles `sources` with this JDK's `javac -encoding UTF-8` into `classes`.
    pub(crate) fn compile(&self, sources: &[PathBuf], classes: &Path) -> Result<()> {
        let output = Command::new(self.javac())
            .args(["-encoding", "UTF-8", "-nowarn", "-d"])
            .arg(classes)
            .args(sources)
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

    fn at(home: &Path) -> Result<Jdk> {
        ensure!(
            tool(home, "javac").is_file() && tool(home, "java").is_file(),
            "{} is not a JDK: it has no bin/javac and bin/java",
            home.display()
        );
        let home =
            fs::canonicalize(home).with_context(|| format!("cannot read {}", home.display()))?;
        let properties = release_file(&home)
            .or_else(|| ask_java(&home))
            .with_context(|| format!("cannot tell the version of {}", home.display()))?;
        let version = properties
            .get("JAVA_VERSION")
            .context("no JAVA_VERSION")?
            .clone();
        let feature = feature(&version)
            .with_context(|| format!("{}: version {version:?} is not Java's", home.display()))?;
        let vendor = properties
            .get("IMPLEMENTOR")
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

/// Every JDK of `homes`, or, where that is empty, every JDK found on this machine, oldest first.
///
/// An explicit home that is no JDK is an error; a place that is searched and holds none is not.
/// The result may be empty.
pub(crate) fn find(homes: &[PathBuf]) -> Result<Vec<Jdk>> {
    let mut jdks = if homes.is_empty() {
        let candidates: BTreeSet<PathBuf> = usual_places()
            .into_iter()
            .filter_map(|place| fs::canonicalize(place).ok())
            .collect();
        candidates
            .iter()
            .filter_map(|home| Jdk::at(home).ok())
            .collect()
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

/// As [`find`], but without a JDK there is nothing to ask: an error that says what to run.
pub(crate) fn require(homes: &[PathBuf]) -> Result<Vec<Jdk>> {
    let jdks = find(homes)?;
    if jdks.is_empty() {
        bail!(
            "no JDK found (looked at JAVA_HOME, PATH and the platform's usual places); run:\n  {}",
            install_commands()
                .iter()
                .map(|command| command.join(" "))
                .collect::<Vec<_>>()
                .join(" && ")
        );
    }
    Ok(jdks)
}

/// Installs the platform's JDK package, showing the package manager's own output.
pub(crate) fn install() -> Result<()> {
    for command in install_commands() {
        let shown = command.join(" ");
        eprintln!("installing a JDK: {shown}");
        let status = Command::new(&command[0])
            .args(&command[1..])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .status()
            .with_context(|| format!("cannot run {}", command[0]))?;
        ensure!(status.success(), "{shown} failed ({status})");
    }
    Ok(())
}

/// Which JDKs a task uses; other tasks flatten it into their own flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Use this JDK instead of every JDK found (repeatable)
    #[arg(long = "jdk", value_name = "HOME")]
    pub(crate) homes: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
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

/// `KEY="value"` lines of the JDK's `release` file.
fn release_file(home: &Path) -> Option<BTreeMap<String, String>> {
    let text = fs::read_to_string(home.join("release")).ok()?;
    let properties: BTreeMap<_, _> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned()))
        .collect();
    properties
        .contains_key("JAVA_VERSION")
        .then_some(properties)
}

/// A JDK without a `release` file (some distributions' JDK 8) answers for itself.
fn ask_java(home: &Path) -> Option<BTreeMap<String, String>> {
    let output = Command::new(tool(home, "java"))
        .args(["-XshowSettings:properties", "-version"])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let properties = text.lines().filter_map(|line| line.split_once(" = "));
    let named = properties.filter_map(|(key, value)| match key.trim() {
        "java.version" => Some(("JAVA_VERSION".to_owned(), value.trim().to_owned())),
        "java.vendor" => Some(("IMPLEMENTOR".to_owned(), value.trim().to_owned())),
        _ => None,
    });
    Some(named.collect())
}

/// `1.8.0_392` is 8, `17.0.15` is 17, `25-ea` is 25.
fn feature(version: &str) -> Option<u32> {
    let modern = version.strip_prefix("1.").unwrap_or(version);
    let digits = modern.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

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
                "{} is the third build of {} by {}: choose with --jdk",
                jdk.home.display(),
                jdk.version,
                jdk.vendor
            )
        })?;
        names.insert(jdk.name.clone());
    }
    Ok(())
}

fn usual_places() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = Vec::new();
    // GitHub's runners name theirs JAVA_HOME_17_X64 and so on.
    for (name, value) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("JAVA_HOME") && !value.is_empty() {
            places.push(value.into());
        }
    }
    for javac in which::which_all("javac").into_iter().flatten() {
        let real = fs::canonicalize(&javac).unwrap_or(javac);
        places.extend(real.parent().and_then(Path::parent).map(Path::to_owned));
    }
    for folder in parents() {
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let home = entry.path();
            places.push(home.join("Contents/Home"));
            places.push(home.join("libexec/openjdk.jdk/Contents/Home"));
            places.push(home);
        }
    }
    places
}

/// Folders that hold JDKs side by side, on Linux, macOS and Windows.
fn parents() -> Vec<PathBuf> {
    let mut parents: Vec<PathBuf> = [
        "/usr/lib/jvm",
        "/usr/lib64/jvm",
        "/usr/java",
        "/opt",
        "/opt/java",
        "/Library/Java/JavaVirtualMachines",
        "/opt/homebrew/opt",
        "/usr/local/opt",
        r"C:\Program Files\Java",
        r"C:\Program Files\Eclipse Adoptium",
        r"C:\Program Files\Microsoft",
        r"C:\Program Files\Zulu",
        r"C:\Program Files\Amazon Corretto",
    ]
    .map(PathBuf::from)
    .into();
    if let Some(home) = std::env::home_dir() {
        parents.push(home.join(".jdks"));
        parents.push(home.join(".sdkman/candidates/java"));
        parents.push(home.join("Library/Java/JavaVirtualMachines"));
    }
    parents
}

/// What installs a JDK here, one command after the other.
fn install_commands() -> Vec<Vec<String>> {
    // A machine that has never installed anything has no list of packages.
    const APT: &str = "update; install --yes --no-install-recommends default-jdk-headless";
    let managers = [
        ("apt-get", APT),
        ("dnf", "install --assumeyes java-latest-openjdk-devel"),
        ("pacman", "-S --noconfirm jdk-openjdk"),
        ("zypper", "--non-interactive install java-21-openjdk-devel"),
        ("apk", "add openjdk21-jdk"),
        ("brew", "install openjdk"),
        (
            "winget",
            "install --exact --id EclipseAdoptium.Temurin.21.JDK",
        ),
    ];
    let found = managers
        .iter()
        .find(|(manager, _)| which::which(manager).is_ok());
    let &(manager, commands) = found.unwrap_or(&managers[0]);
    let as_root = matches!(manager, "brew" | "winget") || may_install();
    let sudo = if as_root { "" } else { "sudo " };
    let words = |arguments: &str| {
        let command = format!("{sudo}{manager} {arguments}");
        command.split_whitespace().map(str::to_owned).collect()
    };
    commands.split(';').map(words).collect()
}

/// Whether this process may install packages without `sudo`.
fn may_install() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_every_era_have_a_feature_release() {
        for (version, expected) in [("1.8.0_392", 8), ("11.0.22", 11), ("17", 17), ("25-ea", 25)] {
            assert_eq!(feature(version), Some(expected), "{version}");
        }
        assert_eq!(feature("GraalVM"), None);
    }

    #[test]
    fn a_home_without_javac_is_refused_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let error = find(&[folder.path().to_owned()]).unwrap_err().to_string();
        assert!(
            error.contains(&folder.path().display().to_string()),
            "{error}"
        );
        assert!(error.contains("bin/javac"), "{error}");
    }

    #[test]
    fn two_builds_of_one_release_keep_apart() {
        let jdk = |version: &str, home: &str| Jdk {
            name: "java-17".into(),
            feature: 17,
            version: version.into(),
            vendor: "Debian".into(),
            home: home.into(),
        };
        let mut jdks = [jdk("17.0.1", "/a"), jdk("17.0.2", "/b")];
        name_apart(&mut jdks).unwrap();
        assert_eq!(jdks.map(|jdk| jdk.name), ["java-17", "java-17.0.2"]);
    }
}
