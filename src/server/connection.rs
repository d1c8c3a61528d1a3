//! Reads from one connection, parses the input and reports it to the hub, as fast as flood control
//! allows.
//!
//! Not here: writing to the connection (`writer`).

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
use super::socket::{Progress, Socket, is_temporary};
use super::{Limits, Stream, World};
use crate::chat::{Cause, ClientId, Timestamp};
use crate::wire::{Received, Receiver};

/// The hub has ended.
struct HubEnded;

/// The reading side of a connection.
pub(super) struct Reader<W: World> {
    world: W,
    client: ClientId,
    socket: Arc<Socket<W::Stream>>,
    receiver: Receiver,
    hub: Sender<Inbound<W>>,
    /// Limits how many readers parse long input at a time.
    gate: Arc<Semaphore>,
    /// The permit of the gate, held until this read is reported.
    permit: Option<SemaphoreGuardArc>,
    /// Bytes that are read but not parsed yet: flood control holds them back, or a batch is full.
    unparsed: Vec<u8>,
    /// Whether the hub has been told of the client.
    has_arrived: bool,
    /// When it was noticed that the peer will send no more, while input was held back.
    ended_at: Option<Timestamp>,
    /// Whether the hub holds back the last report.
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
        let (permit, unparsed, has_arrived, ended_at, is_held) = Default::default();
        Self {
            world,
            client,
            socket,
            receiver,
            hub,
            gate,
            permit,
            unparsed,
            has_arrived,
            ended_at,
            is_held,
        }
    }

    /// Reads until the peer ends its side, the stream breaks, or the hub ends.
    ///
    /// Borrows `self`, because an argument moved into an async fn is stored in its future twice. The
    /// inner futures are boxed, so that an idle connection holds no memory for them.
    pub(super) async fn run(&mut self) {
        let mut ended = Box::pin(self.read_first()).await;
        while let Ok(None) = ended {
            ended = if self.unparsed.is_empty() && self.socket.is_done() {
                // The next read returns any error.
                let _ = self.socket.stream.readable().await;
                self.is_held = false;
                Box::pin(self.read_now()).await
            } else {
                Box::pin(self.read_when_ready()).await
            };
        }
        if let Ok(Some(cause)) = ended {
            Box::pin(self.end(cause)).await;
        }
    }

    /// Reports the end of the input, once the last report is processed or [`Limits::LEFT_OVER`] has
    /// passed.
    async fn end(&mut self, cause: Cause) {
        or(self.socket.done(), self.world.sleep(Limits::LEFT_OVER)).await;
        // If the hub has ended, the report is not needed.
        let _ = self.send(Inbound::Ended { client: self.client, cause }).await;
    }

    async fn send(&self, inbound: Inbound<W>) -> Result<(), HubEnded> {
        self.hub.send(inbound).await.map_err(|_| HubEnded)
    }

    /// Reads the first input. The hub is told of the client once there is something to report, or
    /// [`Limits::FIRST_WORDS`] has passed.
    async fn read_first(&mut self) -> Result<Option<Cause>, HubEnded> {
        let (world, socket) = (self.world.clone(), Arc::clone(&self.socket));
        let mut moment = pin!(world.sleep(Limits::FIRST_WORDS));
        let mut ended = None;
        while ended.is_none() && !self.has_arrived {
            let speaks = async {
                // The next read returns any error.
                let _ = socket.stream.readable().await;
                true
            };
            let is_silent = async {
                moment.as_mut().await;
                false
            };
            if or(speaks, is_silent).await {
                ended = self.read_when_ready().await?;
            } else {
                self.arrive().await?;
            }
        }
        Ok(ended)
    }

    /// Waits until the last report is processed or held back, then reads once. Returns why nothing more
    /// will be read, if so.
    async fn read_when_ready(&mut self) -> Result<Option<Cause>, HubEnded> {
        let progress = self.socket.progress(&[Progress::Done, Progress::Held]).await;
        if self.socket.ignores_input() {
            self.socket.drain().await;
            return Ok(Some(Cause::Closed));
        }
        self.is_held = progress == Progress::Held;
        self.read_now().await
    }

    /// Reads once, as far as flood control allows, and reports the input. Returns why nothing more will
    /// be read, if so.
    async fn read_now(&mut self) -> Result<Option<Cause>, HubEnded> {
        let wait = self.wait();
        let mut received = Vec::new();
        let ended = if wait.is_zero() && !self.is_held {
            match self.next_input(&mut received).await {
                Ok(true) => None,
                Ok(false) => Some(Cause::Closed),
                Err(_) => Some(Cause::Lost),
            }
        } else {
            // Boxed, so that only connections that are held back have memory for it.
            Box::pin(self.hold_back(wait, &mut received)).await
        };
        if self.socket.ignores_input() {
            // The connection was closed meanwhile, and its input no longer counts.
            received.clear();
        }
        if !received.is_empty() {
            let is_foreign = received.iter().any(|what| matches!(what, Received::Foreign(_)));
            if !is_foreign && !self.has_arrived {
                self.arrive().await?;
            }
            self.report(received).await?;
        }
        self.release_permit().await;
        Ok(ended)
    }

    /// Waits for the permit to parse long input.
    async fn acquire_permit(&mut self) {
        if self.permit.is_none() {
            self.permit = Some(self.gate.acquire_arc().await);
        }
    }

    /// Takes the permit to parse long input if it is available at once. Returns whether it is.
    fn try_acquire_permit(&mut self) -> bool {
        self.permit = self.permit.take().or_else(|| self.gate.try_acquire_arc());
        self.permit.is_some()
    }

    /// Releases the permit, if there is one, after all tasks that are ready have run: only then may
    /// another reader parse long input.
    async fn release_permit(&mut self) {
        if let Some(permit) = self.permit.take() {
            yield_now().await;
            drop(permit);
        }
    }

    /// How long flood control holds back further input.
    fn wait(&mut self) -> Duration {
        let now = self.world.now();
        self.receiver.owe(now, self.socket.take_owed());
        self.receiver.wait(now)
    }

    /// Reports input to the hub, which processes it in the client's turn; or at once, if it holds back
    /// the last report.
    async fn report(&mut self, received: Vec<Received>) -> Result<(), HubEnded> {
        if !self.is_held {
            if !self.socket.is_done() {
                // Waiting may take long, so others must not be kept from the permit.
                self.release_permit().await;
                self.socket.done().await;
            }
            self.socket.set_progress(Progress::Waiting);
        }
        self.send(Inbound::Received { client: self.client, received }).await
    }

    /// Waits for flood control or for the hub. Meanwhile, looks for input that must not wait. Returns
    /// why nothing more will be read, if so.
    async fn hold_back(&mut self, wait: Duration, received: &mut Vec<Received>) -> Option<Cause> {
        self.acquire_permit().await;
        let now = self.world.now();
        self.receiver.hold(now, &mut self.unparsed, &[], |what| received.push(what));
        if !received.is_empty() {
            return None;
        }
        self.release_permit().await;
        let has_room = self.unparsed.len() < Limits::LOOK_AHEAD && !self.socket.stream.has_ended();
        let more_comes = async {
            if !has_room {
                return pending().await;
            }
            // The next read returns any error.
            let _ = self.socket.stream.readable().await;
            true
        };
        let wait_ends = async {
            if self.is_held {
                or(self.socket.done(), self.world.sleep(Limits::LEFT_OVER)).await;
            } else {
                self.world.sleep(wait).await;
            }
            false
        };
        if or(more_comes, wait_ends).await {
            self.acquire_permit().await;
            self.read_ahead(received);
        }
        // The peer is gone, so the rest of its input is not worth waiting for.
        if self.socket.stream.is_broken() {
            return Some(Cause::Lost);
        }
        self.left_over_has_expired().then(|| {
            self.receiver.forget();
            Cause::Closed
        })
    }

    /// Reads more input beside the bytes that are held back.
    fn read_ahead(&mut self, received: &mut Vec<Received>) {
        let mut buffer = [0; Limits::READ];
        // An error or the end of the input shows again at the next regular read.
        if let Ok(count) = self.socket.stream.try_read(&mut buffer) {
            let now = self.world.now();
            let bytes = &buffer[..count];
            self.receiver.hold(now, &mut self.unparsed, bytes, |what| received.push(what));
        }
    }

    /// Whether the peer ended its side [`Limits::LEFT_OVER`] ago, while input was held back.
    fn left_over_has_expired(&mut self) -> bool {
        if !self.socket.stream.has_ended() {
            return false;
        }
        let now = self.world.now();
        let ended_at = *self.ended_at.get_or_insert(now);
        now.0.saturating_sub(ended_at.0) >= Limits::LEFT_OVER.as_millis() as u64
    }

    /// Tells the hub of the client, and reports the lines that were held until it was known to be a chat
    /// client.
    async fn arrive(&mut self) -> Result<(), HubEnded> {
        self.has_arrived = true;
        self.send(Inbound::Arrived { client: self.client }).await?;
        let received = self.receiver.settle();
        if received.is_empty() {
            return Ok(());
        }
        self.report(received).await
    }

    /// Parses the bytes that are left, or else reads more. Returns whether more may come.
    async fn next_input(&mut self, received: &mut Vec<Received>) -> io::Result<bool> {
        if self.unparsed.is_empty() {
            return self.read(received);
        }
        // Even if these bytes have no meaning, releasing the permit lets other tasks run.
        self.acquire_permit().await;
        let unparsed = take(&mut self.unparsed);
        self.parse(&unparsed, received);
        Ok(true)
    }

    /// Parses bytes, as far as flood control allows, and up to [`Limits::AT_ONCE`] inputs. The rest is left in
    /// `unparsed`.
    fn parse(&mut self, bytes: &[u8], received: &mut Vec<Received>) {
        let now = self.world.now();
        let (mut left, later) = bytes.split_at(bytes.len().min(Limits::READ));
        let mut ends = 0;
        while !left.is_empty() && received.len() < Limits::AT_ONCE && ends < Limits::AT_ONCE {
            let (piece, after) = left.split_at(left.len().min(Limits::AT_ONCE));
            let rest = self.receiver.receive(now, piece, |what| received.push(what));
            left = &left[piece.len() - rest.len()..];
            // Lines that are not reported take time too.
            ends += memchr2_iter(b'\r', b'\n', piece).count();
            if !rest.is_empty() || after.is_empty() {
                break;
            }
        }
        self.unparsed = [left, later].concat();
    }

    /// Reads and parses all available bytes, as far as flood control allows, so that they are processed
    /// in one batch. Not async, so that the buffer is not stored in the future.
    fn read(&mut self, received: &mut Vec<Received>) -> io::Result<bool> {
        let mut buffer = [0; Limits::READ];
        for _ in 0..Limits::READS {
            match self.socket.stream.try_read(&mut buffer) {
                Ok(0) => {
                    received.extend(self.receiver.finish());
                    return Ok(false);
                }
                Ok(count) => {
                    if count > Limits::FEW_BYTES && !self.try_acquire_permit() {
                        self.unparsed = buffer[..count].to_vec();
                        break;
                    }
                    self.parse(&buffer[..count], received);
                    if count < buffer.len() || !self.unparsed.is_empty() {
                        break;
                    }
                }
                Err(error) if is_temporary(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}
