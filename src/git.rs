//! Git, as a subprocess.
