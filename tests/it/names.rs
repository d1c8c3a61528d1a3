//! Names: laws C1 to C4, and how permissive the rules are.
//!
//! Not here: the pool of names with their results (`chinwag_harness::name_pool`).

use std::cell::Cell;

use chinwag::chat::{Chat, ClientId, Event, Limits, Message, NameError, Text, Username};
use chinwag_harness::name_pool::{NAMES, are_alike, folded};
use chinwag_harness::{Intent, alike};

use proptest::prelude::*;

use crate::support::laws::{every, every_run, later, line, listed, messages, perform, require};

/// C1: at any time no two names are equal, equal except for case, or look alike.
#[test]
fn c1_names_are_unique() {
    every_run(|run| {
        for (before, step, _) in run.machines() {
            let mut names = Vec::new();
            let mut left = step.model.present();
            while let Some(witness) = left.pop() {
                names.extend(listed(&before, witness));
                left.retain(|other| !step.model.roommates(witness).contains(other));
            }
            let there = step.model.present();
            require(names.len() == there.len(), || format!("{names:?} are not {there:?}"))?;
            for (index, name) in names.iter().enumerate() {
                for other in &names[..index] {
                    require(!are_alike(&NAMES, name, other), || {
                        format!("{name} and {other} are both in use")
                    })?;
                }
            }
        }
        Ok(())
    });
}

/// C1: two names of the pool can be in use at once exactly if the pool says that they look different. For every pair.
#[test]
fn c1_every_pair_of_names_is_as_the_pool_says() {
    let names = || NAMES.iter().filter(|name| name.outcome.is_ok()).map(|name| name.typed);
    for (held, wanted) in names().flat_map(|held| names().map(move |other| (held, other))) {
        let (mut chat, holder, other) = (Chat::new(Limits::default()), ClientId(1), ClientId(2));
        for client in [holder, other] {
            perform(&mut chat, Event::connect(client));
        }
        line(&mut chat, holder, &format!("/username {held}"));
        let got = messages(&line(&mut chat, other, &format!("/username {wanted}")));
        let is_had = matches!(&got[..], [(_, Message::Renamed { .. })]);
        assert_ne!(is_had, are_alike(&NAMES, held, wanted), "{held} and {wanted}: {got:?}");
    }
}

/// C2: a name is free as soon as its holder has left or has taken another, unless it is registered.
#[test]
fn c2_a_name_is_free_again_at_once() {
    every_run(|run| {
        for (index, (_, step, after)) in run.machines().enumerate() {
            let Some(client) = step.client() else { continue };
            let before = step.model.present();
            if !before.contains(&client) {
                continue;
            }
            let name = &step.model.person(client).name;
            let model = run.steps.get(index + 1).map_or(&run.model, |next| &next.model);
            let is_taken = model.people.iter().any(|other| are_alike(&NAMES, &other.name, name));
            if is_taken || model.is_registered(name) || name.starts_with("anonymous") {
                continue;
            }
            let (mut chat, newcomer) = (after, ClientId(1_000_000));
            perform(&mut chat, Event::connect(newcomer));
            let got = messages(&line(&mut chat, newcomer, &format!("/username {name}")));
            let is_taken =
                matches!(&got[..], [(_, Message::Renamed { to, .. })] if to.as_str() == name);
            require(is_taken, || format!("{name} should be free: {got:?}"))?;
        }
        Ok(())
    });
}

/// C3: a rename causes one notice to everyone in the room, except users who ignore the one who asked, who is told if that
/// is a logout; or it causes one refusal and no change but the time.
#[test]
fn c3_a_rename_is_atomic() {
    every_run(|run| {
        for (before, step, after) in run.machines() {
            let Intent::Rename { .. } = step.action.intent else { continue };
            let before = later(before, step.action.at);
            let got = messages(&step.outbox);
            let holds = match &got[..] {
                [(to, Message::Renamed { who, .. }), rest @ ..] => {
                    let is_told = |rest: &[(Vec<ClientId>, Message)]| match rest {
                        [] => true,
                        [(to, Message::LoggedOut { .. })] => *to == [who.client],
                        _ => false,
                    };
                    let mut audience = step.model.roommates(who.client);
                    audience.retain(|client| !step.model.ignores(*client, who.client));
                    *to == audience && is_told(rest)
                }
                [(to, Message::Refused { .. })] => {
                    to.len() == 1 && to.first().copied() == step.client() && after == before
                }
                _ => false,
            };
            require(holds, || format!("a rename caused {got:?}"))?;
        }
        Ok(())
    });
}

/// C4: `/list` has exactly the members of the room: whisper partners first, then the others in order of their folded
/// names.
#[test]
fn c4_the_list_is_who_is_there() {
    every_run(|run| {
        for (before, step, _) in run.machines() {
            for client in step.model.present() {
                let me = step.model.person(client);
                let is = |known: &Option<(_, _)>, id| known.as_ref().is_some_and(|one| one.0 == id);
                let mut mates = step.model.roommates(client);
                mates.sort_by_key(|id| {
                    let name = step.model.person(*id).name.clone();
                    let is_partner = is(&me.partner, *id);
                    (!is_partner, !is(&me.interrupter, *id), folded(&NAMES, &name).to_owned(), name)
                });
                let names = mates.iter().map(|id| step.model.person(*id).name.clone());
                let names: Vec<String> = names.collect();
                let listed = listed(&before, client);
                require(listed == names, || format!("the list is {listed:?}, not {names:?}"))?;
            }
        }
        Ok(())
    });
}

/// Names made of difficult characters of one script, with some that belong to all scripts.
fn nasty() -> impl Strategy<Value = String> {
    const SCRIPTS: [&str; 10] = [
        "a i j m w 1 ß İ ſ Ａ ﬁ ọ . - _ \u{301} \u{307} \u{30D} \u{358}",
        "о і ј Я е \u{304} \u{308} \u{307} -",
        "Σ ς ά ᾳ ὒ Ω \u{301} \u{345}",
        "ى ع ل ا ٠ ﻻ \u{64E} \u{651} \u{653} \u{200C} \u{200C} ﷺ",
        "क ष ि ् ं ़ \u{951} \u{200D} \u{200C} ०",
        "അ ന ് ൻ ം ഠ ാ െ \u{200D} 0",
        "ท น ำ ้ ํ า ์ 7",
        "ᠨ ᠠ ᠷ \u{180E} \u{180B} \u{200D}",
        "한 ㅋ ㅏ ᄒ ᅡ ᆫ ﾡ ￂ \u{3164}",
        "カ か \u{3099} ﾞ ｶ ー 山 \u{309A}",
    ];
    const ANY: &str = "\u{AD} \u{200D} \u{FE0F} 👍 🏽 \u{E0067} \u{FFFD} \u{1B} \u{323}";
    let pieces = |script: &'static str| {
        let (script, any) = (script.split(' ').collect(), ANY.split(' ').collect());
        let (script, any): (Vec<&str>, Vec<&str>) = (script, any);
        let piece = prop_oneof![40 => prop::sample::select(script), 1 => prop::sample::select(any)];
        prop::collection::vec(piece, 1..10)
    };
    prop::sample::select(&SCRIPTS[..]).prop_flat_map(pieces).prop_map(|pieces| pieces.concat())
}

/// A valid name can be typed as shown, by its holder and by others: cleaning and parsing leave it unchanged. Its
/// folded form finds it too.
#[test]
fn a_name_spells_itself() {
    let parse = |raw: &str| Username::parse(raw, &Limits::default());
    let had = Cell::new(0);
    every(nasty(), |raw| {
        let Ok(name) = parse(raw) else { return Ok(()) };
        had.set(had.get() + 1);
        let typed = Text::clean(name.as_str());
        require(typed.as_str() == name.as_str(), || format!("cleaning changes {name:?}"))?;
        require(parse(name.as_str()) == Ok(name.clone()), || format!("parsing changes {name:?}"))?;
        let (mut chat, holder) = (Chat::new(Limits::default()), ClientId(1));
        perform(&mut chat, Event::connect(holder));
        line(&mut chat, holder, &format!("/username {name}"));
        for form in [name.as_str(), raw, name.name().folded()] {
            let got = messages(&line(&mut chat, holder, &format!("/whois {form}")));
            let is_found =
                matches!(&got[..], [(_, Message::Whois { username, .. })] if *username == name);
            require(is_found, || format!("{form:?} does not find {name:?}: {got:?}"))?;
        }
        Ok(())
    });
    assert!(had.get() > 0, "no name is valid");
}

/// Cleaning text twice is the same as cleaning it once.
#[test]
fn clean_text_stays_as_it_is() {
    every(nasty(), |raw| {
        let (once, twice) =
            (Text::clean(raw.as_str()), Text::clean(Text::clean(raw.as_str()).as_str()));
        require(once == twice, || format!("{once:?} becomes {twice:?}"))
    });
}

/// Given names from many countries are valid as people write them. In lower or upper case these few are not, because
/// case conversion gives them other marks.
#[test]
fn given_names_are_valid() {
    let why_not = |name: &str| Username::parse(name, &Limits::default()).err();
    let (mut refused, mut recased) = (vec![], vec![]);
    for name in given_names() {
        refused.extend(why_not(name).map(|error| (name, error)));
        let other_cases = [name.to_lowercase(), name.to_uppercase()];
        recased.extend(other_cases.into_iter().filter_map(|name| Some((why_not(&name)?, name))));
    }
    assert!(given_names().count() >= 1000);
    assert_eq!(refused, []);
    let expected = ["i\u{307}brahim", "i\u{307}rem", "i\u{307}smail", "ΕΥ\u{313}ΑΓΓΕΛΊΑ"];
    let expected = expected.map(|name| (NameError::Mark, name.to_owned()));
    assert_eq!(recased, expected);
}

/// The price of the look-alike rule: given names that clash with an earlier one of the list.
#[test]
fn few_given_names_clash() {
    let mut chat = Chat::new(Limits::default());
    let mut kept_out = vec![];
    for (client, name) in (0..).map(ClientId).zip(given_names()) {
        perform(&mut chat, Event::connect(client));
        line(&mut chat, client, &format!("/join room{}", client.0));
        let got = messages(&line(&mut chat, client, &format!("/username {name}")));
        if !matches!(&got[..], [(_, Message::Renamed { .. })]) {
            kept_out.push(name);
        }
    }
    assert_eq!(kept_out, ["İbrahim", "Lan", "Sawa", "İsmail", "مُحَمَّد"]);
}

/// The number of variants that pass the look-alike rule, by how they are made. Those that pass have a visible mark
/// that their script uses.
#[test]
fn look_alike_variants_do_not_pass() {
    let passed = alike::WAYS.map(|(way, make)| (way, alike::count(&alike::NAMES, make).passed()));
    let expected = [
        ("a combining mark at the end", 417),
        ("a dot, a dash or an underline", 0),
        ("a joiner", 0),
        ("an invisible character", 0),
        ("a dot on i and j", 0),
        ("a mark doubled", 0),
        ("another case", 0),
        ("wide letters", 0),
        ("two letters for one, one for two", 0),
        ("a similar letter of the same script", 0),
    ];
    assert_eq!(passed, expected);
}

fn given_names() -> impl Iterator<Item = &'static str> {
    include_str!("../names.txt").split_whitespace()
}
