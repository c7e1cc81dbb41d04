//! How the system tells the process to stop.

use std::io;

/// Makes the signals that end a JVM end the process as they end a JVM: with an exit status.
pub(crate) fn end_as_java() -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::sync::{Arc, atomic::AtomicBool};

        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

        for signal in [SIGHUP, SIGINT, SIGTERM] {
            let always = Arc::new(AtomicBool::new(true));
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, always)?;
        }
    }
    Ok(())
}
