//! The layers of the workspace: which crates a crate may depend on, and no circle among the modules of one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{read, root};

/// Crates of the workspace that a crate of the harness may depend on.
const LAYERS: [(&str, &[&str]); 3] = [
    ("recorder", &[]),
    ("ladder", &["recorder"]),
    ("interop", &["ladder", "recorder"]),
];

/// Folders below `crates/`.
const ALL: [&str; 7] = [
    "proto", "server", "client", "recorder", "ladder", "interop", "bench",
];

#[test]
fn each_crate_of_the_harness_depends_on_lower_layers_alone() {
    let is_ours = |key: &&str| ALL.contains(&key.trim_start_matches("hellohi-"));
    for (name, may) in LAYERS {
        let manifest = read(&root().join("crates").join(name).join("Cargo.toml"));
        let keys = manifest
            .lines()
            .filter_map(|line| line.split(['.', ' ']).next());
        let dependencies: BTreeSet<&str> = keys.filter(is_ours).collect();
        assert_eq!(dependencies, may.iter().copied().collect(), "{name}");
    }
}

#[test]
fn xtask_compiles_no_crate_that_is_measured_beside_ours() {
    let manifest = read(&root().join("xtask/Cargo.toml"));
    assert!(
        !manifest.lines().any(|line| line.starts_with("bench")),
        "bench is a program of its own"
    );
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    for source in sources() {
        let modules = modules(&source);
        let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (module, text) in &modules {
            imports.insert(module, imported(module, text, &modules));
        }
        // Removes, again and again, a module that imports none of those that are left.
        while let Some(independent) = imports
            .iter()
            .find(|(_, below)| below.iter().all(|one| !imports.contains_key(one)))
            .map(|(module, _)| *module)
        {
            imports.remove(independent);
        }
        assert!(imports.is_empty(), "{}: {imports:#?}", source.display());
    }
}

#[test]
fn no_module_imports_a_sibling_through_the_crates_root() {
    for source in sources() {
        let modules = modules(&source);
        for (module, text) in &modules {
            for path in paths(&code(module, text)) {
                let first = path.split("::").nth(1).unwrap_or_default();
                let is_module = modules.contains_key(&format!("crate::{first}"));
                assert!(is_module, "{}: {module} uses {path}", source.display());
            }
        }
    }
}

/// Returns the folders with each crate's sources.
fn sources() -> Vec<PathBuf> {
    let crates = ALL.map(|name| root().join("crates").join(name).join("src"));
    crates
        .into_iter()
        .chain([root().join("xtask/src")])
        .collect()
}

/// Returns the modules below `source` with their text, tests left out: `crate::report::html` is
/// `report/html.rs`. The crate's root is left out, too: it hands names out and nobody imports from it.
fn modules(source: &Path) -> BTreeMap<String, String> {
    let mut modules = BTreeMap::new();
    let mut folders = vec![source.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(source)
                .expect("it is below")
                .with_extension("");
            let name = name.to_string_lossy().replace(['/', '\\'], "::");
            let is_root = ["lib", "main"].contains(&name.as_str());
            let is_test = name.split("::").any(|part| part == "tests");
            if path.extension().is_some_and(|end| end == "rs") && !is_root && !is_test {
                let text = read(&path);
                let tests = text.find("\n#[cfg(test)]\nmod tests");
                let text = text[..tests.unwrap_or(text.len())].to_owned();
                modules.insert(format!("crate::{name}"), text);
            }
        }
    }
    modules
}

/// Returns the modules that `text` of `module` takes names from. A path goes into the deepest module that it
/// begins with: `crate::report::html::links::anchor` into `crate::report::html::links`. A module's own children are
/// left out, since it is made of them.
fn imported<'a>(
    module: &str,
    text: &str,
    modules: &'a BTreeMap<String, String>,
) -> BTreeSet<&'a str> {
    let is_inside =
        |path: &str, other: &str| path == other || path.starts_with(&format!("{other}::"));
    let deepest = |path: String| {
        let around = modules.keys().filter(|other| is_inside(&path, other));
        around.max_by_key(|other| other.len()).map(String::as_str)
    };
    let paths = paths(&code(module, text)).into_iter();
    paths
        .filter_map(deepest)
        .filter(|other| !is_inside(other, module))
        .collect()
}

/// Returns the text of `module` without comments, in one line, and with `super` as a path from the root.
fn code(module: &str, text: &str) -> String {
    // In a module within this file, `super` is this file.
    let outer = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("use super::") || line.starts_with("use"));
    let lines = outer.map(str::trim);
    let code: Vec<&str> = lines.filter(|line| !line.starts_with("//")).collect();
    let above = |module: &str| {
        let parent = module.rsplit_once("::");
        parent.map_or("crate", |(parent, _)| parent).to_owned()
    };
    let parent = above(module);
    code.join(" ")
        .replace("super::super::", &format!("{}::", above(&parent)))
        .replace("super::", &format!("{parent}::"))
}

/// Returns every path that begins with `crate::`, with the braces of a `use` taken apart: `crate::a::{b, c::d}` is
/// `crate::a::b` and `crate::a::c::d`.
fn paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        expand(&code[at..], String::new(), &mut paths);
    }
    paths
}

/// Adds the paths that `text` begins with, each behind `prefix`; returns the rest of the text.
fn expand<'t>(text: &'t str, prefix: String, paths: &mut Vec<String>) -> &'t str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    let (path, mut rest) = text.split_at(end.unwrap_or(text.len()));
    let path = prefix + path;
    if !rest.starts_with('{') || !path.ends_with("::") {
        paths.push(path);
        return rest;
    }
    while let Some(next) = rest.strip_prefix(['{', ',']) {
        let next = next.trim_start();
        if next.starts_with('}') {
            rest = next;
            break;
        }
        rest = expand(next, path.clone(), paths).trim_start();
    }
    rest.strip_prefix('}').unwrap_or(rest)
}

#[test]
fn paths_are_found_in_a_use_and_in_code() {
    let found = paths("use crate::a::{self, b::{C, d}, E}; x(crate::f::g())");
    assert_eq!(
        found,
        [
            "crate::a::self",
            "crate::a::b::C",
            "crate::a::b::d",
            "crate::a::E",
            "crate::f::g"
        ]
    );
}
