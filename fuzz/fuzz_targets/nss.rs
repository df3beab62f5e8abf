//! Any bytes as a saved system's file: it is read or refused with the place, never a panic. Half of the
//! inputs get a right checksum, so that what lies behind it is reached.
#![no_main]

use std::io::Cursor;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use vmshare::cp::saved::format::read;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("FUZZ.0001.A");
    let _ = read(&mut Cursor::new(bytes), path);
    let mut file = b"VMSHNSS\0\0\0\0\x03".to_vec();
    let Ok(length) = u32::try_from(bytes.len() + 20) else { return };
    file.extend(length.to_be_bytes());
    file.extend(crc32fast::hash(bytes).to_be_bytes());
    file.extend(bytes);
    let _ = read(&mut Cursor::new(file), path);
});
