//! Command lines: the parser against a naive one, and printing against parsing.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chinwag_harness::fuzz::command(data));
