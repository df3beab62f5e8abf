//! STORAGE: looks into the virtual machine's storage and changes it (SC24-5770, STORAGE).

use super::{Args, Env, Outcome, Row, hex, whole};
use crate::rexx::Error;

/// The family.
pub(super) const ROWS: &[Row] = &[Row {
    name: "STORAGE",
    args: "[address[,[length][,data]]]",
    count: (0, 3),
    run: storage,
    doc: "The size of the virtual machine's storage in hexadecimal; or what is at an address, which data then overwrites.",
}];

fn storage(env: &mut Env<'_>, args: &Args) -> Outcome {
    let size = env.port.storage_size();
    if args.is_empty() {
        return Ok(format!("{size:08X}").into_bytes());
    }
    let at = hex("STORAGE", args, 0)?;
    let data = args.get(2).and_then(Option::as_ref);
    let length = match args.get(1) {
        Some(Some(_)) => whole("STORAGE", args, 1)?,
        _ => 1,
    };
    let outside = || {
        let found = format!("{at:X}");
        Error::new(40, 41, &[b"STORAGE", b"1", found.as_bytes()])
    };
    // Saved segments lie beyond storage, as far as 2 GB.
    let end = at.checked_add(length as u64);
    end.filter(|end| *end <= size.max(1 << 31))
        .ok_or_else(outside)?;
    let page = env.codepage();
    let old = env.port.read_storage(at, length).ok_or_else(outside)?;
    if let Some(data) = data {
        let bytes: Vec<u8> = data.iter().map(|b| page.code_of(*b)).collect();
        if !env.port.write_storage(at, &bytes) {
            return Err(outside());
        }
    }
    Ok(old.iter().map(|b| page.to_host(*b)).collect())
}
