//! vmshare: REXX, CMS Pipelines, CMS and a CP for a laptop or CI.
//!
//! # Code map
//!
//! | module | what it is |
//! |---|---|
//! | [`base`] | what every layer shares: messages, code pages, clock, random, abbreviations, records |
//! | [`num`] | REXX decimal numbers |
//! | [`rexx`] | the language: source → ast → register bytecode → [`rexx::Vm`] |
//! | [`pipe`] | CMS Pipelines: specification → dispatcher → stages |
//! | [`machine`] | one virtual machine's hardware |
//! | [`device`] | what hangs on the channel subsystem |
//! | [`cp`] | the control program: directory, users, commands, saved systems, trace |
//! | [`cms`] | the operating system in a user's virtual machine |
//! | [`term`] | the terminal face: REPL and scripts |
//!
//! # Architecture invariants
//!
//! * Imports run downwards only: `cli → term → cms → { pipe, rexx → num ; cp → device → machine } → base`.
//!   A test reads the `use crate::` lines and holds them to this.
//! * `rexx`, `pipe` and `machine` never see one another, nor `cms` or `cp`.
//! * The three engines ([`rexx::Vm`], [`pipe::Pipeline`], [`machine::Machine`]) do no input or output of
//!   their own, keep no global, and can be dropped at any exit.
//! * There is no `#`-splitting of commands outside terminal input and stored TRACE CMD strings.
//! * `unsafe` stands only in `machine/storage.rs` and where memory is mapped.

pub mod base;
pub mod cms;
pub mod cp;
pub mod device;
pub mod machine;
pub mod num;
pub mod pipe;
pub mod rexx;
pub mod term;
