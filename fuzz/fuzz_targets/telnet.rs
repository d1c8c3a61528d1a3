//! Bytes of a connection: however they are split, they mean the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Err(problem) = chinwag_harness::fuzz::telnet(data) {
        panic!("{problem}");
    }
});
