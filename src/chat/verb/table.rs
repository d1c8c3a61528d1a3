//! The table of commands: a row is all that there is to know of one, but for its arguments (`command`) and
//! what it does (`state`).

use super::Verb;

/// What there is to know of a command.
pub(super) struct Row {
    pub(super) verb: Verb,
    /// What a user may type after the `/`, the usual word first.
    pub(super) words: &'static [&'static str],
    /// What other chats call it. Not understood, but whoever types it is told the right word.
    pub(super) elsewhere: &'static [&'static str],
    pub(super) usage: &'static str,
    /// Blank if the command shares the row of the one before it in the list of all commands.
    pub(super) summary: &'static str,
    pub(super) details: &'static str,
}

/// Every command, in the order of [`Verb`], which is that of `/help`.
pub(super) const TABLE: [Row; 22] = [
    Row {
        verb: Verb::Username,
        words: &["username", "nick"],
        elsewhere: &["name", "rename", "user"],
        usage: "/username NAME",
        summary: "change username to NAME",
        details: "The room is told. A name is letters, digits, _ - . and must not look like \
                  another's.",
    },
    Row {
        verb: Verb::Act,
        words: &["me"],
        elsewhere: &["action", "emote", "em"],
        usage: "/me ACTION",
        summary: "show what you do",
        details: "The room sees it after your name: /me waves.",
    },
    Row {
        verb: Verb::Whisper,
        words: &["@", "w", "msg"],
        elsewhere: &[
            "whisper",
            "tell",
            "query",
            "pm",
            "dm",
            "m",
            "message",
            "private-message",
            "send",
        ],
        usage: "@NAME TEXT",
        summary: "whisper TEXT to NAME",
        details: "Nobody else sees it. To say something that begins with @, type @@.",
    },
    Row {
        verb: Verb::Reply,
        words: &["reply", "r"],
        elsewhere: &["answer", "re"],
        usage: "/reply TEXT",
        summary: "whisper to whom you whisper with",
        details: "It goes to that person, under whatever name. If another one has whispered since, type @NAME TEXT \
                  instead.",
    },
    Row {
        verb: Verb::List,
        words: &["list", "who", "names"],
        elsewhere: &["users", "online", "ls", "here"],
        usage: "/list [all] [PAGE|START]",
        summary: "show the users",
        details: "Those in your room, and how many they are; or all, room by room. The first, a page by its number, or \
                  those whose names begin with START; of all, rooms by page or START.",
    },
    Row {
        verb: Verb::Join,
        words: &["join"],
        elsewhere: &["j", "go", "goto", "enter", "channel", "room", "create"],
        usage: "/join ROOM",
        summary: "go to ROOM",
        details: "If there is none, it is created. What you say goes to the room that you are in.",
    },
    Row {
        verb: Verb::Leave,
        words: &["leave"],
        elsewhere: &["part", "lobby", "home"],
        usage: "/leave",
        summary: "go back to the lobby",
        details: "A room ends when the last one leaves.",
    },
    Row {
        verb: Verb::Rooms,
        words: &["rooms"],
        elsewhere: &["channels", "chans"],
        usage: "/rooms [PAGE|START]",
        summary: "show the rooms",
        details: "How many are in each, and its topic: the first, a page by its number, or those that begin with START.",
    },
    Row {
        verb: Verb::Topic,
        words: &["topic"],
        elsewhere: &["subject"],
        usage: "/topic [TEXT]",
        summary: "show or set the topic of the room",
        details: "Anyone in a room may set it; the lobby has none.",
    },
    Row {
        verb: Verb::History,
        words: &["history"],
        elsewhere: &["log", "scroll", "last", "recap", "backlog"],
        usage: "/history [N]",
        summary: "show what was said in the room before",
        details: "The last N lines, as far as they are remembered. Times are in UTC.",
    },
    Row {
        verb: Verb::Private,
        words: &["private"],
        elsewhere: &["lock", "hide"],
        usage: "/private",
        summary: "let only the invited join; or anyone",
        details: "Others are not shown who is in a private room.",
    },
    Row {
        verb: Verb::Public,
        words: &["public"],
        elsewhere: &["unlock", "open"],
        usage: "/public",
        summary: "",
        details: "What was said in private is shown only to those who heard it and have not left since.",
    },
    Row {
        verb: Verb::Invite,
        words: &["invite"],
        elsewhere: &["inv", "add"],
        usage: "/invite NAME",
        summary: "let NAME join the room",
        details: "For one time, even if the room is private. Those who were in it when it became private need \
                  none.",
    },
    Row {
        verb: Verb::Whois,
        words: &["whois"],
        elsewhere: &["finger", "info", "whowas"],
        usage: "/whois NAME",
        summary: "show where NAME is, and since when",
        details: "The room, how long connected, how long silent, and whether away.",
    },
    Row {
        verb: Verb::Away,
        words: &["away"],
        elsewhere: &["afk", "back", "brb"],
        usage: "/away [TEXT]",
        summary: "tell whoever whispers that you are away",
        details: "It ends when you say something in the room. Of someone in a private room, only those in \
                  it are told.",
    },
    Row {
        verb: Verb::Ignore,
        words: &["ignore"],
        elsewhere: &["block", "mute", "squelch", "silence"],
        usage: "/ignore [NAME]",
        summary: "see nothing of NAME; show whom you ignore",
        details: "Whatever they say, do, or call themselves, and that they come and go; lists show all. The other is \
                  not told.",
    },
    Row {
        verb: Verb::Unignore,
        words: &["unignore"],
        elsewhere: &["unblock", "unmute"],
        usage: "/unignore NAME",
        summary: "",
        details: "Ignoring also ends when you leave the chat.",
    },
    Row {
        verb: Verb::Notices,
        words: &["notices"],
        elsewhere: &["notify", "quiet"],
        usage: "/notices on|off",
        summary: "be told who comes and goes, or not",
        details: "They are on at first.",
    },
    Row {
        verb: Verb::Wrap,
        words: &["wrap"],
        elsewhere: &["width", "columns", "cols"],
        usage: "/wrap N|off",
        summary: "break lines at N columns; show only ASCII",
        details: "From 20 to 500. A terminal that breaks lines by itself can be led to show what others \
                  write as if it were a line of the server.",
    },
    Row {
        verb: Verb::Ascii,
        words: &["ascii"],
        elsewhere: &["utf8", "charset"],
        usage: "/ascii on|off",
        summary: "",
        details: "For a terminal that does not show UTF-8: each other character is shown as a question mark.",
    },
    Row {
        verb: Verb::Bye,
        words: &["bye", "quit", "exit"],
        elsewhere: &["q", "logout", "logoff", "disconnect", "close"],
        usage: "/bye",
        summary: "quit",
        details: "The room is told what you type after it. Your name is free at once.",
    },
    Row {
        verb: Verb::Help,
        words: &["help", "?"],
        elsewhere: &["h", "commands", "man", "usage"],
        usage: "/help [COMMAND]",
        summary: "show all commands, or explain one",
        details: "To say something that begins with /, type // or a space before it.",
    },
];
