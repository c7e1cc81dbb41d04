//! The folders where a JDK may be.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that may be a JDK.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub home: PathBuf,
    /// Name of the environment variable that names the folder and so claims that it is a JDK.
    pub variable: Option<String>,
}

/// Returns the folders that variables name, those of `PATH` and those where installers put JDKs.
pub(super) fn usual() -> Vec<Place> {
    let mut places = named(env::vars_os());
    places.extend(others().into_iter().map(|home| Place {
        home,
        variable: None,
    }));
    places
}

/// Returns the folders that variables such as `JAVA_HOME` name.
fn named(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<Place> {
    // GitHub's runners have variables such as JAVA_HOME_17_X64.
    let places = variables.filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        (name.starts_with("JAVA_HOME") && !value.is_empty()).then(|| Place {
            home: value.into(),
            variable: Some(name),
        })
    });
    places.collect()
}

/// Returns the folders around each `javac` in `PATH`, and those where installers put JDKs.
fn others() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = Vec::new();
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

/// Returns the folders in which installers put JDKs, on Linux, macOS and Windows.
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
    if let Some(home) = env::home_dir() {
        parents.push(home.join(".jdks"));
        parents.push(home.join(".sdkman/candidates/java"));
        parents.push(home.join("Library/Java/JavaVirtualMachines"));
    }
    parents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_empty_names_nothing() {
        let variables = [
            ("JAVA_HOME", ""),
            ("JAVA_HOME_17_X64", "/j"),
            ("JAVA", "/k"),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let places = named(variables.into_iter());
        assert_eq!(places.len(), 1);
        assert_eq!(places[0].variable.as_deref(), Some("JAVA_HOME_17_X64"));
        assert_eq!(places[0].home, Path::new("/j"));
    }
}
