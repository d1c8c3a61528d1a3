//! The table of commands. The parser and `/help` both read it, so they cannot disagree.
//!
//! Not here: arguments (`command`), what a command does (`state`), and how help is laid out
//! (`wire::render`).

/// A command, without its arguments: a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `/username NAME`
    Username,
    /// `/me ACTION`
    Act,
    /// `@NAME TEXT`
    Whisper,
    /// `/reply TEXT`
    Reply,
    /// `/list [all]`
    List,
    /// `/join ROOM`
    Join,
    /// `/leave`
    Leave,
    /// `/rooms`
    Rooms,
    /// `/topic [TEXT]`
    Topic,
    /// `/history [N]`
    History,
    /// `/private`
    Private,
    /// `/public`
    Public,
    /// `/invite NAME`
    Invite,
    /// `/whois NAME`
    Whois,
    /// `/away [TEXT]`
    Away,
    /// `/ignore [NAME]`
    Ignore,
    /// `/unignore NAME`
    Unignore,
    /// `/notices on|off`
    Notices,
    /// `/bye`
    Bye,
    /// `/help [COMMAND]`
    Help,
}

struct Row {
    verb: Verb,
    /// What a user may type after the `/`, the usual word first.
    words: &'static [&'static str],
    usage: &'static str,
    summary: &'static str,
    details: &'static str,
}

const TABLE: [Row; 20] = [
    Row {
        verb: Verb::Username,
        words: &["username", "nick"],
        usage: "/username NAME",
        summary: "change username to NAME",
        details: "The room is told. A name is letters, digits, _ - . and must not look like \
                  another's.",
    },
    Row {
        verb: Verb::Act,
        words: &["me"],
        usage: "/me ACTION",
        summary: "show what you do",
        details: "The room sees it after your name: /me waves.",
    },
    Row {
        verb: Verb::Whisper,
        words: &["@", "w", "msg"],
        usage: "@NAME TEXT",
        summary: "whisper TEXT to NAME",
        details: "Nobody else sees it. To say something that begins with @, type @@.",
    },
    Row {
        verb: Verb::Reply,
        words: &["reply", "r"],
        usage: "/reply TEXT",
        summary: "whisper to the last one who whispered to you",
        details: "It goes to that person, under whatever name.",
    },
    Row {
        verb: Verb::List,
        words: &["list", "who", "names"],
        usage: "/list [all]",
        summary: "show the users",
        details: "Those in your room, and how many they are; or all, room by room.",
    },
    Row {
        verb: Verb::Join,
        words: &["join"],
        usage: "/join ROOM",
        summary: "go to ROOM",
        details: "If there is none, it is created. What you say goes to the room that you are in.",
    },
    Row {
        verb: Verb::Leave,
        words: &["leave"],
        usage: "/leave",
        summary: "go back to the lobby",
        details: "A room ends when the last one leaves.",
    },
    Row {
        verb: Verb::Rooms,
        words: &["rooms"],
        usage: "/rooms",
        summary: "show the rooms",
        details: "How many are in each, and its topic.",
    },
    Row {
        verb: Verb::Topic,
        words: &["topic"],
        usage: "/topic [TEXT]",
        summary: "show or set the topic of the room",
        details: "Anyone in a room may set it; the lobby has none.",
    },
    Row {
        verb: Verb::History,
        words: &["history"],
        usage: "/history [N]",
        summary: "show what was said in the room before",
        details: "The last N lines, as far as they are remembered. Times are in UTC.",
    },
    Row {
        verb: Verb::Private,
        words: &["private"],
        usage: "/private",
        summary: "make the room private",
        details: "One needs an invitation to join it then, and others are not shown who is in it.",
    },
    Row {
        verb: Verb::Public,
        words: &["public"],
        usage: "/public",
        summary: "make the room public again",
        details: "Anyone may join it then.",
    },
    Row {
        verb: Verb::Invite,
        words: &["invite"],
        usage: "/invite NAME",
        summary: "let NAME join the room",
        details: "For one time, even if the room is private.",
    },
    Row {
        verb: Verb::Whois,
        words: &["whois"],
        usage: "/whois NAME",
        summary: "show where NAME is, and since when",
        details: "The room, how long connected, how long silent, and whether away.",
    },
    Row {
        verb: Verb::Away,
        words: &["away"],
        usage: "/away [TEXT]",
        summary: "tell those who whisper to you that you are away",
        details: "It ends when you say something in the room. Of a private room, only those in it are told.",
    },
    Row {
        verb: Verb::Ignore,
        words: &["ignore"],
        usage: "/ignore [NAME]",
        summary: "see no more of what NAME says; or show whom you ignore",
        details: "Lines, actions, whispers and renames, under whatever name. The other is not told.",
    },
    Row {
        verb: Verb::Unignore,
        words: &["unignore"],
        usage: "/unignore NAME",
        summary: "see again what NAME says",
        details: "Ignoring also ends when one of you leaves the chat.",
    },
    Row {
        verb: Verb::Notices,
        words: &["notices"],
        usage: "/notices on|off",
        summary: "be told who comes and goes, or not",
        details: "They are on at first.",
    },
    Row {
        verb: Verb::Bye,
        words: &["bye", "quit", "exit"],
        usage: "/bye",
        summary: "quit",
        details: "Your name is free at once.",
    },
    Row {
        verb: Verb::Help,
        words: &["help", "?"],
        usage: "/help [COMMAND]",
        summary: "show all commands, or explain one",
        details: "To say something that begins with /, type // or a space before it.",
    },
];

impl Verb {
    /// Every command, in the order in which help shows them.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.verb)
    }

    /// The commands that a newcomer is told of, in the order in which the banner shows them.
    #[must_use]
    pub fn basics() -> [Self; 6] {
        [Self::Username, Self::Whisper, Self::List, Self::Join, Self::Bye, Self::Help]
    }

    /// Every word of every command, without the `/`.
    pub fn words() -> impl Iterator<Item = &'static str> {
        TABLE.iter().flat_map(|row| row.words.iter().copied())
    }

    /// The command that a word names, in any case, with or without its `/`.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        let word = word.strip_prefix('/').unwrap_or(word);
        let named = |row: &&Row| row.words.iter().any(|known| known.eq_ignore_ascii_case(word));
        TABLE.iter().find(named).map(|row| row.verb)
    }

    /// How it is typed, with its arguments in capitals.
    #[must_use]
    pub fn usage(self) -> &'static str {
        self.row().usage
    }

    /// What it does, in a few words.
    #[must_use]
    pub fn summary(self) -> &'static str {
        self.row().summary
    }

    /// What else there is to know of it, in sentences.
    #[must_use]
    pub fn details(self) -> &'static str {
        self.row().details
    }

    /// Other words for it, without the `/`.
    #[must_use]
    pub fn aliases(self) -> &'static [&'static str] {
        &self.row().words[1..]
    }

    fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_stand_in_the_order_of_the_enum_and_each_has_a_word() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.verb as usize, index);
            assert!(!row.words.is_empty(), "{}", row.usage);
        }
    }
}
