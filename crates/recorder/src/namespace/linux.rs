//! Enters namespaces on Linux.

use std::fs;
use std::net::{Ipv4Addr, ToSocketAddrs};
use std::path::Path;

use anyhow::{Context, Result};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid};

use crate::netlink;

/// Enters a new user and network namespace, in which this process is root, with loopback up.
///
/// The process must still have a single thread (`unshare(2)`, `CLONE_NEWUSER`).
pub fn enter() -> Result<()> {
    let (user, group) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)
        .map_err(|errno| anyhow::anyhow!("unshare: {errno}{}", restriction()))?;
    // Without this a process outside the initial namespace may not map its group (user_namespaces(7)).
    fs::write("/proc/self/setgroups", "deny").context("cannot write /proc/self/setgroups")?;
    fs::write("/proc/self/uid_map", format!("0 {user} 1"))
        .map_err(|error| anyhow::anyhow!("cannot write uid_map: {error}{}", restriction()))?;
    fs::write("/proc/self/gid_map", format!("0 {group} 1")).context("cannot write gid_map")?;
    // The kernel walks its whole table of connections whenever somebody reads /proc/net/tcp. One of
    // 64 entries, which only a child of this namespace can have (Linux 6.1), takes no time to walk.
    if fs::write("/proc/sys/net/ipv4/tcp_child_ehash_entries", "64").is_ok() {
        unshare(CloneFlags::CLONE_NEWNET).context("unshare")?;
    }
    loopback::up()
        .map_err(|error| anyhow::anyhow!("cannot bring loopback up: {error}{}", restriction()))?;
    netlink::make_every_address_local().context("cannot add a route to loopback")?;
    // Where a container forbids mounts, `localhost` keeps the meaning that it has there.
    let named = name_loopback();
    let addresses = ("localhost", 0).to_socket_addrs();
    let known = addresses.is_ok_and(|mut all| all.any(|one| one.ip() == Ipv4Addr::LOCALHOST));
    match named {
        Err(error) if !known => Err(error.context(
            "localhost is not 127.0.0.1 here, and /etc/hosts cannot be replaced for a recording",
        )),
        _ => Ok(()),
    }
}

/// Makes `localhost` mean both loopback addresses, as it does on most systems. IPv6 comes first, so that a
/// program that prefers IPv4 must ask for it. The machine's own name means the IPv4 one: a program may ask for it
/// (`InetAddress.getLocalHost`), and here is no name server.
///
/// The file is in a file system of this namespace's own: nobody else sees it, and nothing is left to delete.
fn name_loopback() -> Result<()> {
    let place = std::env::temp_dir();
    let nothing = None::<&str>;
    unshare(CloneFlags::CLONE_NEWNS)?;
    mount(nothing, &place, Some("tmpfs"), MsFlags::empty(), nothing)?;
    let replaced = replace_hosts(&place);
    umount2(&place, MntFlags::MNT_DETACH)?;
    replaced
}

/// Replaces `/etc/hosts` by a file in the folder `place`.
fn replace_hosts(place: &Path) -> Result<()> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let text = format!("::1 localhost\n127.0.0.1 localhost {name}\n");
    let hosts = Path::new("/etc/hosts");
    let nothing = None::<&str>;
    if hosts.exists() {
        let ours = place.join("hosts");
        fs::write(&ours, text)?;
        mount(Some(&ours), hosts, nothing, MsFlags::MS_BIND, nothing)?;
        return Ok(());
    }
    // Nothing can be mounted on a file that is missing: a folder that has it is laid over /etc.
    let [upper, work] = ["upper", "work"].map(|name| place.join(name));
    fs::create_dir(&upper)?;
    fs::create_dir(&work)?;
    let layers = format!(
        "lowerdir=/etc,upperdir={},workdir={},userxattr",
        upper.display(),
        work.display()
    );
    let overlay = Some("overlay");
    let layers = Some(layers.as_str());
    mount(overlay, "/etc", overlay, MsFlags::empty(), layers)?;
    fs::write(hosts, text)?;
    Ok(())
}

/// Returns the setting that most likely forbids user namespaces here, and the command that lifts it.
fn restriction() -> String {
    let setting = |path: &str| {
        fs::read_to_string(path)
            .ok()
            .map(|text| text.trim().to_owned())
    };
    if setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").as_deref() == Some("1") {
        return " (AppArmor restricts user namespaces; as root: sysctl \
                kernel.apparmor_restrict_unprivileged_userns=0)"
            .into();
    }
    if setting("/proc/sys/kernel/unprivileged_userns_clone").as_deref() == Some("0") {
        return " (user namespaces are for root here; as root: sysctl kernel.unprivileged_userns_clone=1)".into();
    }
    if setting("/proc/sys/user/max_user_namespaces").as_deref() == Some("0") {
        return " (user namespaces are switched off; as root: sysctl user.max_user_namespaces=10000)"
            .into();
    }
    " (a container's seccomp profile may forbid it: docker run --security-opt seccomp=unconfined)"
        .into()
}

mod loopback {
    use std::io;
    use std::net::UdpSocket;
    use std::os::fd::AsRawFd;

    /// Does the work of `ip link set lo up`, without iproute2.
    #[expect(
        unsafe_code,
        reason = "SIOCSIFFLAGS has no safe wrapper in nix or rustix"
    )]
    pub(super) fn up() -> io::Result<()> {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        // SAFETY: ifreq is plain data for which all zeroes is a value.
        let mut request: nix::libc::ifreq = unsafe { std::mem::zeroed() };
        for (target, byte) in request.ifr_name.iter_mut().zip(b"lo") {
            *target = *byte as nix::libc::c_char;
        }
        request.ifr_ifru.ifru_flags = nix::libc::IFF_UP as nix::libc::c_short;
        // SAFETY: the descriptor is open, and SIOCSIFFLAGS reads one ifreq.
        let outcome =
            unsafe { nix::libc::ioctl(socket.as_raw_fd(), nix::libc::SIOCSIFFLAGS as _, &request) };
        if outcome == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }
}
