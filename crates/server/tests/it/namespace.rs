//! Tests in a network of their own, where ports are free and links can be broken.

use std::env;
use std::process::Command;

/// The variable that tells a test that it runs in its own network.
const INSIDE: &str = "HELLOHI_TEST_IN_OWN_NETWORK";

/// Runs `test`, which is the body of the test with this name, in a network namespace of its own.
///
/// The test's program runs this test again, as root of a new user namespace. Where the system allows no such thing, the
/// test is skipped, and says so.
pub(crate) fn in_own_network(name: &str, test: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        ip(&["link", "set", "lo", "up"]);
        return test();
    }
    let unshared = |program: &str| {
        let mut command = Command::new("unshare");
        command.args(["--net", "--map-root-user", program]);
        command
    };
    let prepared = unshared("ip").args(["link", "set", "lo", "up"]).output();
    let why = match prepared {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(format!("no unshare: {error}")),
    };
    if let Some(why) = why {
        return eprintln!("{name}: skipped, because there is no network of its own: {why}");
    }
    let program = env::current_exe().expect("the program of this test");
    let mut inside = unshared(program.to_str().expect("a path in UTF-8"));
    let output = inside
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("the test runs again");
    let printed = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && printed.contains("1 passed"),
        "{printed}{error}"
    );
    eprint!("{error}");
}

/// Runs `ip` with these arguments.
pub(crate) fn ip(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status();
    assert!(status.expect("there is ip").success(), "ip {arguments:?}");
}
