//! Support code of the integration tests.
//!
//! - `laws`: checks laws over generated sessions, and drives a chat.
//! - `tcp`: the real program and clients over TCP. With them: `crowd`, honest clients in one room; `pairs`, honest
//!   clients two by two; `attackers`; `client_program`, real client programs; `journals`, journals and their replay;
//!   `stage`, clients that act out a script.
//! - `transcripts`: the stored transcripts and their scripts.
//! - `simulation`: cases of the simulated server.
//! - `traces`: the meaning of recorded bytes.
//!
//! Not here: tests; and code that fuzz targets and the soak share (`chinwag_harness`).

#[cfg(unix)]
pub(crate) mod attackers;
#[cfg(target_os = "linux")]
pub(crate) mod client_program;
#[cfg(unix)]
pub(crate) mod crowd;
#[cfg(unix)]
pub(crate) mod journals;
pub(crate) mod laws;
#[cfg(unix)]
pub(crate) mod pairs;
pub(crate) mod simulation;
#[cfg(unix)]
pub(crate) mod stage;
#[cfg(unix)]
pub(crate) mod tcp;
pub(crate) mod traces;
pub(crate) mod transcripts;
