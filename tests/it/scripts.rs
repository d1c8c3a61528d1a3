//! The transcripts (`tests/transcripts/*.chat`) over TCP, acted out by clients of the real program with its journal on.
//! The journal must match the transcript except for times, which are real. What clients are sent is judged by the
//! journal, as with the simulated server.
//!
//! Not here: the actions of clients (`chinwag_harness::script`).

use crate::support::journals::Scratch;
use crate::support::stage::Stage;
use crate::support::transcripts::scripts;

#[test]
fn clients_of_the_real_program_can_do_what_every_transcript_says() {
    for (name, script) in scripts(false) {
        let journal = Scratch::new(&format!("script-{name}"));
        let mut stage = Stage::new(&journal);
        script.acts.iter().for_each(|act| stage.perform(act));
        stage.end(&name);
    }
}
