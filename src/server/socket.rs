//! The state that the reading and the writing side of a connection share: its stream, and whether the
//! hub has processed what was read last.
//!
//! Not here: reading (`connection`) and writing (`writer`).

use core::future::poll_fn;
use core::mem::take;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::{Poll, Waker};
use std::io::{self, ErrorKind};
use std::sync::{Mutex, PoisonError};

use super::{Limits, Stream};

/// The state that both sides of a connection share.
pub(super) struct Socket<S> {
    pub(super) stream: S,
    /// Set once further input is to be ignored.
    ignores_input: AtomicBool,
    /// The progress of the last report, and the reader if it waits for it.
    progress: Mutex<(Progress, Option<Waker>)>,
    /// Tokens of flood control that the input has cost in addition to the reader's own count.
    owed: AtomicU32,
}

/// The progress of what a reader has reported to the hub. Until the hub has processed it, the reader
/// reports nothing more, except what must not wait. So the hub need not buffer more for any client,
/// and a client that sends much is slowed down by TCP.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// It is processed.
    Done,
    /// It waits for the client's turn.
    Waiting,
    /// It is held back because its audience has received too much, which may take some time.
    Held,
}

impl<S: Stream> Socket<S> {
    pub(super) fn new(stream: S) -> Self {
        let (ignores_input, owed) = Default::default();
        Self { stream, ignores_input, progress: Mutex::new((Progress::Done, None)), owed }
    }

    /// Ignores further input: it is read and discarded, without flood control.
    pub(super) fn stop_listening(&self) {
        self.ignores_input.store(true, Ordering::Relaxed);
        self.set_progress(Progress::Done);
    }

    pub(super) fn set_progress(&self, progress: Progress) {
        let mut state = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = progress;
        let waker = if progress == Progress::Waiting { None } else { take(&mut state.1) };
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Waits until the progress is one of these, or input is ignored.
    pub(super) async fn progress(&self, awaited: &[Progress]) -> Progress {
        poll_fn(|context| {
            let mut state = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            if awaited.contains(&state.0) || self.ignores_input.load(Ordering::Relaxed) {
                return Poll::Ready(state.0);
            }
            state.1 = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Whether the last report is processed.
    pub(super) fn is_done(&self) -> bool {
        let state = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 == Progress::Done
    }

    /// Waits until the last report is processed, or input is ignored.
    pub(super) async fn done(&self) {
        self.progress(&[Progress::Done]).await;
    }

    /// Whether further input is to be ignored.
    pub(super) fn ignores_input(&self) -> bool {
        self.ignores_input.load(Ordering::Relaxed)
    }

    /// Returns the additional tokens that the input has cost, and resets them.
    pub(super) fn take_owed(&self) -> u32 {
        self.owed.swap(0, Ordering::Relaxed)
    }

    /// Charges the input additional tokens of flood control.
    pub(super) fn owe(&self, tokens: u32) {
        self.owed.fetch_add(tokens, Ordering::Relaxed);
    }

    /// Ends both directions at once, and wakes the reader. Output that is not sent yet is discarded.
    pub(super) fn reset(&self) {
        self.stop_listening();
        self.stream.reset();
    }

    /// Ends both directions, and wakes the reader. Written output is still sent.
    pub(super) fn abandon(&self) {
        self.stop_listening();
        self.stream.abandon();
    }

    /// Reads and discards input until the peer ends its side.
    ///
    /// Closing a socket with unread bytes resets the connection, and the peer could lose the last
    /// output.
    pub(super) async fn drain(&self) {
        while self.stream.readable().await.is_ok() {
            match self.stream.try_read(&mut [0; Limits::READ]) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if is_temporary(&error) => {}
                Err(_) => return,
            }
        }
    }
}

/// Whether an error of reading is temporary.
pub(super) fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
