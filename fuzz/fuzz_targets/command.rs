//! Command lines: the parser against a naive one, and printing against parsing.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(problem) = chinwag_harness::fuzz::command(data) {
        panic!("{problem}");
    }
});
