//! Any text as a user directory: it is read or refused with a place, never a panic.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = vmshare::cp::directory::parse(text, "system.direct", Path::new("."));
});
