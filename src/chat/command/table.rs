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
use super::orders::{Duration, Reasoned, Sentence, Slowing};
use super::row::{Group, Row, Tells, commands};

commands! {
    /// Change the username.
    Username(Word) {
        group: Basics, tells: Room, words: ["username", "nick"],
        elsewhere: ["name", "rename", "user"],
        usage: "/username NAME",
        summary: "change username to NAME",
        details: "The room is told. A name is letters, digits, _ - . and must not look like \
                  another's.",
    }

    /// Show an action of the user.
    Act(Words) {
        group: Basics, tells: Room, words: ["me"],
        elsewhere: ["action", "emote", "em"],
        usage: "/me ACTION",
        summary: "show what you do",
        details: "The room sees it after your name: /me waves.",
    }

    /// Say something to one user.
    Whisper(Addressed) {
        group: Basics, tells: User, words: ["@", "w", "msg"],
        elsewhere: ["whisper", "tell", "query", "pm", "dm", "m", "message", "private-message", "send"],
        usage: "@NAME TEXT",
        summary: "whisper TEXT to NAME",
        details: "Nobody else sees it. It is kept for a registered NAME who is not here. To say something that begins \
                  with @, type @@.",
    }

    /// Whisper to the user that one whispers with.
    Reply(Words) {
        group: Basics, tells: User, words: ["reply", "r"],
        elsewhere: ["answer", "re"],
        usage: "/reply TEXT",
        summary: "whisper to whom you whisper with",
        details: "It goes to that person, under whatever name. If another one has whispered since, type @NAME TEXT \
                  instead.",
    }

    /// List the users.
    List(Listing) {
        group: Basics, tells: Nobody, words: ["list", "who", "names"],
        elsewhere: ["users", "online", "ls", "here"],
        usage: "/list [all] [PAGE|START]",
        summary: "show the users",
        details: "Those in your room, and how many they are; or all, room by room. The first, a page by its number, or \
                  those whose names begin with START; of all, rooms by page or START.",
    }

    /// Go to a room.
    Join(Word) {
        group: Rooms, tells: Nobody, words: ["join"],
        elsewhere: ["j", "go", "goto", "enter", "channel", "room", "create"],
        usage: "/join ROOM",
        summary: "go to ROOM",
        details: "If there is none, it is created. What you say goes to the room that you are in.",
    }

    /// Go back to the lobby.
    Leave(Nothing) {
        group: Rooms, tells: Nobody, words: ["leave"],
        elsewhere: ["part", "lobby", "home"],
        usage: "/leave",
        summary: "go back to the lobby",
        details: "A room ends when the last one leaves.",
    }

    /// List the rooms.
    Rooms(Part) {
        group: Rooms, tells: Nobody, words: ["rooms"],
        elsewhere: ["channels", "chans"],
        usage: "/rooms [PAGE|START]",
        summary: "show the rooms",
        details: "How many are in each, and its topic: the first, a page by its number, or those that begin with START.",
    }

    /// Show or set the topic.
    Topic(Option<Words>) {
        group: Rooms, tells: Room, words: ["topic"],
        elsewhere: ["subject"],
        usage: "/topic [TEXT]",
        summary: "show or set the topic of the room",
        details: "Anyone in a room may set it; the lobby has none.",
    }

    /// Show the last lines of the room: at most this many, or as many as one command can show.
    History(Option<Number>) {
        group: Rooms, tells: Nobody, words: ["history"],
        elsewhere: ["log", "scroll", "last", "recap", "backlog"],
        usage: "/history [N]",
        summary: "show what was said in the room before",
        details: "The last N lines, as far as they are remembered. Times are in UTC.",
    }

    /// Make the room private: only invited users can join it.
    Private(Nothing) {
        group: Rooms, tells: Room, words: ["private"],
        usage: "/private",
        summary: "let only the invited join; or anyone",
        details: "Others are not shown who is in a private room.",
    }

    /// Make the room public: anyone can join it.
    Public(Nothing) {
        group: Rooms, tells: Room, words: ["public"],
        elsewhere: ["open"],
        usage: "/public",
        details: "What was said in private is shown only to those who heard it and have not left since.",
    }

    /// Invite someone to the room.
    Invite(Word) {
        group: Rooms, tells: User, words: ["invite"],
        elsewhere: ["inv", "add"],
        usage: "/invite NAME",
        summary: "let NAME join the room",
        details: "Even if the room is private. Who has been in it needs no other invitation.",
    }

    /// Let someone decide about the room.
    Trust(Word) {
        group: Rooms, tells: Nobody, words: ["trust"],
        usage: "/trust NAME",
        summary: "let NAME decide about your room, or not",
        details: "A room belongs to the registered user who creates it. In it, only the owner and those whom the owner trusts \
                  can set the topic and the privacy, invite, put out and lock.",
    }

    /// Let someone decide about the room no more.
    Distrust(Word) {
        group: Rooms, tells: Nobody, words: ["distrust"],
        elsewhere: ["untrust"],
        usage: "/distrust NAME",
        details: "Only the owner of the room can do that.",
    }

    /// Put someone out of the room.
    Remove(Word) {
        group: Rooms, tells: Room, words: ["remove"],
        elsewhere: ["putout", "expel"],
        usage: "/remove NAME",
        summary: "put NAME out of your room",
        details: "NAME goes to the lobby, and can come back unless the room is private or locked.",
    }

    /// Lock the room for a while.
    Lock(Duration) {
        group: Rooms, tells: Room, words: ["lock"],
        elsewhere: ["unlock"],
        usage: "/lock TIME|off",
        summary: "let nobody new come in for a while",
        details: "For a TIME like 10m or 2h. Those whom the owner trusts can come in all the same.",
    }

    /// Show information about a user.
    Whois(Word) {
        group: People, tells: Nobody, words: ["whois"],
        elsewhere: ["finger", "info", "whowas"],
        usage: "/whois NAME",
        summary: "show where NAME is, and since when",
        details: "The room, how long connected, how long silent, and whether away.",
    }

    /// Show when a registered user was last here.
    Seen(Word) {
        group: People, tells: Nobody, words: ["seen"],
        elsewhere: ["lastseen"],
        usage: "/seen NAME",
        summary: "show when NAME was here; hide it of you",
        details: "Of registered names only.",
    }

    /// Hide when the user was last here, or show it.
    Hide(Switch) {
        group: People, tells: Nobody, words: ["hide"],
        elsewhere: ["invisible"],
        usage: "/hide on|off",
        details: "Whether /seen tells others when you were last here; if you are logged in.",
    }

    /// Set an away message.
    Away(Note) {
        group: People, tells: Nobody, words: ["away"],
        elsewhere: ["afk", "back", "brb"],
        usage: "/away [TEXT]",
        summary: "tell whoever whispers that you are away",
        details: "It ends when you say something in the room. Of someone in a private room, only those in \
                  it are told.",
    }

    /// Ignore someone, or list the ignored users.
    Ignore(Option<Word>) {
        group: People, tells: Nobody, words: ["ignore"],
        elsewhere: ["block", "squelch", "silence"],
        usage: "/ignore [NAME]",
        summary: "see nothing of NAME; show whom you ignore",
        details: "Whatever they say, do, or call themselves, and that they come and go; lists show all. The other is \
                  not told.",
    }

    /// Stop ignoring someone.
    Unignore(Word) {
        group: People, tells: Nobody, words: ["unignore"],
        elsewhere: ["unblock"],
        usage: "/unignore NAME",
        details: "Ignoring also ends when you leave the chat, unless both of you are registered.",
    }

    /// Turn notices of arrivals and departures on or off.
    Notices(Switch) {
        group: People, tells: Nobody, words: ["notices"],
        elsewhere: ["notify", "quiet"],
        usage: "/notices on|off",
        summary: "be told who comes and goes, or not",
        details: "They are on at first.",
    }

    /// Wrap lines at a width, or not at all.
    Wrap(Columns) {
        group: Basics, tells: Nobody, words: ["wrap"],
        elsewhere: ["width", "columns", "cols"],
        usage: "/wrap N|off",
        summary: "break lines at N columns; show only ASCII",
        details: "From 20 to 500. A terminal that breaks lines by itself can be led to show what others \
                  write as if it were a line of the server.",
    }

    /// Show only ASCII, or everything.
    Ascii(Switch) {
        group: Basics, tells: Nobody, words: ["ascii"],
        elsewhere: ["utf8", "charset"],
        usage: "/ascii on|off",
        details: "For a terminal that does not show UTF-8: each other character is shown as a question mark.",
    }

    /// Register the username.
    Register(Nothing) {
        group: People, tells: Nobody, words: ["register"],
        elsewhere: ["reg", "signup", "account"],
        usage: "/register",
        summary: "keep your name for you; take it back",
        details: "You are asked for a password. From then on nobody else can take your name, and /login takes it \
                  back from anywhere.",
    }

    /// Log in to an account.
    Login(Word) {
        group: People, tells: Nobody, words: ["login"],
        elsewhere: ["identify", "auth", "signin", "ghost", "recover"],
        usage: "/login NAME",
        details: "You are asked for the password, and have the name then. If an older connection of yours has \
                  it, that one is closed.",
    }

    /// Change the password of the account.
    Password(Nothing) {
        group: People, tells: Nobody, words: ["password"],
        elsewhere: ["passwd", "pass"],
        usage: "/password",
        summary: "change your password; give up your name",
        details: "You are asked for the old one, then for the new one. Nobody can tell you a lost one.",
    }

    /// Remove the account.
    Unregister(Nothing) {
        group: People, tells: Nobody, words: ["unregister"],
        elsewhere: ["drop"],
        usage: "/unregister",
        details: "You are asked for the password. Your name is like any other name then.",
    }

    /// Close the connection of someone.
    Kick(Reasoned) {
        group: Order, tells: Nobody, words: ["kick"],
        usage: "/kick NAME [REASON]",
        summary: "close the connection of NAME",
        details: "NAME is told who did it and why, and can come back at once: see /ban.",
    }

    /// Ban someone for a time, or until that is lifted.
    Ban(Sentence) {
        group: Order, tells: Nobody, words: ["ban"],
        usage: "/ban NAME [TIME] [REASON]",
        summary: "keep NAME out",
        details: "For a TIME like 10m, 2h or 3d, or until /unban. It holds for the account, if NAME is registered, and for \
                  everyone from the same address. To ban just an address, type what /whois shows of it in place of NAME.",
    }

    /// Mute someone for a time, or until that is lifted.
    Mute(Sentence) {
        group: Order, tells: Nobody, words: ["mute"],
        usage: "/mute NAME [TIME] [REASON]",
        summary: "let NAME only read",
        details: "Whoever is muted can read and go from room to room, but not speak, whisper or change anything that others \
                  see. It holds for whom a /ban would hold.",
    }

    /// Lift a ban.
    Unban(Word) {
        group: Order, tells: Nobody, words: ["unban"],
        usage: "/unban NAME",
        summary: "lift that again",
        details: "As /bans shows it.",
    }

    /// Lift a mute.
    Unmute(Word) {
        group: Order, tells: Nobody, words: ["unmute"],
        usage: "/unmute NAME",
        details: "As /bans shows it.",
    }

    /// List the bans and mutes.
    Bans(Nothing) {
        group: Order, tells: Nobody, words: ["bans"],
        usage: "/bans",
        summary: "show who is banned or muted",
        details: "By whom, until when, and why.",
    }

    /// Let each member of a room speak only so often.
    Slow(Slowing) {
        group: Order, tells: Nobody, words: ["slow"],
        usage: "/slow ROOM SECONDS|off [guests]",
        summary: "let each speak once in SECONDS in ROOM",
        details: "From 1 to 3600. With guests, only those who are not registered. It counts from one's last line in any public \
                  room, at first from when one has connected. Operators are exempt.",
    }

    /// Say something to everybody.
    Announce(Words) {
        group: Order, tells: Nobody, words: ["announce"],
        usage: "/announce TEXT",
        summary: "tell TEXT to all in all rooms",
        details: "Except for those who ignore you.",
    }

    /// Make someone an operator.
    Op(Word) {
        group: Order, tells: Nobody, words: ["op"],
        usage: "/op NAME",
        summary: "make the registered NAME an operator",
        details: "NAME can do all that you can, whenever logged in.",
    }

    /// Make someone an operator no more.
    Deop(Word) {
        group: Order, tells: Nobody, words: ["deop"],
        usage: "/deop NAME",
        details: "An operator cannot be kicked, banned or muted before that.",
    }

    /// Show what operators have done.
    Audit(Option<Number>) {
        group: Order, tells: Nobody, words: ["audit"],
        usage: "/audit [N]",
        summary: "show what operators have done",
        details: "The last N acts, of the last 200. Times are in UTC.",
    }

    /// Leave the chat, with parting words.
    Bye(Note) {
        group: Basics, tells: Nobody, words: ["bye", "quit", "exit"],
        elsewhere: ["q", "logout", "logoff", "disconnect", "close"],
        usage: "/bye",
        summary: "quit",
        details: "The room is told what you type after it. Your name is free at once.",
    }

    /// Show how to use the chat, or one command.
    Help(Option<Word>) {
        group: Basics, tells: Nobody, words: ["help", "?"],
        elsewhere: ["h", "commands", "man", "usage"],
        usage: "/help [COMMAND]",
        summary: "show all commands, or explain one",
        details: "To say something that begins with /, type // or a space before it.",
    }
}
