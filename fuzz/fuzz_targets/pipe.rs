//! Any bytes as a pipeline specification: it is scanned or refused with a message, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|spec: &[u8]| {
    let _ = vmshare::pipe::check(spec, vmshare::base::codepage::CodePage::Host);
});
