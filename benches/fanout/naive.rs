//! The naive server, as one writes it first: a task reads from each client, and one task writes each
//! message to each client in turn, and waits until it has been taken.
//!
//! Not here: limits of any kind. It holds 10,000 clients, and stalls as soon as one does not read.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use async_channel::{Receiver, Sender};
use smol::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use smol::stream::StreamExt;
use smol::{Async, LocalExecutor};

type Stream = Arc<Async<TcpStream>>;

enum Event {
    Joined(usize, Stream),
    Said(usize, String),
    Left(usize),
}

/// Serves for ever.
pub(crate) fn serve(listener: TcpListener) -> io::Result<()> {
    let executor = LocalExecutor::new();
    smol::block_on(executor.run(async {
        let listener = Async::new(listener)?;
        let (events, inbox) = async_channel::bounded(100);
        executor.spawn(write_all(inbox)).detach();
        for number in 0.. {
            let (stream, _) = listener.accept().await?;
            stream.get_ref().set_nodelay(true)?;
            let stream = Arc::new(stream);
            let _ = events.send(Event::Joined(number, Arc::clone(&stream))).await;
            executor.spawn(read_all(number, stream, events.clone())).detach();
        }
        Ok(())
    }))
}

async fn read_all(number: usize, stream: Stream, events: Sender<Event>) {
    let mut lines = BufReader::new(&*stream).lines();
    while let Some(Ok(line)) = lines.next().await {
        let _ = events.send(Event::Said(number, line)).await;
    }
    let _ = events.send(Event::Left(number)).await;
}

async fn write_all(inbox: Receiver<Event>) {
    let mut clients: Vec<(usize, Stream)> = Vec::new();
    while let Ok(event) = inbox.recv().await {
        let (from, line) = match event {
            Event::Joined(number, stream) => {
                clients.push((number, stream));
                (None, format!(" * [anonymous{number}] has connected\r\n"))
            }
            Event::Said(number, line) => (Some(number), format!("[anonymous{number}]> {line}\r\n")),
            Event::Left(number) => {
                clients.retain(|(other, _)| *other != number);
                (None, format!(" * [anonymous{number}] has disconnected\r\n"))
            }
        };
        for (number, stream) in &clients {
            if Some(*number) != from {
                let _ = (&**stream).write_all(line.as_bytes()).await;
            }
        }
    }
}
