//! The table of commands. A row contains everything about a command except what it does (`state`).
//! The parser, the printer and `/help` all use the table, so they cannot disagree.
//!
//! Not here: what a row is (`row`), the forms of arguments (`arguments`), and how a line is split into
//! words (`command`).

use core::fmt;

use super::Text;
use super::arguments::{
    Addressed, Argument, Columns, Listing, Note, Nothing, Number, Part, Switch, Word, Words,
};
use super::orders::{Reasoned, Sentence, Slowing};
use super::row::{Row, Tells, commands};

commands! {
    /// Change the username.
    Username(Word) {
        tells: Room,
        words: ["username", "nick"], elsewhere: ["name", "rename", "user"],
        usage: "/username NAME",
        summary: "change username to NAME",
        details: "The room is told. A name is letters, digits, _ - . and must not look like \
                  another's.",
    }

    /// Show an action of the user.
    Act(Words) {
        tells: Room,
        words: ["me"], elsewhere: ["action", "emote", "em"],
        usage: "/me ACTION",
        summary: "show what you do",
        details: "The room sees it after your name: /me waves.",
    }

    /// Say something to one user.
    Whisper(Addressed) {
        tells: User,
        words: ["@", "w", "msg"],
        elsewhere: ["whisper", "tell", "query", "pm", "dm", "m", "message", "private-message", "send"],
        usage: "@NAME TEXT",
        summary: "whisper TEXT to NAME",
        details: "Nobody else sees it. It is kept for a registered NAME who is not here. To say something that begins \
                  with @, type @@.",
    }

    /// Whisper to the user that one whispers with.
    Reply(Words) {
        tells: User,
        words: ["reply", "r"], elsewhere: ["answer", "re"],
        usage: "/reply TEXT",
        summary: "whisper to whom you whisper with",
        details: "It goes to that person, under whatever name. If another one has whispered since, type @NAME TEXT \
                  instead.",
    }

    /// List the users.
    List(Listing) {
        tells: Nobody,
        words: ["list", "who", "names"], elsewhere: ["users", "online", "ls", "here"],
        usage: "/list [all] [PAGE|START]",
        summary: "show the users",
        details: "Those in your room, and how many they are; or all, room by room. The first, a page by its number, or \
                  those whose names begin with START; of all, rooms by page or START.",
    }

    /// Go to a room.
    Join(Word) {
        tells: Nobody,
        words: ["join"], elsewhere: ["j", "go", "goto", "enter", "channel", "room", "create"],
        usage: "/join ROOM",
        summary: "go to ROOM",
        details: "If there is none, it is created. What you say goes to the room that you are in.",
    }

    /// Go back to the lobby.
    Leave(Nothing) {
        tells: Nobody,
        words: ["leave"], elsewhere: ["part", "lobby", "home"],
        usage: "/leave",
        summary: "go back to the lobby",
        details: "A room ends when the last one leaves.",
    }

    /// List the rooms.
    Rooms(Part) {
        tells: Nobody,
        words: ["rooms"], elsewhere: ["channels", "chans"],
        usage: "/rooms [PAGE|START]",
        summary: "show the rooms",
        details: "How many are in each, and its topic: the first, a page by its number, or those that begin with START.",
    }

    /// Show or set the topic.
    Topic(Option<Words>) {
        tells: Room,
        words: ["topic"], elsewhere: ["subject"],
        usage: "/topic [TEXT]",
        summary: "show or set the topic of the room",
        details: "Anyone in a room may set it; the lobby has none.",
    }

    /// Show the last lines of the room: at most this many, or as many as one command can show.
    History(Option<Number>) {
        tells: Nobody,
        words: ["history"], elsewhere: ["log", "scroll", "last", "recap", "backlog"],
        usage: "/history [N]",
        summary: "show what was said in the room before",
        details: "The last N lines, as far as they are remembered. Times are in UTC.",
    }

    /// Make the room private: only invited users can join it.
    Private(Nothing) {
        tells: Room,
        words: ["private"], elsewhere: ["lock"],
        usage: "/private",
        summary: "let only the invited join; or anyone",
        details: "Others are not shown who is in a private room.",
    }

    /// Make the room public: anyone can join it.
    Public(Nothing) {
        tells: Room,
        words: ["public"], elsewhere: ["unlock", "open"],
        usage: "/public",
        summary: "",
        details: "What was said in private is shown only to those who heard it and have not left since.",
    }

    /// Invite someone to the room.
    Invite(Word) {
        tells: User,
        words: ["invite"], elsewhere: ["inv", "add"],
        usage: "/invite NAME",
        summary: "let NAME join the room",
        details: "For one time, even if the room is private. Those who were in it when it became private need \
                  none.",
    }

    /// Show information about a user.
    Whois(Word) {
        tells: Nobody,
        words: ["whois"], elsewhere: ["finger", "info", "whowas"],
        usage: "/whois NAME",
        summary: "show where NAME is, and since when",
        details: "The room, how long connected, how long silent, and whether away.",
    }

    /// Show when a registered user was last here.
    Seen(Word) {
        tells: Nobody,
        words: ["seen"], elsewhere: ["lastseen"],
        usage: "/seen NAME",
        summary: "show when NAME was here; hide it of you",
        details: "Of registered names only.",
    }

    /// Hide when the user was last here, or show it.
    Hide(Switch) {
        tells: Nobody,
        words: ["hide"], elsewhere: ["invisible"],
        usage: "/hide on|off",
        summary: "",
        details: "Whether /seen tells others when you were last here; if you are logged in.",
    }

    /// Set an away message.
    Away(Note) {
        tells: Nobody,
        words: ["away"], elsewhere: ["afk", "back", "brb"],
        usage: "/away [TEXT]",
        summary: "tell whoever whispers that you are away",
        details: "It ends when you say something in the room. Of someone in a private room, only those in \
                  it are told.",
    }

    /// Ignore someone, or list the ignored users.
    Ignore(Option<Word>) {
        tells: Nobody,
        words: ["ignore"], elsewhere: ["block", "squelch", "silence"],
        usage: "/ignore [NAME]",
        summary: "see nothing of NAME; show whom you ignore",
        details: "Whatever they say, do, or call themselves, and that they come and go; lists show all. The other is \
                  not told.",
    }

    /// Stop ignoring someone.
    Unignore(Word) {
        tells: Nobody,
        words: ["unignore"], elsewhere: ["unblock"],
        usage: "/unignore NAME",
        summary: "",
        details: "Ignoring also ends when you leave the chat.",
    }

    /// Turn notices of arrivals and departures on or off.
    Notices(Switch) {
        tells: Nobody,
        words: ["notices"], elsewhere: ["notify", "quiet"],
        usage: "/notices on|off",
        summary: "be told who comes and goes, or not",
        details: "They are on at first.",
    }

    /// Wrap lines at a width, or not at all.
    Wrap(Columns) {
        tells: Nobody,
        words: ["wrap"], elsewhere: ["width", "columns", "cols"],
        usage: "/wrap N|off",
        summary: "break lines at N columns; show only ASCII",
        details: "From 20 to 500. A terminal that breaks lines by itself can be led to show what others \
                  write as if it were a line of the server.",
    }

    /// Show only ASCII, or everything.
    Ascii(Switch) {
        tells: Nobody,
        words: ["ascii"], elsewhere: ["utf8", "charset"],
        usage: "/ascii on|off",
        summary: "",
        details: "For a terminal that does not show UTF-8: each other character is shown as a question mark.",
    }

    /// Register the username.
    Register(Nothing) {
        tells: Nobody,
        words: ["register"], elsewhere: ["reg", "signup", "account"],
        usage: "/register",
        summary: "keep your name for you; take it back",
        details: "You are asked for a password. From then on nobody else can take your name, and /login takes it \
                  back from anywhere.",
    }

    /// Log in to an account.
    Login(Word) {
        tells: Nobody,
        words: ["login"], elsewhere: ["identify", "auth", "signin", "ghost", "recover"],
        usage: "/login NAME",
        summary: "",
        details: "You are asked for the password, and have the name then. If an older connection of yours has \
                  it, that one is closed.",
    }

    /// Change the password of the account.
    Password(Nothing) {
        tells: Nobody,
        words: ["password"], elsewhere: ["passwd", "pass"],
        usage: "/password",
        summary: "change your password; give up your name",
        details: "You are asked for the old one, then for the new one. Nobody can tell you a lost one.",
    }

    /// Remove the account.
    Unregister(Nothing) {
        tells: Nobody,
        words: ["unregister"], elsewhere: ["drop"],
        usage: "/unregister",
        summary: "",
        details: "You are asked for the password. Your name is like any other name then.",
    }

    /// Close the connection of someone.
    Kick(Reasoned) {
        tells: Nobody,
        words: ["kick"], elsewhere: [],
        usage: "/kick NAME [REASON]",
        summary: "close the connection of NAME",
        details: "NAME is told who did it and why, and can come back at once: see /ban.",
    }

    /// Ban someone for a time, or until that is lifted.
    Ban(Sentence) {
        tells: Nobody,
        words: ["ban"], elsewhere: [],
        usage: "/ban NAME [TIME] [REASON]",
        summary: "keep NAME out",
        details: "For a TIME like 10m, 2h or 3d, or until /unban. It holds for the account, if NAME is registered, and for \
                  everyone from the same address. To ban just an address, type what /whois shows of it in place of NAME.",
    }

    /// Mute someone for a time, or until that is lifted.
    Mute(Sentence) {
        tells: Nobody,
        words: ["mute"], elsewhere: [],
        usage: "/mute NAME [TIME] [REASON]",
        summary: "let NAME only read",
        details: "Whoever is muted can read and go from room to room, but not speak, whisper or change anything that others \
                  see. It holds for whom a /ban would hold.",
    }

    /// Lift a ban.
    Unban(Word) {
        tells: Nobody,
        words: ["unban"], elsewhere: [],
        usage: "/unban NAME",
        summary: "lift that again",
        details: "As /bans shows it.",
    }

    /// Lift a mute.
    Unmute(Word) {
        tells: Nobody,
        words: ["unmute"], elsewhere: [],
        usage: "/unmute NAME",
        summary: "",
        details: "As /bans shows it.",
    }

    /// List the bans and mutes.
    Bans(Nothing) {
        tells: Nobody,
        words: ["bans"], elsewhere: [],
        usage: "/bans",
        summary: "show who is banned or muted",
        details: "By whom, until when, and why.",
    }

    /// Let each member of a room speak only so often.
    Slow(Slowing) {
        tells: Nobody,
        words: ["slow"], elsewhere: [],
        usage: "/slow ROOM SECONDS|off [guests]",
        summary: "let each speak once in SECONDS in ROOM",
        details: "From 1 to 3600. With guests, only those who are not registered. It counts from one's last line in any public \
                  room, at first from when one has connected. Operators are exempt.",
    }

    /// Say something to everybody.
    Announce(Words) {
        tells: Nobody,
        words: ["announce"], elsewhere: [],
        usage: "/announce TEXT",
        summary: "tell TEXT to all in all rooms",
        details: "Except for those who ignore you.",
    }

    /// Make someone an operator.
    Op(Word) {
        tells: Nobody,
        words: ["op"], elsewhere: [],
        usage: "/op NAME",
        summary: "make the registered NAME an operator",
        details: "NAME can do all that you can, whenever logged in.",
    }

    /// Make someone an operator no more.
    Deop(Word) {
        tells: Nobody,
        words: ["deop"], elsewhere: [],
        usage: "/deop NAME",
        summary: "",
        details: "An operator cannot be kicked, banned or muted before that.",
    }

    /// Show what operators have done.
    Audit(Option<Number>) {
        tells: Nobody,
        words: ["audit"], elsewhere: [],
        usage: "/audit [N]",
        summary: "show what operators have done",
        details: "The last N acts, of the last 200. Times are in UTC.",
    }

    /// Leave the chat, with parting words.
    Bye(Note) {
        tells: Nobody,
        words: ["bye", "quit", "exit"], elsewhere: ["q", "logout", "logoff", "disconnect", "close"],
        usage: "/bye",
        summary: "quit",
        details: "The room is told what you type after it. Your name is free at once.",
    }

    /// Show how to use the chat, or one command.
    Help(Option<Word>) {
        tells: Nobody,
        words: ["help", "?"], elsewhere: ["h", "commands", "man", "usage"],
        usage: "/help [COMMAND]",
        summary: "show all commands, or explain one",
        details: "To say something that begins with /, type // or a space before it.",
    }
}
