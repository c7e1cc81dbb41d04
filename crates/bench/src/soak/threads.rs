//! An attack by a system on which the server's user may start no further thread.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::Uid;

use super::honest;
use super::launcher::{DIE_WITH_PARENT, Launcher};
use super::outcome::{CannotRun, Counts};
use crate::load::process::Outputs;

/// Time within which a server that cannot start must end.
const GIVE_UP: Duration = Duration::from_secs(10);

/// User id of `nobody`, because RLIMIT_NPROC does not limit root.
const NOBODY: u32 = 65534;

/// Starts servers whose user may start no further thread; each must say so in one line and exit with 1.
pub(crate) fn no_more_threads(launcher: &mut Launcher, name: &str) -> Result<Counts> {
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
        match honest::visit(server.address) {
            Ok(_) => bail!("it serves, and was to end within {GIVE_UP:?}"),
            Err(error) => bail!("it runs and serves nobody: {error:#}"),
        }
    };
    let log = server.log();
    let is_complaint = |line: &&str| line.starts_with("hellohi-server: ");
    let complaints = log.lines().filter(is_complaint).count();
    ensure!(
        status.code() == Some(1) && complaints == 1 && !log.contains("panicked"),
        "it ended with {status} and {complaints} lines that say why; the last is: {}",
        server.last_log_line()
    );
    Ok(())
}

/// Copies a program to a folder where every user may run it.
fn copy(program: &Path, folder: &Path) -> Result<PathBuf> {
    let copy = folder.join(program.file_name().context("a program has a name")?);
    fs::copy(program, &copy).with_context(|| format!("cannot copy {}", program.display()))?;
    for path in [folder, &copy] {
        fs::set_permissions(path, Permissions::from_mode(0o755))?;
    }
    Ok(copy)
}

/// Runs `--version`, which needs no thread. If even that fails, this system cannot make the attack.
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

/// Returns a command that runs the server as an ordinary user whose RLIMIT_NPROC is 1; `task` is a copy of
/// this program.
fn limited(task: &Path, program: &Path) -> Command {
    let mut command = Command::new(task);
    command.args(DIE_WITH_PARENT).args(["prlimit", "--nproc=1"]);
    command.arg(program).current_dir("/");
    if Uid::effective().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}
