//! The loop of the soak: it passes a correct machine, and finds a fault.
//!
//! Not here: the checks of a session (`chinwag_harness::laws::judge`), and running a soak: `cargo run --release -p
//! chinwag-harness -- soak`.

use chinwag_harness::Run;
use chinwag_harness::faulty::FAULTS;
use chinwag_harness::soak::Soak;
use expect_test::expect;

#[test]
fn a_soak_of_a_correct_machine_counts_its_checks() {
    let mut soak = Soak::new(0, Run::within);
    for _ in 0..10 {
        assert_eq!(soak.check(), Ok(()));
    }
    expect![
        "2 s: 10 sequences, 4479 events checked, 2240 a second; 1094 states, 143 of 153 situations"
    ]
    .assert_eq(&soak.progress(2.0));
}

/// For a faulty machine it reports the shortest session that exposes the fault, and the command that repeats it.
#[test]
fn a_soak_finds_a_fault() {
    let fault = FAULTS.iter().find(|fault| fault.name.starts_with("an action is also")).unwrap();
    let mut soak = Soak::new(0, |_, operations| fault.run(operations));
    let found = (0..100).find_map(|_| soak.check().err()).expect("the fault is found");
    expect![[r#"
        after `0 > /me hello#2` (- expected, + got)
        client 0:
        +  ~ anonymous0 hello#2

        the session as the model expects it
        (saved as tests/transcripts/NAME.chat, it is replayed in every test run):

        chinwag transcript 1
        0 connects
          0 is welcomed
          0 <  * you are [anonymous0]; to change that, type /username NAME
          0 <  * nobody else is in [lobby]
          0 <  * [anonymous0] has connected
        at 60000
        1 connects from 1
          1 is welcomed
          1 <  * you are [anonymous1]; to change that, type /username NAME
          1 <  * in [lobby] with you: anonymous0
          0 1 <  * [anonymous1] has connected
        at 120000
        0 > /me hello#2
          1 <  ~ anonymous0 hello#2

        from [Connect, Connect, Act { slot: 0, body: 0 }]

        to see it again:
        cargo run --release -p chinwag-harness -- soak --seed 0"#]]
    .assert_eq(&found);
    let mut again = Soak::new(soak.seed, |_, operations| fault.run(operations));
    assert_eq!(again.check(), Err(found));
}
