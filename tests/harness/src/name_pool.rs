//! Fixed pools of names and texts for operations, including the hard cases, each with its literal result. Nothing
//! here is computed by the code under test.
//!
//! Not here: which of them an operation uses (`operation`).

/// A name that a user may request.
#[derive(Debug)]
pub struct PoolName {
    /// The name as typed.
    pub typed: &'static str,
    /// What it becomes, or why it is refused.
    pub outcome: Result<Shown, &'static str>,
}

/// A valid name.
#[derive(Debug)]
pub struct Shown {
    /// The name as shown, after normalisation.
    pub name: &'static str,
    /// The key for looking up names. Names with the same key denote the same user.
    pub folded: &'static str,
    /// The name and what it looks like. Two names that share an entry clash.
    pub looks: &'static [&'static str],
}

const fn good(
    typed: &'static str,
    name: &'static str,
    folded: &'static str,
    looks: &'static [&'static str],
) -> PoolName {
    PoolName { typed, outcome: Ok(Shown { name, folded, looks }) }
}

const fn bad(typed: &'static str, why: &'static str) -> PoolName {
    PoolName { typed, outcome: Err(why) }
}

const TOO_LONG: &str = "too long: at most 24 columns and 96 bytes";
const CHARACTERS: &str = "not allowed here: use letters, digits, _ - .";
const SCRIPTS: &str = "not allowed here: use letters of one script";
const MARK: &str = "not allowed here: a mark that does not belong on its letter";
const RESERVED: &str = "not allowed here: reserved";

/// Names to request.
pub const NAMES: [PoolName; 69] = [
    good("ann", "ann", "ann", &["ann"]),
    good("bob", "bob", "bob", &["bob", "BOB"]),
    good("Ann", "Ann", "ann", &["ann", "Ann"]),
    good("ANN", "ANN", "ann", &["ann", "ANN"]),
    good("Ian", "Ian", "ian", &["ian", "lan", "IAN"]),
    good("lan", "lan", "lan", &["lan"]),
    good("ian", "ian", "ian", &["ian", "IAN"]),
    good("bob0", "bob0", "bob0", &["bob0", "bobO"]),
    good("bobO", "bobO", "bobo", &["bobo", "bobO"]),
    good("bobo", "bobo", "bobo", &["bobo", "bobO", "bob0"]),
    good("bernie", "bernie", "bernie", &["bernie"]),
    good("bemie", "bemie", "bemie", &["bemie", "bernie"]),
    good("сор", "сор", "сор", &["сор", "cop"]),
    good("cop", "cop", "cop", &["cop"]),
    good("Ｚｏｅ", "Ｚｏｅ", "zoe", &["zoe", "Zoe"]),
    good("zoe", "zoe", "zoe", &["zoe"]),
    good("Straße", "Straße", "strasse", &["strasse"]),
    good("STRASSE", "STRASSE", "strasse", &["strasse", "STRASSE"]),
    good("山田.太郎", "山田.太郎", "山田.太郎", &["山田"]),
    good("नमिता", "नमिता", "नमिता", &["नमिता"]),
    good("x_1-2.3", "x_1-2.3", "x_1-2.3", &["x123"]),
    good(
        "abcdefghijklmnopqrstuvwx",
        "abcdefghijklmnopqrstuvwx",
        "abcdefghijklmnopqrstuvwx",
        &["a..x"],
    ),
    bad("abcdefghijklmnopqrstuvwxy", TOO_LONG),
    bad("ann]>", CHARACTERS),
    bad("a\u{200D}x", CHARACTERS),
    bad("...", CHARACTERS),
    bad("раypal", SCRIPTS),
    bad("server", RESERVED),
    bad("Adrnin", RESERVED),
    bad("whо", SCRIPTS),
    bad("anonymous0", RESERVED),
    bad("ANONYM0US7", RESERVED),
    good("ΑΝΝ", "ΑΝΝ", "ανν", &["ann"]),
    good("ΙΑΝ", "ΙΑΝ", "ιαν", &["IAN", "lan"]),
    good("B0B", "B0B", "b0b", &["BOB"]),
    good("СОР", "СОР", "сор", &["cop"]),
    good("ᴢᴏᴇ", "ᴢᴏᴇ", "ᴢᴏᴇ", &["zoe"]),
    good("dan1", "dan1", "dan1", &["dan1"]),
    good("dani", "dani", "dani", &["dani"]),
    bad("ѕуѕтем", RESERVED),
    bad("ᴀᴅᴍɪɴ", RESERVED),
    bad("مح\u{640}مد", CHARACTERS),
    // Dots, dashes and underlines; two letters that look like one; a second dot on a letter.
    good("ann.", "ann.", "ann.", &["ann"]),
    good("ann_", "ann_", "ann_", &["ann"]),
    good("a.n-n", "a.n-n", "a.n-n", &["ann"]),
    good("wendy", "wendy", "wendy", &["wendy"]),
    good("vvendy", "vvendy", "vvendy", &["vvendy", "wendy"]),
    good("\u{130}an", "\u{130}an", "i\u{307}an", &["ian"]),
    bad("mi\u{307}ke", MARK),
    bad("annj\u{307}", MARK),
    bad("ann\u{332}", MARK),
    good("ẹ\u{301}bun", "ẹ\u{301}bun", "ẹ\u{301}bun", &["ẹ\u{301}bun"]),
    // A long s is an s, and looks like an f.
    good("\u{17F}am", "\u{17F}am", "sam", &["sam", "fam"]),
    good("fam", "fam", "fam", &["fam"]),
    // Two encodings of a Thai syllable that look the same; Korean compatibility letters.
    good(
        "\u{E19}\u{E49}\u{E33}",
        "\u{E19}\u{E49}\u{E33}",
        "\u{E19}\u{E49}\u{E4D}\u{E32}",
        &["nam"],
    ),
    good(
        "\u{E19}\u{E4D}\u{E49}\u{E32}",
        "\u{E19}\u{E4D}\u{E49}\u{E32}",
        "\u{E19}\u{E4D}\u{E49}\u{E32}",
        &["nam"],
    ),
    good("\u{314B}\u{314B}", "\u{314B}\u{314B}", "\u{110F}\u{110F}", &["kk"]),
    // Names that need joiners, and the same names without them.
    good("علی\u{200C}رضا", "علی\u{200C}رضا", "علیرضا", &["alireza"]),
    good("علیرضا", "علیرضا", "علیرضا", &["alireza"]),
    good("അവന്\u{200D}", "അവന്\u{200D}", "അവന്", &["avan"]),
    good("അവൻ", "അവൻ", "അവൻ", &["avan"]),
    good("عَلیرضا", "عَلیرضا", "عَلیرضا", &["alireza"]),
    // A circle above a letter, and a digit beside it, which look the same.
    good("త\u{C02}", "త\u{C02}", "త\u{C02}", &["to"]),
    good("త0", "త0", "త0", &["to"]),
    // As many marks as its script needs.
    good(
        "\u{1000}\u{103B}\u{103C}\u{103D}\u{103E}\u{102D}\u{102F}",
        "\u{1000}\u{103B}\u{103C}\u{103D}\u{103E}\u{102D}\u{102F}",
        "\u{1000}\u{103B}\u{103C}\u{103D}\u{103E}\u{102D}\u{102F}",
        &["six marks"],
    ),
    // Words of commands; reserved words that only a look-alike check finds.
    good("Nick", "Nick", "nick", &["nick"]),
    good("ALI", "ALI", "ali", &["ali"]),
    bad("Adm1n", RESERVED),
    bad("y.o.u", RESERVED),
];

/// The key of a name, given as typed or as shown; the name itself if it is not in the pool.
#[must_use]
pub fn folded<'a>(pool: &'a [PoolName], written: &'a str) -> &'a str {
    find(pool, written).map_or(written, |shown| shown.folded)
}

/// Whether two names clash, given as typed or as shown.
#[must_use]
pub fn are_alike(pool: &[PoolName], one: &str, other: &str) -> bool {
    let (looks, others) = (find(pool, one).map(|one| one.looks), find(pool, other));
    let is_shared = |look| others.is_some_and(|other| other.looks.contains(look));
    one == other || looks.is_some_and(|looks| looks.iter().any(is_shared))
}

fn find<'a>(pool: &'a [PoolName], written: &str) -> Option<&'a Shown> {
    let is_it = |name: &&PoolName| match &name.outcome {
        Ok(shown) => written == name.typed || written == shown.name,
        Err(_) => false,
    };
    pool.iter().find(is_it)?.outcome.as_ref().ok()
}

/// The index of `bob`.
pub const BOB: u8 = 1;
/// The index of `Ian`, which looks like `lan`.
pub const IAN: u8 = 4;
/// The index of `lan`.
pub const LAN: u8 = 5;

/// Room names to request. The first is the lobby's.
pub const ROOMS: [PoolName; 12] = [
    good("lobby", "lobby", "lobby", &["lobby"]),
    good("cafe", "cafe", "cafe", &["cafe"]),
    good("Cafe", "Cafe", "cafe", &["cafe", "Cafe"]),
    good("Ian", "Ian", "ian", &["ian", "lan"]),
    good("lan", "lan", "lan", &["lan"]),
    good("茶室", "茶室", "茶室", &["茶室"]),
    good("LOBBY", "LOBBY", "lobby", &["lobby", "LOBBY"]),
    bad("l0bby", RESERVED),
    good(
        "abcdefghijklmnopqrstuvwxyz-12345",
        "abcdefghijklmnopqrstuvwxyz-12345",
        "abcdefghijklmnopqrstuvwxyz-12345",
        &["a..z"],
    ),
    bad("abcdefghijklmnopqrstuvwxyz-123456", "too long: at most 32 columns and 128 bytes"),
    bad("#cafe", CHARACTERS),
    bad("сafe", SCRIPTS),
];

/// The index of `cafe`.
pub const CAFE: u8 = 1;
/// The index of `茶室`.
pub const TEA: u8 = 5;

/// Texts to say: as typed and as shown.
pub const BODIES: [(&str, &str); 17] = [
    ("hello", "hello"),
    ("", ""),
    ("two  spaces ", "two  spaces "),
    ("\u{1B}[31mred\u{1B}[0m", "red"),
    ("tab\there", "tab here"),
    ("bell\u{7}, bare\rreturn", "bell, barereturn"),
    ("[ann]> forged", "[ann]> forged"),
    (" * [ann] has disconnected", " * [ann] has disconnected"),
    ("right\u{202E}left", "rightleft"),
    ("👨\u{200D}👩\u{200D}👧 नमस्ते", "👨\u{200D}👩\u{200D}👧 नमस्ते"),
    (
        "z\u{301}\u{302}\u{301}\u{302}\u{301}\u{302}\u{301}algo",
        "z\u{301}\u{302}\u{301}\u{302}\u{301}\u{302}\u{FFFD}algo",
    ),
    ("👨🏽\u{200D}❤\u{FE0F}\u{200D}💋\u{200D}👨🏽", "👨🏽\u{200D}❤\u{FE0F}\u{200D}💋\u{200D}👨🏽"),
    (
        "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} 🏴\u{E0061}\u{E007F}",
        "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} 🏴",
    ),
    ("അവന്\u{200D} ok", "അവന്\u{200D} ok"),
    ("\u{FFFD} \\ \"quoted\" {braces}", "\u{FFFD} \\ \"quoted\" {braces}"),
    ("\u{9B}2Jcleared", "cleared"),
    ("next\u{85}line", "nextline"),
];

/// Beginnings of a spoken line: as typed and as shown.
pub const OPENINGS: [(&str, &str); 5] =
    [("", ""), ("//", "/"), ("@@", "@"), (" /", " /"), (" @", " @")];

/// Lines without content.
pub const BLANKS: [&str; 5] = ["", " ", "\t ", "\u{200B}", "\u{1B}[2J"];

/// The words for `/username`, as typed.
pub const RENAME_WORDS: [&str; 3] = ["/username", "/nick", "/USERNAME"];
/// What is typed before and after the addressee of a whisper.
pub const WHISPER_WORDS: [(&str, &str); 6] =
    [("@", ""), ("/w ", ""), ("/msg ", ""), ("/MSG  ", ""), ("@", ":"), ("@", "，,")];
/// The words for `/list`.
pub const LIST_WORDS: [&str; 4] = ["/list", "/who", "/names", "/LIST "];
/// The words for `/list all`.
pub const LIST_ALL_WORDS: [&str; 2] = ["/list all", "/who  All"];
/// Arguments of `/list`, `/list all` and `/rooms`: as typed, and their meaning.
pub const PARTS: [(&str, Part); 8] = [
    ("", Part::Page(1)),
    (" 2", Part::Page(2)),
    (" A", Part::Start("a")),
    (" 1 ", Part::Page(1)),
    ("  99999999", Part::Page(65_535)),
    (" ca", Part::Start("ca")),
    (" 茶", Part::Start("茶")),
    (" lobby", Part::Start("lobby")),
];

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A page, counted from 1.
    Page(usize),
    /// The entries whose folded names start with this.
    Start(&'static str),
}
/// Lines that leave the chat, and what the notice shows of their words. `TOKEN` stands for a token.
pub const BYE_WORDS: [(&str, &str); 5] = [
    ("/bye", ""),
    ("/quit", ""),
    ("/Exit", ""),
    ("/quit TOKEN good  night ", " (TOKEN good  night )"),
    ("/bye TOKEN\u{1B}[31mred\u{7}", " (TOKENred)"),
];
/// Lines that request help, and the usual word of the command they ask about.
pub const HELP_LINES: [(&str, Option<&str>); 9] = [
    ("/help", None),
    ("/?", None),
    ("/help list", Some("list")),
    ("/help /NICK", Some("username")),
    ("/HELP @", Some("@")),
    ("/help order", Some("order")),
    ("/help kick", Some("kick")),
    ("/help people", Some("people")),
    ("/help ROOMS", Some("rooms")),
];

/// Commands with wrong arguments, and the usage that the reply shows.
pub const MISUSES: [(&str, &str); 22] = [
    ("/username", "/username NAME"),
    ("/nick  ", "/username NAME"),
    ("/username a b", "/username NAME"),
    ("@", "@NAME TEXT"),
    ("@ann", "@NAME TEXT"),
    ("/w ann ", "@NAME TEXT"),
    ("/list all the users", "/list [all] [PAGE|START]"),
    ("/me", "/me ACTION"),
    ("/reply ", "/reply TEXT"),
    ("/whois", "/whois NAME"),
    ("/ignore a b", "/ignore [NAME]"),
    ("/unignore", "/unignore NAME"),
    ("/notices of", "/notices on|off"),
    ("/wrap 19", "/wrap N|off"),
    ("/ascii", "/ascii on|off"),
    ("/join", "/join ROOM"),
    ("/join a b", "/join ROOM"),
    ("/leave it", "/leave"),
    ("/rooms all 0", "/rooms [PAGE|START]"),
    ("@: hello", "@NAME TEXT"),
    ("@ann,", "@NAME TEXT"),
    ("/help me please", "/help [COMMAND]"),
];

/// Arguments of `/notices`.
pub const NOTICES: [(&str, bool); 3] = [("on", true), ("off", false), ("OFF", false)];

const HIDDEN: &str = " * not sent, as it begins with a key that shows nothing: type it again";

/// Lines that have no effect but this reply: those that change the layout, and those that start with an invisible key
/// press, which may hide a command.
pub const ANSWERED: [(&str, &str); 10] = [
    ("/wrap off", " * your lines are not broken: a terminal that does it can be misled"),
    ("/wrap 20", " * your lines are broken at 20 columns"),
    ("/wrap 0500", " * your lines are broken at 500 columns"),
    ("/ascii on", " * you are shown ? for each character that is not ASCII"),
    ("/ASCII Off", " * you are shown all characters"),
    ("\u{1B}O@bob hidden", HIDDEN),
    ("\u{1B}[/w bob hidden", HIDDEN),
    ("\u{200B}\u{1B}]@bob hidden", HIDDEN),
    ("\u{1B}[A\u{9B}/w bob hidden", HIDDEN),
    ("\u{1B}/bye", HIDDEN),
];

/// Lines with an unknown command, the word that the reply names, and its advice.
pub const UNKNOWNS: [(&str, &str, &str); 7] = [
    ("/foo", "/foo", "type /help to see them all"),
    ("/foo bar", "/foo", "type /help to see them all"),
    ("/", "/", "type /help to see them all"),
    ("/ list", "/", "type /help to see them all"),
    ("/help foo", "foo", "type /help to see them all"),
    ("/tell bob hi", "/tell", "did you mean @NAME TEXT?"),
    ("/USERNME bob", "/USERNME", "did you mean /username NAME?"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_right() {
        let typed = |pool: &[PoolName], place: u8| pool[usize::from(place)].typed;
        assert_eq!([BOB, IAN, LAN].map(|name| typed(&NAMES, name)), ["bob", "Ian", "lan"]);
        assert_eq!([CAFE, TEA].map(|room| typed(&ROOMS, room)), ["cafe", "茶室"]);
    }
}
