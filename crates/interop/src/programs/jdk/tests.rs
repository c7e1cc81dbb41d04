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

fn place(home: &Path, variable: Option<&str>) -> Place {
    Place {
        home: home.to_owned(),
        variable: variable.map(Into::into),
    }
}

#[test]
fn a_variable_that_names_no_jdk_is_told_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let (here, gone) = (folder.path(), folder.path().join("gone"));
    let places = [
        place(&gone, Some("JAVA_HOME")),
        place(here, Some("JAVA_HOME_17_X64")),
        place(here, None),
    ];
    let (jdks, complaints) = search(&places);
    assert!(jdks.is_empty());
    let here = here.display();
    assert_eq!(
        complaints.into_iter().collect::<Vec<_>>(),
        [
            format!("JAVA_HOME is ignored: {here}/gone is not a JDK: there is no such folder"),
            format!(
                "JAVA_HOME_17_X64 is ignored: {here} is not a JDK: it has no bin/java and no bin/javac"
            ),
        ]
    );
}

/// A JDK whose `java` is this script.
#[cfg(unix)]
fn jdk(java: &str, release: &str) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("bin")).unwrap();
    for tool in ["java", "javac"] {
        let file = folder.path().join("bin").join(tool);
        fs::write(&file, format!("#!/bin/sh\n{java}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    if !release.is_empty() {
        fs::write(folder.path().join("release"), release).unwrap();
    }
    folder
}

#[test]
#[cfg(unix)]
fn a_jdk_whose_java_does_not_start_is_told_with_its_path() {
    for (java, expected) in [
        (
            "echo 'no libjvm' >&2; exit 3",
            "HERE/bin/java -version failed (exit status: 3): no libjvm",
        ),
        (
            "echo hello >&2",
            "HERE/bin/java -XshowSettings:properties -version prints no java.version",
        ),
        (
            "echo '    java.version = GraalVM' >&2",
            "HERE: version \"GraalVM\" is not Java's",
        ),
    ] {
        let folder = jdk(java, "");
        let here = fs::canonicalize(folder.path()).unwrap();
        let here = here.to_string_lossy();
        let error = find(&[folder.path().to_owned()]).unwrap_err();
        assert_eq!(format!("{error:#}").replace(&*here, "HERE"), expected);
        let (_, complaints) = search(&[place(folder.path(), None)]);
        let complaint = complaints.first().unwrap().replace(&*here, "HERE");
        assert_eq!(complaint, format!("a JDK is ignored: {expected}"));
    }
}

#[test]
#[cfg(unix)]
fn a_jdk_whose_java_is_not_what_its_release_file_says_compiles_nothing() {
    for (java, expected) in [
        (
            "exit 3",
            "HERE/bin/java -version failed (exit status: 3): no message",
        ),
        (
            "echo '    java.version = 11.0.2' >&2",
            "HERE/bin/java says that its version is \"11.0.2\", but its JDK says \"17.0.15\"",
        ),
    ] {
        let folder = jdk(java, "JAVA_VERSION=\"17.0.15\"\n");
        let jdk = find(&[folder.path().to_owned()]).unwrap().remove(0);
        let error = jdk.compile(&[""; 0], folder.path()).unwrap_err();
        let error = format!("{error:#}").replace(&*jdk.home.to_string_lossy(), "HERE");
        assert_eq!(error, expected);
    }
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
