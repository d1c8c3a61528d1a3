//! Sessions: the machine against the reference model and the stream checker.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(problem) = chinwag_harness::fuzz::session(data) {
        panic!("{problem}");
    }
});
