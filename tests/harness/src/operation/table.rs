//! The table of operations, one row for each kind.
//!
//! Not here: what an operation amounts to in a given state (`operation`).

/// The weight of each kind of operation, in the order of [`Operation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights(pub [u8; Weights::KINDS]);

/// Generates from the rows: the operations, their default weights, and their decoding from four bytes.
macro_rules! operations {
    (($slot:ident, $a:ident, $b:ident) $(
        #[doc = $doc:literal]
        $name:ident $({ $($field:ident: $type:ty = $value:expr),* })? x $weight:literal,
    )*) => {
        /// One step. Each number is an index into what its field is named after, modulo the length.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the fields are indices of what they are named after")]
        pub enum Operation {
            $(#[doc = $doc] $name $({ $($field: $type),* })?,)*
        }

        /// A kind of operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = $doc] $name,)*
        }

        impl Weights {
            /// The number of kinds.
            pub const KINDS: usize = [$(Kind::$name),*].len();
        }

        impl Default for Weights {
            fn default() -> Self {
                Self([$($weight),*])
            }
        }

        impl Operation {
            /// For each kind, the operation that the bytes after the first decode to.
            pub(super) const DECODE: [fn([u8; 3]) -> Self; Weights::KINDS] = [$(|[$slot, $a, $b]| {
                let _ = ($slot, $a, $b);
                Self::$name $({ $($field: $value),* })?
            },)*];

            /// Its fields, the slot first.
            pub(crate) fn parts(&mut self) -> Vec<Part<'_>> {
                match self {
                    $(Self::$name $({ $($field),* })? => vec![$($($field.into()),*)?],)*
                }
            }
        }
    };
}

// A row has the description of a kind, its fields with the bytes they are decoded from, and its default weight.
operations! {
    (slot, a, b)
    /// A client connects.
    Connect x 6,
    /// A line to the room; the text gets a token.
    Say { slot: u8 = slot, opening: u8 = b, body: u8 = a } x 12,
    /// `/username`
    Rename { slot: u8 = slot, name: u8 = a, word: u8 = b } x 10,
    /// A whisper; the text gets a token.
    Whisper { slot: u8 = slot, to: Target = Target::of_byte(a), word: u8 = b, body: u8 = b / 4 } x 8,
    /// `/list`
    List { slot: u8 = slot, word: u8 = a } x 2,
    /// `/help`, possibly about a command.
    Help { slot: u8 = slot, line: u8 = a } x 1,
    /// `/bye`
    Bye { slot: u8 = slot, word: u8 = a } x 2,
    /// A line without content.
    Blank { slot: u8 = slot, line: u8 = a } x 1,
    /// A command with wrong arguments.
    Misuse { slot: u8 = slot, line: u8 = a } x 1,
    /// An unknown command.
    Unknown { slot: u8 = slot, line: u8 = a } x 1,
    /// A line longer than the limit.
    Overlong { slot: u8 = slot } x 1,
    /// An event of a connection other than a line.
    Signal { slot: u8 = slot, signal: u8 = a } x 1,
    /// The connection ends.
    Disconnect { slot: u8 = slot, cause: u8 = a } x 3,
    /// An event of a client that has left or never connected, or a second connect.
    Stale { slot: u8 = slot, kind: u8 = a } x 1,
    /// The server stops.
    Shutdown x 1,
    /// The server has been started anew.
    Restart x 1,
    /// `/join`
    Join { slot: u8 = slot, room: u8 = a } x 8,
    /// `/leave`
    Leave { slot: u8 = slot } x 2,
    /// `/rooms`
    Rooms { slot: u8 = slot, part: u8 = a } x 2,
    /// `/topic`, to set or to show it.
    Topic { slot: u8 = slot, body: u8 = a } x 2,
    /// `/list all`
    ListAll { slot: u8 = slot, word: u8 = a } x 2,
    /// `/me`; the text gets a token.
    Act { slot: u8 = slot, body: u8 = a } x 4,
    /// `/reply`; the text gets a token.
    Reply { slot: u8 = slot, body: u8 = a } x 4,
    /// `/whois`
    Whois { slot: u8 = slot, of: Target = Target::of_byte(a) } x 2,
    /// `/away`
    Away { slot: u8 = slot, body: u8 = a } x 3,
    /// `/ignore NAME`
    Ignore { slot: u8 = slot, whom: Target = Target::of_byte(a) } x 4,
    /// `/unignore NAME`
    Unignore { slot: u8 = slot, whom: Target = Target::of_byte(a) } x 2,
    /// `/ignore`
    Ignored { slot: u8 = slot } x 1,
    /// `/notices`
    Notices { slot: u8 = slot, setting: u8 = a } x 2,
    /// `/private`
    Private { slot: u8 = slot } x 3,
    /// `/public`
    Public { slot: u8 = slot } x 1,
    /// `/invite`
    Invite { slot: u8 = slot, whom: Target = Target::of_byte(a) } x 4,
    /// `/history`, of a number of lines or of all.
    History { slot: u8 = slot, count: u8 = a } x 2,
    /// `/register`
    Register { slot: u8 = slot } x 2,
    /// `/login`, with the name of an account if there is one.
    LogIn { slot: u8 = slot, account: u8 = a } x 2,
    /// `/password`
    ChangePassword { slot: u8 = slot } x 1,
    /// `/unregister`
    Unregister { slot: u8 = slot } x 1,
    /// `/seen`, with the name of an account if there is one.
    Seen { slot: u8 = slot, account: u8 = a } x 1,
    /// `/hide`
    Hide { slot: u8 = slot, setting: u8 = a } x 1,
    /// A whisper to an account, whether its holder is here or not; the text gets a token.
    WhisperTo { slot: u8 = slot, account: u8 = a, body: u8 = b } x 2,
    /// An answer to a question for a password, mostly the right one.
    Answer { slot: u8 = slot, kind: u8 = a } x 4,
    /// The configuration names an operator: an account, if there is one.
    Appoint { account: u8 = a } x 2,
    /// `/kick`, `/ban`, `/mute`, `/unban` or `/unmute`, mostly by an operator.
    Sanction { slot: u8 = slot, whom: Target = Target::of_byte(a), word: u8 = b } x 3,
    /// Any other command of operators, mostly by one.
    Order { slot: u8 = slot, account: u8 = a, word: u8 = b } x 2,
    /// `/trust`, `/distrust`, `/remove` or `/lock`, mostly by someone who may.
    Govern { slot: u8 = slot, whom: Target = Target::of_byte(a), word: u8 = b } x 3,
    /// A line that has no effect but its reply.
    Answered { slot: u8 = slot, line: u8 = a } x 1,
}

/// A field of an operation.
pub(crate) enum Part<'a> {
    /// An index.
    Number(&'a mut u8),
    /// The user it is about.
    Target(&'a mut Target),
}

impl<'a> From<&'a mut u8> for Part<'a> {
    fn from(number: &'a mut u8) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a mut Target> for Part<'a> {
    fn from(target: &'a mut Target) -> Self {
        Self::Target(target)
    }
}

/// The user that a command names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A name of the pool, whether anyone has it or not.
    Pool(u8),
    /// The current name of the user in a slot.
    Present(u8),
}

impl Target {
    /// Decodes a byte.
    pub(crate) fn of_byte(byte: u8) -> Self {
        if byte < 128 { Self::Present(byte) } else { Self::Pool(byte - 128) }
    }

    /// Encodes it as a byte; users who are present have the smaller ones.
    pub(crate) fn to_byte(self) -> u8 {
        match self {
            Self::Present(slot) => slot % 128,
            Self::Pool(name) => name % 128 + 128,
        }
    }
}
