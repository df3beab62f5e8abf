//! One test binary: what a user sees.

// A test says what it expects by failing; helpers outside #[test] functions are no different.
#![allow(clippy::unwrap_used)]

mod bare;
mod boot;
mod console;
mod debian;
mod disassembly;
mod disks;
mod display;
mod facility;
mod guest;
mod hercules;
mod layers;
mod linux;
mod machine_oracle;
mod machines;
mod operations;
mod pipe_peers;
mod pipe_suite;
mod privileged;
mod readme;
mod reboot;
mod repl;
mod rexx_suite;
mod saved;
mod savelx;
mod scale;
mod security;
mod spool;
mod support;
