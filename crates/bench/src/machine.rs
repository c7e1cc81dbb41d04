//! The descriptions of this machine and of its JDKs, in one line each.

use interop::programs::jdk::Jdk;
use sysinfo::System;

/// Returns the processor, its cores, the memory and the kernel.
pub(crate) fn describe() -> String {
    let system = System::new_all();
    let cpu = system
        .cpus()
        .first()
        .map_or("an unknown processor", |cpu| cpu.brand());
    let gigabytes = system.total_memory() as f64 / f64::from(1 << 30);
    format!(
        "{cpu}, {} cores, {gigabytes:.0} GiB, {}",
        system.cpus().len(),
        System::kernel_long_version()
    )
}

/// Returns the name, the version and the builder of a JDK.
pub(crate) fn describe_jdk(jdk: &Jdk) -> String {
    format!("{}: {} by {}", jdk.name, jdk.version, jdk.vendor)
}
