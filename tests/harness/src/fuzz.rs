//! The bodies of the fuzz targets as plain functions. Both the targets and the test that replays the corpus
//! call them.
//!
//! Not here: inputs (libFuzzer or the corpus makes them).

use std::fmt::Debug;

use chinwag::chat::{Command, CommandError, Limits, Text, Timestamp};
use chinwag::wire::{Rate, Received, Receiver};

use crate::laws::judge;
use crate::reference_parser::{self, Naive};
use crate::reference_receiver;
use crate::{KEEP_ROOMS, Operation, Run, Weights, require};

/// A target with its name.
pub type Target = (&'static str, fn(&[u8]) -> Result<(), String>);

/// All targets.
pub const TARGETS: [Target; 3] = [("command", command), ("telnet", telnet), ("session", session)];

/// Cleaned text has no control characters, and cleaning it again changes nothing. The parser agrees with the
/// reference parser. Parsing what a command prints gives the same command.
///
/// # Errors
///
/// The property that does not hold.
pub fn command(data: &[u8]) -> Result<(), String> {
    let text = Text::clean(String::from_utf8_lossy(data));
    require_same("cleaning again changed the text", &Text::clean(text.as_str()), &text)?;
    let control = text.as_str().chars().find(|character| character.is_control());
    require_same("cleaned text has a control character", &control, &None)?;

    let parsed = Command::parse(text.clone());
    require_same(
        "the parser differs from the reference parser",
        &plain(&parsed),
        &reference_parser::parse(text.as_str()),
    )?;
    let Ok(command) = parsed else { return Ok(()) };
    let printed = Text::clean(command.to_string());
    require_same("a printed command is not clean", &printed.to_string(), &command.to_string())?;
    require_same(
        "parsing a printed command gives another one",
        &Command::parse(printed),
        &Ok(command),
    )
}

fn plain(parsed: &Result<Command, CommandError>) -> Naive {
    match parsed {
        Ok(Command::Say(text)) => Naive::Say(text.to_string()),
        Ok(command) => Naive::Command(command.to_string()),
        Err(CommandError::Unknown(word)) => Naive::Unknown(word.to_string()),
        // Clean text is never hidden, so this differs from whatever the reference parser says.
        Err(CommandError::Hidden) => Naive::Unknown("hidden".to_owned()),
        Err(CommandError::Usage(verb)) => {
            Naive::Usage(verb.usage().split(' ').next().unwrap_or_default())
        }
    }
}

/// The same bytes have the same meaning however they are split into reads, and no line exceeds the limit. The
/// first byte determines the splits.
///
/// # Errors
///
/// The property that does not hold.
pub fn telnet(data: &[u8]) -> Result<(), String> {
    let Some((&seed, bytes)) = data.split_first() else { return Ok(()) };
    let (whole, last) = receive_all([bytes]);
    let all = [&whole[..], &last[..]].concat();
    if !all.iter().any(|what| matches!(what, Received::Foreign(_))) {
        let heard = reference_receiver::hear(bytes, &Limits::default());
        let heard = heard.all.into_iter().map(|(what, _)| what).chain(heard.last).collect();
        require_same("the receiver differs from the reference receiver", &heard, &all)?;
    }
    let (one, other) = bytes.split_at(usize::from(seed).min(bytes.len()));
    let (piece, each) = (usize::from(seed) + 1, "pieces differ from the whole");
    let splits: [Vec<&[u8]>; 3] =
        [bytes.chunks(1).collect(), bytes.chunks(piece).collect(), vec![one, other]];
    for split in splits {
        let (received, end) = receive_all(split);
        require_same(each, &received, &whole)?;
        // A line that arrives key by key counts as a draft, and is dropped at the end of input.
        let most = last[..end.len().min(last.len())].to_vec();
        require(end.len() + 1 >= last.len(), || {
            format!("at the end, {end:?} instead of {last:?}")
        })?;
        require_same("the last line in pieces differs from the whole", &end, &most)?;
    }
    require_same(
        "reading under flood control differs from the whole",
        &ration(bytes, piece)?,
        &whole,
    )?;
    for received in whole.iter().chain(&last) {
        if let Received::Line(line) = received {
            let is_long = line.chars().count() > Limits::default().line;
            require(!is_long, || format!("an overlong line: {line:?}"))?;
            let has_end = line.contains(['\r', '\n', '\0']);
            require(!has_end, || format!("a line end within a line: {line:?}"))?;
        }
    }
    let has_answer = whole.iter().any(|received| matches!(received, Received::Answer(_)));
    let has_iac = bytes.contains(&0xFF);
    require(has_iac || !has_answer, || "a telnet command to a peer that sent none".to_owned())
}

/// The meaning of bytes that arrive in these chunks, including that of the end of input.
pub fn receive<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Received> {
    let (mut received, last) = receive_all(chunks);
    received.extend(last);
    received
}

/// The same, with the meaning of the end of input apart.
fn receive_all<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Received>, Vec<Received>) {
    let mut receiver = Receiver::new(&Limits::default(), None);
    let read = |chunk| read(&mut receiver, Timestamp(0), chunk);
    let received = chunks.into_iter().flat_map(read).collect();
    (received, receiver.finish())
}

/// The meaning of the next bytes for a receiver without flood control.
pub(crate) fn read(receiver: &mut Receiver, now: Timestamp, bytes: &[u8]) -> Vec<Received> {
    let mut received = Vec::new();
    receiver.receive(now, bytes, |what| received.push(what));
    received
}

/// One day in milliseconds.
const DAY: u64 = 86_400_000;

/// The meaning of bytes that arrive in pieces, under flood control with a burst of three tokens and one token a
/// second. The clock is put back now and then.
///
/// # Errors
///
/// If the receiver accepts more than its tokens allow, or makes no progress after a wait.
fn ration(bytes: &[u8], piece: usize) -> Result<Vec<Received>, String> {
    let mut receiver = Receiver::new(&Limits::default(), Some(Rate::new(3, 1)));
    let mut received = Vec::new();
    let (mut now, mut tokens, mut waits) = (10 * DAY, 3, 0_u32);
    for mut unread in bytes.chunks(piece) {
        loop {
            let before = received.len();
            unread = receiver.receive(Timestamp(now), unread, |what| received.push(what));
            let count = cost(&received) - cost(&received[..before]);
            // A timing mark repeats what came before it; the receiver may take that in advance.
            require(count <= tokens + 1, || format!("{count} at once with only {tokens} tokens"))?;
            tokens = tokens.saturating_sub(count);
            if unread.is_empty() {
                break;
            }
            let wait = receiver.wait(Timestamp(now)).as_millis();
            require((1..=2000).contains(&wait), || format!("a wait of {wait} ms"))?;
            now += u64::try_from(wait).unwrap_or(0);
            waits += 1;
            let is_stuck = waits as usize > 8 * bytes.len() + 64;
            require(!is_stuck, || "endless waits".to_owned())?;
            now -= match waits % 16 {
                3 => 1,
                9 if now > 2 * DAY => DAY,
                _ => 0,
            };
            tokens = 1;
        }
    }
    Ok(received)
}

/// The tokens that these items cost, apart from the cost of bytes.
fn cost(received: &[Received]) -> usize {
    let widths = received.iter().filter(|what| matches!(what, Received::Width(_))).count();
    received.len() - widths + widths / usize::from(Receiver::WIDTHS)
}

/// A session matches the model, the stream checkers find nothing, and one or two laws hold. Every four bytes
/// are an operation; the bytes left over select the laws, and for how long rooms are kept.
///
/// # Errors
///
/// The violation and the session.
pub fn session(data: &[u8]) -> Result<(), String> {
    let (words, rest) = data.as_chunks::<4>();
    let words = words.iter().take(200);
    let operations: Vec<Operation> =
        words.map(|word| Operation::decode(&Weights::default(), *word)).collect();
    let draw = [0, 1, 2].map(|place| rest.get(place).copied().unwrap_or_default());
    let keep_rooms = KEEP_ROOMS[usize::from(draw[2]) % KEEP_ROOMS.len()];
    let run = Run::within(Limits { keep_rooms, ..Limits::default() }, &operations);
    judge(&run, draw).map_err(|problem| run.report(&problem))
}

fn require_same<T: Debug + PartialEq>(what: &str, one: &T, other: &T) -> Result<(), String> {
    require(one == other, || format!("{what}:\n    {one:?}\n    {other:?}"))
}
