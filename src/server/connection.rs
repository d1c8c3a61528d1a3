//! Reads from one connection and reports to the hub what it meant, as fast as flood control lets it.
//!
//! Not here: writing to it (`writer`).

use core::future::pending;
use core::mem::take;
use core::pin::pin;
use core::time::Duration;
use std::boxed::Box;
use std::io;
use std::sync::Arc;
use std::vec::Vec;

use async_channel::Sender;
use async_lock::{Semaphore, SemaphoreGuardArc};
use futures_lite::future::{or, yield_now};
use memchr::memchr2_iter;

use super::inbound::Inbound;
use super::socket::{Progress, Socket, is_passing};
use super::{Limits, Stream, World};
use crate::chat::{Cause, ClientId, Timestamp};
use crate::wire::{Received, Receiver};

/// The hub is not there any more.
struct Gone;

/// The reading side of a connection.
pub(super) struct Reader<W: World> {
    world: W,
    client: ClientId,
    socket: Arc<Socket<W::Stream>>,
    receiver: Receiver,
    hub: Sender<Inbound<W>>,
    /// Lets so many at a time find out what much means.
    gate: Arc<Semaphore>,
    /// Whether this one has been let, for this turn.
    pass: Option<SemaphoreGuardArc>,
    /// What flood control holds back of the last read.
    unread: Vec<u8>,
    /// Whether the hub has been told that a client is there.
    has_arrived: bool,
    /// When it was seen that the peer will send no more, while something was held back.
    ended: Option<Timestamp>,
    /// Whether the hub holds what it has been told last.
    is_held: bool,
}

impl<W: World> Reader<W> {
    pub(super) fn new(
        world: W,
        client: ClientId,
        socket: Arc<Socket<W::Stream>>,
        receiver: Receiver,
        hub: Sender<Inbound<W>>,
        gate: Arc<Semaphore>,
    ) -> Self {
        let (pass, unread, has_arrived, ended, is_held) = Default::default();
        Self {
            world,
            client,
            socket,
            receiver,
            hub,
            gate,
            pass,
            unread,
            has_arrived,
            ended,
            is_held,
        }
    }

    /// Reads until the peer has no more to say, the stream breaks, or the hub has gone.
    ///
    /// Takes no more than a reference, as what an async function is given takes up room in it twice. And what it does
    /// not do all the time is apart, so that a connection that is silent has no room for it.
    pub(super) async fn run(&mut self) {
        let mut ended = Box::pin(self.listen_first()).await;
        while let Ok(None) = ended {
            ended = if self.unread.is_empty() && self.socket.is_done() {
                // An error shows at the next read.
                let _ = self.socket.stream.readable().await;
                self.is_held = false;
                Box::pin(self.read_now()).await
            } else {
                Box::pin(self.read_some()).await
            };
        }
        if let Ok(Some(cause)) = ended {
            Box::pin(self.end(cause)).await;
        }
    }

    async fn end(&mut self, cause: Cause) {
        or(self.socket.done(), self.world.sleep(Limits::LEFT_OVER)).await;
        // If the hub has gone, nobody is left to be told.
        let _ = self.tell(Inbound::Ended { client: self.client, cause }).await;
    }

    async fn tell(&self, inbound: Inbound<W>) -> Result<(), Gone> {
        self.hub.send(inbound).await.map_err(|_| Gone)
    }

    /// Reads what the peer says first; until there is something to report, or a moment has passed, the hub
    /// is not told of it.
    async fn listen_first(&mut self) -> Result<Option<Cause>, Gone> {
        let (world, socket) = (self.world.clone(), Arc::clone(&self.socket));
        let mut moment = pin!(world.sleep(Limits::FIRST_WORDS));
        let mut ended = None;
        while ended.is_none() && !self.has_arrived {
            let speaks = async {
                // An error shows at the next read.
                let _ = socket.stream.readable().await;
                true
            };
            let is_silent = async {
                moment.as_mut().await;
                false
            };
            if or(speaks, is_silent).await {
                ended = self.read_some().await?;
            } else {
                self.arrive().await?;
            }
        }
        Ok(ended)
    }

    /// Reads once, when flood control lets it, and reports what that meant. Returns whether it was the last
    /// time, and why.
    async fn read_some(&mut self) -> Result<Option<Cause>, Gone> {
        let progress = self.socket.progress(&[Progress::Done, Progress::Held]).await;
        if self.socket.is_over() {
            self.socket.drain().await;
            return Ok(Some(Cause::Closed));
        }
        self.is_held = progress == Progress::Held;
        self.read_now().await
    }

    async fn read_now(&mut self) -> Result<Option<Cause>, Gone> {
        let wait = self.wait();
        let mut received = Vec::new();
        let ended = if wait.is_zero() && !self.is_held {
            match self.take_in(&mut received).await {
                Ok(true) => None,
                Ok(false) => Some(Cause::Closed),
                Err(_) => Some(Cause::Lost),
            }
        } else {
            // Boxed, so that only those who are held back have memory for it.
            Box::pin(self.hold_back(wait, &mut received)).await
        };
        if self.socket.is_over() {
            // It ended while it was waited for, and so did what had come of a line.
            received.clear();
        }
        if !received.is_empty() {
            let is_foreign = received.iter().any(|what| matches!(what, Received::Foreign(_)));
            if !is_foreign && !self.has_arrived {
                self.arrive().await?;
            }
            self.report(received).await?;
        }
        self.let_others().await;
        Ok(ended)
    }

    /// Waits until it may find out what much means.
    async fn pass(&mut self) {
        if self.pass.is_none() {
            self.pass = Some(self.gate.acquire_arc().await);
        }
    }

    /// Whether it may find out what much means without waiting.
    fn may_pass(&mut self) -> bool {
        self.pass = self.pass.take().or_else(|| self.gate.try_acquire_arc());
        self.pass.is_some()
    }

    /// If it has found out what much means, lets all have a turn who are ready now, before another does that.
    async fn let_others(&mut self) {
        if let Some(pass) = self.pass.take() {
            yield_now().await;
            drop(pass);
        }
    }

    /// How long flood control holds back what comes next.
    fn wait(&mut self) -> Duration {
        let now = self.world.now();
        self.receiver.owe(now, self.socket.take_owed());
        self.receiver.wait(now)
    }

    /// Tells the hub what was received. It takes that in its turn; if it holds what came before, at once.
    async fn report(&mut self, received: Vec<Received>) -> Result<(), Gone> {
        if !self.is_held {
            if !self.socket.is_done() {
                // That can take long, and nobody is to wait for it.
                self.let_others().await;
                self.socket.done().await;
            }
            self.socket.set_progress(Progress::Waiting);
        }
        self.tell(Inbound::Received { client: self.client, received }).await
    }

    /// Waits for flood control, but for what must not wait. Returns why nothing more will be read, if so.
    async fn hold_back(&mut self, wait: Duration, received: &mut Vec<Received>) -> Option<Cause> {
        self.pass().await;
        let now = self.world.now();
        self.receiver.hold(now, &mut self.unread, &[], |what| received.push(what));
        if !received.is_empty() {
            return None;
        }
        self.let_others().await;
        let has_room = self.unread.len() < Limits::LOOK_AHEAD && !self.socket.stream.has_ended();
        let more_comes = async {
            if !has_room {
                return pending().await;
            }
            // An error shows at the next read.
            let _ = self.socket.stream.readable().await;
            true
        };
        let is_over = async {
            if self.is_held {
                or(self.socket.done(), self.world.sleep(Limits::LEFT_OVER)).await;
            } else {
                self.world.sleep(wait).await;
            }
            false
        };
        if or(more_comes, is_over).await {
            self.pass().await;
            self.read_ahead(received);
        }
        // What is left to read would take its time, with nobody there any more.
        if self.socket.stream.is_broken() {
            return Some(Cause::Lost);
        }
        self.is_left_over().then(|| {
            self.receiver.forget();
            Cause::Closed
        })
    }

    /// Reads what is there beside what flood control holds back.
    fn read_ahead(&mut self, received: &mut Vec<Received>) {
        let mut buffer = [0; Limits::READ];
        // If there is nothing, or never will be, that shows when it is read in its turn.
        if let Ok(count) = self.socket.stream.try_read(&mut buffer) {
            let now = self.world.now();
            let bytes = &buffer[..count];
            self.receiver.hold(now, &mut self.unread, bytes, |what| received.push(what));
        }
    }

    /// Whether it is long enough ago that the peer has gone.
    fn is_left_over(&mut self) -> bool {
        if !self.socket.stream.has_ended() {
            return false;
        }
        let now = self.world.now();
        let ended = *self.ended.get_or_insert(now);
        now.0.saturating_sub(ended.0) >= Limits::LEFT_OVER.as_millis() as u64
    }

    /// Tells the hub that a client is there, and what it has sent that was waiting for more to tell.
    async fn arrive(&mut self) -> Result<(), Gone> {
        self.has_arrived = true;
        self.tell(Inbound::Arrived { client: self.client }).await?;
        let received = self.receiver.settle();
        if received.is_empty() {
            return Ok(());
        }
        self.report(received).await
    }

    /// Takes what is there. Returns whether more may come.
    async fn take_in(&mut self, received: &mut Vec<Received>) -> io::Result<bool> {
        if self.unread.is_empty() {
            return self.read(received);
        }
        // Others have their turn, whether or not these mean something.
        self.pass().await;
        let unread = take(&mut self.unread);
        self.understand(&unread, received);
        Ok(true)
    }

    /// Finds out what bytes mean, as far as flood control lets it, and as much as the hub is to be told at once.
    fn understand(&mut self, bytes: &[u8], received: &mut Vec<Received>) {
        let now = self.world.now();
        let (mut left, later) = bytes.split_at(bytes.len().min(Limits::READ));
        let mut ends = 0;
        while !left.is_empty() && received.len() < Limits::AT_ONCE && ends < Limits::AT_ONCE {
            let (piece, after) = left.split_at(left.len().min(Limits::AT_ONCE));
            let rest = self.receiver.receive(now, piece, |what| received.push(what));
            left = &left[piece.len() - rest.len()..];
            // Lines that mean nothing take time too.
            ends += memchr2_iter(b'\r', b'\n', piece).count();
            if !rest.is_empty() || after.is_empty() {
                break;
            }
        }
        self.unread = [left, later].concat();
    }

    /// Takes what is there, as far as flood control lets it, in one go: so it is handled in one batch. Not
    /// async, so that the buffer is no part of the task.
    fn read(&mut self, received: &mut Vec<Received>) -> io::Result<bool> {
        let mut buffer = [0; Limits::READ];
        for _ in 0..Limits::READS {
            match self.socket.stream.try_read(&mut buffer) {
                Ok(0) => {
                    received.extend(self.receiver.finish());
                    return Ok(false);
                }
                Ok(count) => {
                    if count > Limits::FEW_BYTES && !self.may_pass() {
                        self.unread = buffer[..count].to_vec();
                        break;
                    }
                    self.understand(&buffer[..count], received);
                    if count < buffer.len() || !self.unread.is_empty() {
                        break;
                    }
                }
                Err(error) if is_passing(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}
