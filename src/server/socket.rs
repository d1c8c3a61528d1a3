//! The state that the reading and the writing side of a connection share: its stream, and whether the
//! hub has processed what was read last.
//!
//! Not here: reading (`connection`) and writing (`writer`).

use core::future::poll_fn;
use core::mem::take;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::{Context, Poll, Waker};
use std::io::{self, ErrorKind};
use std::sync::{Mutex, PoisonError};

use futures_lite::future::or;

use super::{Limits, Stream};

/// The state that both sides of a connection share.
pub(super) struct Socket<S> {
    pub(super) stream: S,
    /// Set once further input is to be ignored.
    ignores_input: AtomicBool,
    /// Whether the reader is to rest, because the server is handed over.
    rests: AtomicBool,
    /// The progress of the last report, and the reader if it waits for it or may have to rest.
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
        let (ignores_input, rests, owed) = Default::default();
        Self { stream, ignores_input, rests, progress: Mutex::new((Progress::Done, None)), owed }
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

    /// Waits until the progress is one of these, input is ignored, or the reader is to rest.
    pub(super) async fn progress(&self, awaited: &[Progress]) -> Progress {
        let is_over =
            |progress| awaited.contains(&progress) || self.ignores_input.load(Ordering::Relaxed);
        poll_fn(|context| self.poll_progress(context, is_over)).await
    }

    /// Waits until the reader is to rest.
    pub(super) async fn rested(&self) {
        poll_fn(|context| self.poll_progress(context, |_| false)).await;
    }

    /// Waits until reading may succeed, or the reader is to rest.
    pub(super) async fn readable(&self) {
        // The next read returns any error.
        let readable = async { drop(self.stream.readable().await) };
        or(readable, self.rested()).await;
    }

    /// Completes if the progress is what is awaited, or the reader is to rest.
    fn poll_progress(
        &self,
        context: &Context<'_>,
        is_awaited: impl FnOnce(Progress) -> bool,
    ) -> Poll<Progress> {
        let mut state = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        // Read with the lock, so that it is not set between this and the reader's wait.
        if self.rests() || is_awaited(state.0) {
            return Poll::Ready(state.0);
        }
        if !state.1.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            state.1 = Some(context.waker().clone());
        }
        Poll::Pending
    }

    /// Whether the reader is to rest.
    pub(super) fn rests(&self) -> bool {
        self.rests.load(Ordering::Relaxed)
    }

    /// Has the reader rest, or not any more.
    pub(super) fn set_rests(&self, rests: bool) {
        let mut state = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        self.rests.store(rests, Ordering::Relaxed);
        let waker = take(&mut state.1);
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Whether the last report is processed.
    pub(super) fn is_done(&self) -> bool {
        let state = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 == Progress::Done
    }

    /// Waits until the last report is processed, input is ignored, or the reader is to rest.
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

    /// The additional tokens that the input has cost.
    pub(super) fn owed(&self) -> u32 {
        self.owed.load(Ordering::Relaxed)
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

    /// Reads and discards input until the peer ends its side, or the reader is to rest. Returns whether the peer has.
    ///
    /// Closing a socket with unread bytes resets the connection, and the peer could lose the last
    /// output.
    pub(super) async fn drain(&self) -> bool {
        loop {
            self.readable().await;
            if self.rests() {
                return false;
            }
            match self.stream.try_read(&mut [0; Limits::READ]) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) if is_temporary(&error) => {}
                Err(_) => return true,
            }
        }
    }
}

/// Whether an error of reading is temporary.
pub(super) fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
