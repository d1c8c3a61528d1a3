//! Scripted sessions (`tests/transcripts/*.chat`): each must be what the machine makes of it.

use std::path::{Path, PathBuf};
use std::{env, fs};

use chinwag::chat::{Message, Verb};
use chinwag::wire::render;
use chinwag::wire::transcript::Transcript;
use expect_test::expect;

#[test]
fn every_transcript_is_what_happens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "chat"));
    paths.sort();
    assert!(paths.len() >= 8, "{} transcripts", paths.len());
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let transcript = Transcript::parse(&text).unwrap_or_else(|error| {
            panic!("{}: {error}", path.display());
        });
        let happens = transcript.replay().to_string();
        if env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&path, happens).unwrap();
        } else {
            let differ = text.lines().zip(happens.lines()).position(|(one, other)| one != other);
            let line = differ.map_or(0, |index| index + 1);
            assert!(
                text == happens,
                "{}:{line}: this is what happens (UPDATE_EXPECT=1 rewrites the file):\n{happens}",
                path.display(),
            );
        }
    }
}

/// The banner and the help, as they are shown.
#[test]
fn the_help_reads_like_this() {
    let mut text = String::new();
    render(&Message::Welcome, &mut text);
    render(&Message::Help(None), &mut text);
    for verb in Verb::all() {
        render(&Message::Help(Some(verb)), &mut text);
    }
    expect![[r#"

        just type stuff and press enter      goes to everyone else in the room
        /username NAME                       change username to NAME
        @NAME TEXT                           whisper TEXT to NAME
        /list [all]                          show the users
        /join ROOM                           go to ROOM
        /bye                                 quit
        /help [COMMAND]                      show all commands, or explain one


        just type stuff and press enter      goes to everyone else in the room
        /username NAME                       change username to NAME
        /me ACTION                           show what you do
        @NAME TEXT                           whisper TEXT to NAME
        /reply TEXT                          whisper to the last one who whispered to you
        /list [all]                          show the users
        /join ROOM                           go to ROOM
        /leave                               go back to the lobby
        /rooms                               show the rooms
        /topic [TEXT]                        show or set the topic of the room
        /whois NAME                          show where NAME is, and since when
        /away [TEXT]                         tell those who whisper to you that you are away
        /ignore [NAME]                       see no more of what NAME says; or show whom you ignore
        /unignore NAME                       see again what NAME says
        /notices on|off                      be told who comes and goes, or not
        /bye                                 quit
        /help [COMMAND]                      show all commands, or explain one

        /username NAME                       change username to NAME
            Everyone is told. A name is letters, digits, _ - . and must not look like another's. Also: /nick
        /me ACTION                           show what you do
            The room sees it after your name: /me waves.
        @NAME TEXT                           whisper TEXT to NAME
            Nobody else sees it. To say something that begins with @, type @@. Also: /w, /msg
        /reply TEXT                          whisper to the last one who whispered to you
            It goes to that person, under whatever name. Also: /r
        /list [all]                          show the users
            Those in your room, and how many they are; or all, room by room. Also: /who, /names
        /join ROOM                           go to ROOM
            If there is none, it is created. What you say goes to the room that you are in.
        /leave                               go back to the lobby
            A room ends when the last one leaves.
        /rooms                               show the rooms
            How many are in each, and its topic.
        /topic [TEXT]                        show or set the topic of the room
            Anyone in a room may set it; the lobby has none.
        /whois NAME                          show where NAME is, and since when
            The room, how long connected, how long silent, and whether away.
        /away [TEXT]                         tell those who whisper to you that you are away
            It ends when you say something in the room, or go to another one.
        /ignore [NAME]                       see no more of what NAME says; or show whom you ignore
            Lines, actions, whispers and renames, under whatever name. The other is not told.
        /unignore NAME                       see again what NAME says
            Ignoring also ends when one of you leaves the chat.
        /notices on|off                      be told who comes and goes, or not
            They are on at first.
        /bye                                 quit
            Your name is free at once. Also: /quit, /exit
        /help [COMMAND]                      show all commands, or explain one
            To say something that begins with /, type // or a space before it. Also: /?
    "#]].assert_eq(&text.replace("\r\n", "\n"));
}
