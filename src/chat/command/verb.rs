//! Lookup of commands by their words.
//!
//! Not here: the table (`table`), and the layout of the help (`wire::render`).

use super::Verb;
use super::row::{Group, Row, Tells};
use super::table::TABLE;

impl Verb {
    /// Every command, in the order in which help shows them.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.verb)
    }

    /// The commands that the banner shows, in its order.
    #[must_use]
    pub fn basics() -> [Self; 5] {
        [Self::Username, Self::Whisper, Self::List, Self::Bye, Self::Help]
    }

    /// The commands that `/help` shows, in its order.
    pub fn common() -> impl Iterator<Item = Self> {
        use Verb::{History, Ignore, Join, Leave, Login, Register, Rooms, Unignore};
        Self::all().filter(|verb| {
            let is_common = matches!(verb, Join | Leave | Rooms | History | Ignore | Unignore)
                || matches!(verb, Register | Login);
            is_common || verb.group() == Group::Basics
        })
    }

    /// What the command is about.
    #[must_use]
    pub fn group(self) -> Group {
        self.row().group
    }

    /// Whether only operators can use it.
    #[must_use]
    pub fn is_for_operators(self) -> bool {
        self.group() == Group::Order
    }

    /// The command that is probably meant by an unknown word, with or without its `/`. Other chats
    /// use that word for it, or one of its words begins with it or differs from it by one typing
    /// error. Never one for operators only.
    ///
    /// ```
    /// use chinwag::chat::Verb;
    ///
    /// assert_eq!(Verb::meant_by("/part"), Some(Verb::Leave));
    /// assert_eq!(Verb::meant_by("/usernme"), Some(Verb::Username));
    /// assert_eq!(Verb::meant_by("/foo"), None);
    /// ```
    #[must_use]
    pub fn meant_by(word: &str) -> Option<Self> {
        let word = word.strip_prefix('/').unwrap_or(word).to_ascii_lowercase();
        if Self::find(&word).is_some() {
            return None;
        }
        let first = |is_it: &dyn Fn(&str) -> bool| {
            let has_it = |row: &&Row| row.words.iter().any(|known| is_it(known));
            let is_for_all = |row: &&Row| !row.verb.is_for_operators();
            TABLE.iter().filter(is_for_all).find(has_it).map(|row| row.verb)
        };
        let elsewhere = TABLE.iter().find(|row| row.elsewhere.contains(&word.as_str()));
        let is_long = word.len() >= 3;
        elsewhere
            .map(|row| row.verb)
            .or_else(|| first(&|known| is_long && known.starts_with(&word)))
            .or_else(|| first(&|known| is_long && is_slip(known, &word)))
    }

    /// Every word of every command, without the `/`.
    pub fn words() -> impl Iterator<Item = &'static str> {
        TABLE.iter().flat_map(|row| row.words.iter().copied())
    }

    /// The command with this word, in any case, with or without its `/`.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        let word = word.strip_prefix('/').unwrap_or(word);
        let named = |row: &&Row| row.words.iter().any(|known| known.eq_ignore_ascii_case(word));
        TABLE.iter().find(named).map(|row| row.verb)
    }

    /// How the command is typed, with its arguments in capitals.
    #[must_use]
    pub fn usage(self) -> &'static str {
        self.row().usage
    }

    /// What the command does, in a few words.
    #[must_use]
    pub fn summary(self) -> &'static str {
        self.row().summary
    }

    /// More about the command, in sentences.
    #[must_use]
    pub fn details(self) -> &'static str {
        self.row().details
    }

    /// The other words for the command, without the `/`.
    #[must_use]
    pub fn aliases(self) -> &'static [&'static str] {
        &self.row().words[1..]
    }

    /// Who receives a message when the command is typed.
    pub(in super::super) fn tells(self) -> Tells {
        self.row().tells
    }

    /// Whether it leads to a question for a password.
    pub(super) fn asks(self) -> bool {
        matches!(self, Self::Register | Self::Login | Self::Password | Self::Unregister)
    }

    /// The word with which the command is printed: the first that begins with a letter.
    pub(super) fn word(self) -> &'static str {
        let is_word = |word: &&&str| word.starts_with(|first: char| first.is_ascii_alphabetic());
        self.row().words.iter().find(is_word).copied().unwrap_or_default()
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

/// Whether two words differ by one missing, surplus or wrong letter, or by two neighbours that are
/// swapped.
fn is_slip(known: &str, typed: &str) -> bool {
    let (known, typed) = (known.as_bytes(), typed.as_bytes());
    let start = known.iter().zip(typed).take_while(|(one, other)| one == other).count();
    let (known, typed) = (&known[start..], &typed[start..]);
    match (known, typed) {
        ([_, rest @ ..], _) if rest == typed => true,
        (_, [_, rest @ ..]) if rest == known => true,
        ([_, rest @ ..], [_, others @ ..]) if rest == others => true,
        ([a, b, rest @ ..], [c, d, others @ ..]) => (a, b, rest) == (d, c, others),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn rows_are_in_the_order_of_the_enum_and_have_a_word() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.verb as usize, index);
            assert!(!row.words.is_empty(), "{}", row.usage);
        }
    }

    #[test]
    fn a_word_of_another_chat_or_with_a_typing_error_is_recognised() {
        for (word, meant) in [
            ("/h", Some(Verb::Help)),
            ("/part", Some(Verb::Leave)),
            ("/TELL", Some(Verb::Whisper)),
            ("/query", Some(Verb::Whisper)),
            ("/back", Some(Verb::Away)),
            ("/usernme", Some(Verb::Username)),
            ("/userrname", Some(Verb::Username)),
            ("/usernamw", Some(Verb::Username)),
            ("/jion", Some(Verb::Join)),
            ("/byee", Some(Verb::Bye)),
            ("/hist", Some(Verb::History)),
            ("/uesrnmae", None),
            ("/no", None),
            ("/", None),
            ("", None),
            ("/ж", None),
        ] {
            assert_eq!(Verb::meant_by(word), meant, "{word}");
        }
    }

    /// Each word belongs to one command, which either accepts it or is suggested for it.
    #[test]
    fn no_word_belongs_to_two_commands() {
        let all = |row: &'static Row| row.words.iter().chain(row.elsewhere);
        let mut words: Vec<&str> = TABLE.iter().flat_map(all).copied().collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
