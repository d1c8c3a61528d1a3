//! Reads from one connection, parses the input and reports it to the hub, as fast as flood control
//! allows.
//!
//! Not here: writing to the connection (`writer`).

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
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::inbound::Inbound;
use super::socket::{Progress, Socket, is_temporary};
use super::{Limits, Stream, World};
use crate::chat::{Cause, ClientId, Command, Timestamp, is_plainly_speech};
use crate::wire::{Received, Receiver};

/// The hub has ended.
struct HubEnded;

/// The reading side of a connection.
pub(super) struct Reader<W: World> {
    world: W,
    client: ClientId,
    socket: Arc<Socket<W::Stream>>,
    input: Input,
    hub: Sender<Inbound<W>>,
    /// Limits how many readers parse long input at a time.
    gate: Arc<Semaphore>,
    /// The permit of the gate, held until this read is reported.
    permit: Option<SemaphoreGuardArc>,
    /// Whether the hub holds back the last report.
    is_held: bool,
}

/// What has been read from a connection, as plain data: what a reader leaves when it rests, and what
/// another one continues with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    receiver: Receiver,
    /// Bytes that are read but not parsed yet: flood control holds them back, or a batch is full.
    #[serde(with = "crate::wire::encoding::bytes")]
    unparsed: Vec<u8>,
    /// Input that is parsed but not reported yet.
    unreported: Vec<Received>,
    /// Whether the hub has been told of the client.
    has_arrived: bool,
    /// Why no more will be read, if so.
    ended: Option<Cause>,
    /// When it was noticed that the peer will send no more, while input was held back. Another process may have another
    /// clock.
    #[serde(skip)]
    ended_at: Option<Timestamp>,
}

impl Input {
    pub(super) fn new(receiver: Receiver) -> Self {
        let (unparsed, unreported, has_arrived, ended, ended_at) = Default::default();
        Self { receiver, unparsed, unreported, has_arrived, ended, ended_at }
    }

    /// The same input under other limits.
    pub(super) fn with_limits(self, limits: &Limits) -> Self {
        Self { receiver: self.receiver.with_limits(&limits.chat, limits.rate), ..self }
    }
}

impl<W: World> Reader<W> {
    pub(super) fn new(
        world: W,
        client: ClientId,
        socket: Arc<Socket<W::Stream>>,
        input: Input,
        hub: Sender<Inbound<W>>,
        gate: Arc<Semaphore>,
    ) -> Self {
        Self { world, client, socket, input, hub, gate, permit: None, is_held: false }
    }

    /// Reads until the peer ends its side, the stream breaks, the hub ends, or it is to rest.
    ///
    /// Borrows `self`, because an argument moved into an async fn is stored in its future twice. The
    /// inner futures are boxed, so that an idle connection holds no memory for them.
    pub(super) async fn run(&mut self) {
        let mut going_on = Box::pin(self.read_first()).await;
        while going_on.is_ok() && self.input.ended.is_none() && !self.socket.rests() {
            going_on = if self.input.unparsed.is_empty() && self.socket.is_done() {
                self.socket.readable().await;
                self.is_held = false;
                Box::pin(self.read_now()).await
            } else {
                Box::pin(self.read_when_ready()).await
            };
        }
        if going_on.is_ok() {
            Box::pin(self.end()).await;
        }
    }

    /// Reports the end of the input, once the last report is processed or [`Limits::LEFT_OVER`] has
    /// passed; or, if it is to rest, what it leaves.
    async fn end(&mut self) {
        let client = self.client;
        if self.input.ended.is_some() {
            or(self.socket.done(), self.world.sleep(Limits::LEFT_OVER)).await;
        }
        let report = match self.input.ended {
            Some(cause) if !self.socket.rests() => Inbound::Ended { client, cause },
            _ => Inbound::Rested { client, input: Box::new(self.input.clone()) },
        };
        // If the hub has ended, the report is not needed.
        let _ = self.send(report).await;
    }

    async fn send(&self, inbound: Inbound<W>) -> Result<(), HubEnded> {
        self.hub.send(inbound).await.map_err(|_| HubEnded)
    }

    /// Reports what is left, and reads the first input. The hub is told of the client once there is
    /// something to report, or [`Limits::FIRST_WORDS`] has passed.
    async fn read_first(&mut self) -> Result<(), HubEnded> {
        if !self.input.unreported.is_empty() {
            self.report(Vec::new()).await?;
        }
        let (world, socket) = (self.world.clone(), Arc::clone(&self.socket));
        let mut moment = pin!(world.sleep(Limits::FIRST_WORDS));
        while self.input.ended.is_none() && !self.input.has_arrived && !socket.rests() {
            let speaks = async {
                socket.readable().await;
                true
            };
            let is_silent = async {
                moment.as_mut().await;
                false
            };
            if or(speaks, is_silent).await {
                self.read_when_ready().await?;
            } else {
                self.arrive().await?;
            }
        }
        Ok(())
    }

    /// Waits until the last report is processed or held back, then reads once.
    async fn read_when_ready(&mut self) -> Result<(), HubEnded> {
        let progress = self.socket.progress(&[Progress::Done, Progress::Held]).await;
        if self.socket.ignores_input() {
            self.input.ended = self.socket.drain().await.then_some(Cause::Closed);
            return Ok(());
        }
        self.is_held = progress == Progress::Held;
        self.read_now().await
    }

    /// Reads once, as far as flood control allows, and reports the input.
    async fn read_now(&mut self) -> Result<(), HubEnded> {
        if self.socket.rests() {
            return Ok(());
        }
        let wait = self.wait();
        let mut received = Vec::new();
        self.input.ended = if wait.is_zero() && !self.is_held {
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
            if !is_foreign && !self.input.has_arrived {
                self.arrive().await?;
            }
            self.report(received).await?;
        }
        self.release_permit().await;
        Ok(())
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
        self.input.receiver.owe(now, self.socket.take_owed());
        self.input.receiver.wait(now)
    }

    /// Reports input to the hub, which processes it in the client's turn; or at once, if it holds back
    /// the last report. Keeps it instead if the last report is not processed and it is to rest.
    async fn report(&mut self, mut received: Vec<Received>) -> Result<(), HubEnded> {
        for what in &mut received {
            if let Received::Line(line) = what
                && !is_plainly_speech(line)
            {
                *line = Command::without_password(take(line));
            }
        }
        if self.input.unreported.is_empty() {
            self.input.unreported = received;
        } else {
            self.input.unreported.append(&mut received);
        }
        if !self.is_held {
            while !self.socket.is_done() {
                // Waiting may take long, so others must not be kept from the permit.
                self.release_permit().await;
                self.socket.done().await;
                if self.socket.rests() {
                    return Ok(());
                }
            }
            self.socket.set_progress(Progress::Waiting);
        }
        let received = take(&mut self.input.unreported);
        self.send(Inbound::Received { client: self.client, received }).await
    }

    /// Waits for flood control or for the hub. Meanwhile, looks for input that must not wait. Returns
    /// why nothing more will be read, if so.
    async fn hold_back(&mut self, wait: Duration, received: &mut Vec<Received>) -> Option<Cause> {
        self.acquire_permit().await;
        let now = self.world.now();
        self.input.receiver.hold(now, &mut self.input.unparsed, &[], |what| received.push(what));
        if !received.is_empty() {
            return None;
        }
        self.release_permit().await;
        let has_room =
            self.input.unparsed.len() < Limits::LOOK_AHEAD && !self.socket.stream.has_ended();
        let more_comes = async {
            if has_room {
                self.socket.readable().await;
            } else {
                self.socket.rested().await;
            }
            has_room
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
            self.input.receiver.forget();
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
            self.input
                .receiver
                .hold(now, &mut self.input.unparsed, bytes, |what| received.push(what));
            buffer[..count].zeroize();
        }
    }

    /// Whether the peer ended its side [`Limits::LEFT_OVER`] ago, while input was held back.
    fn left_over_has_expired(&mut self) -> bool {
        if !self.socket.stream.has_ended() {
            return false;
        }
        let now = self.world.now();
        let ended_at = *self.input.ended_at.get_or_insert(now);
        now.0.saturating_sub(ended_at.0) >= Limits::LEFT_OVER.as_millis() as u64
    }

    /// Tells the hub of the client, and reports the lines that were held until it was known to be a chat
    /// client.
    async fn arrive(&mut self) -> Result<(), HubEnded> {
        self.input.has_arrived = true;
        self.send(Inbound::Arrived { client: self.client }).await?;
        let received = self.input.receiver.settle();
        if received.is_empty() {
            return Ok(());
        }
        self.report(received).await
    }

    /// Parses the bytes that are left, or else reads more. Returns whether more may come.
    async fn next_input(&mut self, received: &mut Vec<Received>) -> io::Result<bool> {
        if self.input.unparsed.is_empty() {
            return self.read(received);
        }
        // Even if these bytes have no meaning, releasing the permit lets other tasks run.
        self.acquire_permit().await;
        let mut unparsed = take(&mut self.input.unparsed);
        self.parse(&unparsed, received);
        unparsed.zeroize();
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
            let rest = self.input.receiver.receive(now, piece, |what| received.push(what));
            left = &left[piece.len() - rest.len()..];
            // Lines that are not reported take time too.
            ends += memchr2_iter(b'\r', b'\n', piece).count();
            if !rest.is_empty() || after.is_empty() {
                break;
            }
        }
        self.input.unparsed = [left, later].concat();
    }

    /// Reads and parses all available bytes, as far as flood control allows, so that they are processed
    /// in one batch. Not async, so that the buffer is not stored in the future.
    fn read(&mut self, received: &mut Vec<Received>) -> io::Result<bool> {
        let mut buffer = [0; Limits::READ];
        for _ in 0..Limits::READS {
            match self.socket.stream.try_read(&mut buffer) {
                Ok(0) => {
                    received.extend(self.input.receiver.finish());
                    return Ok(false);
                }
                Ok(count) => {
                    if count > Limits::FEW_BYTES && !self.try_acquire_permit() {
                        self.input.unparsed = buffer[..count].to_vec();
                        buffer[..count].zeroize();
                        break;
                    }
                    self.parse(&buffer[..count], received);
                    // It may be a password.
                    buffer[..count].zeroize();
                    if count < buffer.len() || !self.input.unparsed.is_empty() {
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
