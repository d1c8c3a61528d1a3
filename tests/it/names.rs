//! Names: invariants C1 to C4.

use chinwag::chat::{Chat, ClientId, Event, Limits, Message};
use chinwag_harness::Meaning;
use chinwag_harness::pools::{NAMES, are_alike, folded};

use crate::laws::{every_run, line, listed, listed_in_all_rooms, messages, perform, require};

/// C1: at every moment no two names are equal, nor differ only in case, nor look alike.
#[test]
fn c1_names_are_unique() {
    every_run(|run| {
        for (before, step, _) in run.machines() {
            let Some(&witness) = step.model.present().first() else { continue };
            let names = listed_in_all_rooms(&before, witness);
            for (index, name) in names.iter().enumerate() {
                for other in &names[..index] {
                    require(!are_alike(&NAMES, name, other), || {
                        format!("{name} and {other} are both there")
                    })?;
                }
            }
        }
        Ok(())
    });
}

/// C1: of two names, both can be there if they look different, by the pool's own account, and only
/// then: every pair of the pool.
#[test]
fn c1_every_pair_of_names_is_as_the_pool_says() {
    let names = || NAMES.iter().filter(|name| name.outcome.is_ok()).map(|name| name.typed);
    for (held, wanted) in names().flat_map(|held| names().map(move |other| (held, other))) {
        let (mut chat, holder, other) = (Chat::new(Limits::default()), ClientId(1), ClientId(2));
        for client in [holder, other] {
            perform(&mut chat, Event::Connect { client });
        }
        line(&mut chat, holder, &format!("/username {held}"));
        let got = messages(&line(&mut chat, other, &format!("/username {wanted}")));
        let is_had = matches!(&got[..], [(_, Message::Renamed { .. })]);
        assert_ne!(is_had, are_alike(&NAMES, held, wanted), "{held} and {wanted}: {got:?}");
    }
}

/// C2: a name is free again at once after its holder has gone, or has taken another.
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
            if is_taken || name.starts_with("anonymous") {
                continue;
            }
            let (mut chat, newcomer) = (after, ClientId(1_000_000));
            perform(&mut chat, Event::Connect { client: newcomer });
            let got = messages(&line(&mut chat, newcomer, &format!("/username {name}")));
            let is_taken =
                matches!(&got[..], [(_, Message::Renamed { to, .. })] if to.as_str() == name);
            require(is_taken, || format!("{name} is free, and yet: {got:?}"))?;
        }
        Ok(())
    });
}

/// C3: a rename is one notice to everyone in the room who does not ignore the one who asked, that one
/// included; or one refusal to that one, and nothing has changed.
#[test]
fn c3_a_rename_is_atomic() {
    every_run(|run| {
        for (before, step, after) in run.machines() {
            let Meaning::Rename { .. } = step.action.meaning else { continue };
            let got = messages(&step.outbox);
            let holds = match &got[..] {
                [(to, Message::Renamed { who, .. })] => {
                    let mut audience = step.model.roommates(who.client);
                    audience.retain(|client| !step.model.ignores(*client, who.client));
                    *to == audience
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

/// C4: `/list` is exactly who is in the room, in the order of their folded names.
#[test]
fn c4_the_list_is_who_is_there() {
    every_run(|run| {
        for (before, step, _) in run.machines() {
            for client in step.model.present() {
                let roommates = step.model.roommates(client).into_iter();
                let mut names: Vec<_> =
                    roommates.map(|mate| step.model.person(mate).name.clone()).collect();
                names.sort_by_key(|name| (folded(&NAMES, name).to_owned(), name.clone()));
                let listed = listed(&before, client);
                require(listed == names, || format!("{names:?} are there, and listed {listed:?}"))?;
            }
        }
        Ok(())
    });
}
