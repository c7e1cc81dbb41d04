//! A system that has no thread to spare.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::Uid;

use super::honest::{self, Replies};
use super::launcher::{DIE_WITH_PARENT, Launcher};
use super::outcome::{CannotRun, Counts};
use crate::load::process::Outputs;

/// Time within which a server must give up that cannot start.
const GIVE_UP: Duration = Duration::from_secs(10);

/// A user without rights of its own: RLIMIT_NPROC does not bind root.
const NOBODY: u32 = 65534;

/// Starts servers whose user may have no further thread: each says so in one line and exits with 1.
pub(crate) fn none_to_be_had(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let folder = tempfile::tempdir().context("no folder for a copy of the server")?;
    let task = copy(&env::current_exe()?, folder.path())?;
    let program = copy(&launcher.program, folder.path())?;
    let limited = || limited(&task, &program);
    ensure_it_runs(limited())?;
    let commands = [&[][..], &["--quiet"], &["--log", "off"]];
    for arguments in commands {
        let mut command = limited();
        command.args(arguments);
        start(launcher, name, command).with_context(|| format!("with {arguments:?}"))?;
    }
    Ok(Counts::from([("starts refused", commands.len() as u64)]))
}

fn start(launcher: &Launcher, name: &str, command: Command) -> Result<()> {
    let mut server = launcher.spawn(name, command, Outputs::default())?;
    let Ok(status) = server.await_end(GIVE_UP) else {
        match honest::visit(server.address, Replies::Echo) {
            Ok(_) => bail!("it serves, and was to end within {GIVE_UP:?}"),
            Err(error) => bail!("it lives on and serves nobody: {error:#}"),
        }
    };
    let log = server.log();
    let is_complaint = |line: &&str| line.starts_with("hellohi-server: ");
    let complaints = log.lines().filter(is_complaint).count();
    ensure!(
        status.code() == Some(1) && complaints == 1 && !log.contains("panicked"),
        "it ended with {status} and {complaints} lines that say why; the last is: {}",
        server.last_words()
    );
    Ok(())
}

/// Copies a program to where every user may run it.
fn copy(program: &Path, folder: &Path) -> Result<PathBuf> {
    let copy = folder.join(program.file_name().context("a program has a name")?);
    fs::copy(program, &copy).with_context(|| format!("cannot copy {}", program.display()))?;
    for path in [folder, &copy] {
        fs::set_permissions(path, Permissions::from_mode(0o755))?;
    }
    Ok(copy)
}

/// Tries what needs no thread, to tell a system that cannot make this attack from a server that fails.
fn ensure_it_runs(mut command: Command) -> Result<()> {
    let status = command.arg("--version").stdout(Stdio::null()).status();
    let why = match status {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    };
    let reason = format!("cannot run the server as a user whom RLIMIT_NPROC binds: {why}");
    Err(CannotRun(reason).into())
}

/// Returns a command of an ordinary user whose RLIMIT_NPROC is used up by its process; `task` is a copy of
/// this program.
fn limited(task: &Path, program: &Path) -> Command {
    // bash calls this limit -u, and dash -p, which is another limit in bash.
    let script = "{ ulimit -u 1 2>/dev/null || ulimit -p 1; } && exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(task).args(DIE_WITH_PARENT);
    command.arg(program).current_dir("/");
    if Uid::effective().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}
