//! What the two sides of a connection share: its stream, and what becomes of what has been read from it.
//!
//! Not here: reading (`connection`) and writing (`writer`).

use core::future::poll_fn;
use core::mem::take;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::{Poll, Waker};
use std::io::{self, ErrorKind};
use std::sync::{Mutex, PoisonError};

use super::{Limits, Stream};

/// What the two sides of a connection share.
pub(super) struct Socket<S> {
    pub(super) stream: S,
    /// Whether what is still to come from the peer is of no interest.
    is_over: AtomicBool,
    /// What becomes of what has been read last, and who waits for that.
    progress: Mutex<(Progress, Option<Waker>)>,
    /// Tokens that what has been read has cost beside its own.
    owed: AtomicU32,
}

/// What becomes of what has been read from a connection and reported to the hub. No more is read before that has
/// been done: so the hub need keep no more for anyone, and whoever sends much waits by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// It has been done.
    Done,
    /// It will be when its turn comes.
    Waiting,
    /// It may take some time until it is its turn.
    Held,
}

impl<S: Stream> Socket<S> {
    pub(super) fn new(stream: S) -> Self {
        let (is_over, owed) = Default::default();
        Self { stream, is_over, progress: Mutex::new((Progress::Done, None)), owed }
    }

    /// From now on, what comes is thrown away, without flood control.
    pub(super) fn stop_listening(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.set_progress(Progress::Done);
    }

    pub(super) fn set_progress(&self, progress: Progress) {
        let mut state = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = progress;
        let waker = if progress == Progress::Waiting { None } else { take(&mut state.1) };
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Waits until the progress is one of these.
    pub(super) async fn progress(&self, awaited: &[Progress]) -> Progress {
        poll_fn(|context| {
            let mut state = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
            if awaited.contains(&state.0) || self.is_over.load(Ordering::Relaxed) {
                return Poll::Ready(state.0);
            }
            state.1 = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Whether what has been read last has been done.
    pub(super) fn is_done(&self) -> bool {
        let state = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 == Progress::Done
    }

    /// Waits until what has been read last has been done.
    pub(super) async fn done(&self) {
        self.progress(&[Progress::Done]).await;
    }

    /// Whether what is still to come from the peer is of no interest.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Takes the tokens that what has been read has cost beside its own.
    pub(super) fn take_owed(&self) -> u32 {
        self.owed.swap(0, Ordering::Relaxed)
    }

    /// What has been read has cost more than a token: so many more.
    pub(super) fn owe(&self, tokens: u32) {
        self.owed.fetch_add(tokens, Ordering::Relaxed);
    }

    /// Ends both directions at once, and wakes who reads.
    pub(super) fn reset(&self) {
        self.stop_listening();
        self.stream.reset();
    }

    /// Ends both directions, and wakes who reads; what has been written is sent.
    pub(super) fn abandon(&self) {
        self.stop_listening();
        self.stream.abandon();
    }

    /// Reads until the peer has no more to say, and takes no notice of it.
    ///
    /// A socket that is closed with bytes unread resets the connection, and the peer could lose what it
    /// was sent last.
    pub(super) async fn drain(&self) {
        while self.stream.readable().await.is_ok() {
            match self.stream.try_read(&mut [0; Limits::READ]) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if is_passing(&error) => {}
                Err(_) => return,
            }
        }
    }
}

/// Whether reading may succeed later.
pub(super) fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
