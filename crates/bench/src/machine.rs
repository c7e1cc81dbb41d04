//! The description of this machine in one line.

use std::fs;

/// Returns the processor, its cores, the memory and the kernel, as Linux tells them.
pub(crate) fn describe() -> String {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unknown processor".into());
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cores = processors
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_default();
    let kilobytes: u64 = memory.trim_end_matches(" kB").parse().unwrap_or(0);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let gigabytes = kilobytes as f64 / f64::from(1 << 20);
    format!(
        "{cpu}, {cores} cores, {gigabytes:.0} GiB, Linux {}",
        kernel.trim()
    )
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
