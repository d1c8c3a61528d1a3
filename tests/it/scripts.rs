//! The transcripts (`tests/transcripts/*.chat`) over TCP, acted out by clients of the real program with its journal on.
//! The journal must match the transcript except for times, which are real. What clients are sent is judged by the
//! journal, as with the simulated server.
//!
//! Transcripts with operators are left out: the real program makes them when it starts (`moderation`). The simulated
//! server has them too.
//!
//! Not here: the actions of clients (`chinwag_harness::script`).

use chinwag::chat::Event;
use chinwag_harness::script::Script;

use crate::support::journals::Scratch;
use crate::support::stage::Stage;
use crate::support::transcripts::scripts;

#[test]
fn clients_of_the_real_program_can_do_what_every_transcript_says() {
    let has_operator =
        |script: &Script| script.acts.iter().any(|act| matches!(act.event, Event::Appoint { .. }));
    for (name, script) in scripts(false).into_iter().filter(|(_, s)| !has_operator(s)) {
        let journal = Scratch::new(&format!("script-{name}"));
        let mut stage = Stage::new(&journal);
        script.acts.iter().for_each(|act| stage.perform(act));
        stage.end(&name);
    }
}
