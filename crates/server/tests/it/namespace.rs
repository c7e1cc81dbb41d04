//! Tests in a network of their own, where ports are free and links can be broken.

use std::env;
use std::process::Command;

/// The variable that tells a test that it runs in its own network.
const INSIDE: &str = "HELLOHI_TEST_IN_OWN_NETWORK";

/// Runs `test`, which is the body of the test with this name, in a network namespace of its own.
///
/// The test's program runs this test again, there. Where the system allows no such thing, the test is skipped, and says
/// why.
pub(crate) fn in_own_network(name: &str, test: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        ip(&["link", "set", "lo", "up"]);
        return test();
    }
    let mut why = String::new();
    // Root may need no user namespace, where a system has none.
    let how = [&["--net", "--map-root-user"][..], &["--net"]];
    let how = how.into_iter().find(|flags| {
        let mut command = Command::new("unshare");
        command.args(*flags).args(["ip", "link", "set", "lo", "up"]);
        why = match command.output() {
            Ok(output) if output.status.success() => return true,
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => format!("no unshare: {error}"),
        };
        false
    });
    let Some(flags) = how else {
        return eprintln!("{name}: skipped, because there is no network of its own: {why}");
    };
    let program = env::current_exe().expect("the program of this test");
    let output = Command::new("unshare")
        .args(flags)
        .arg(program)
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
