//! CP, the control program: it owns the real resources and gives each user a virtual machine
//! (z/VM: CP Commands and Utilities Reference, CP Planning and Administration, CP Programming Services).
//!
//! | room | what it is |
//! |---|---|
//! | [`system`] | [`System`]: the directory, who is logged on, consoles, the one entry for faces |
//! | [`guest`] | one logged-on virtual machine: its settings and what runs in it |
//! | links | who may read and write a minidisk |
//! | linux | [`LinuxDeck`]: Linux in a card reader |
//! | [`native`] | systems that are written in the host's language and run in a virtual machine (CMS) |
//! | [`hardware`] | CP's grip on a machine's processors, storage and devices |
//! | [`commands`] | the commands, a row and a function each |
//! | [`directory`] | the user directory |
//! | [`lineedit`] | LINEND, ESCAPE and the other symbols of typed lines |
//! | [`saved`] | named saved systems |
//! | [`spool`] | spool files: readers' queues, punched and printed output |
//! | [`trace`] | TRACE traps |
//! | guests, dispatch, share | who is logged on; who runs next, and for how long |
//! | ctc | channel-to-channel adapters between virtual machines |
//! | iucv | paths and messages between virtual machines, and to system services |
//! | vmdump | the file that VMDUMP makes |
//! | screen | consoles that are screens |
//! | diagnose, blockio, session | what DIAGNOSE does; its block I/O; users coming and going |
//!
//! Architecture invariant: a virtual machine reaches host files only through the disks and devices that
//! the directory (or an ATTACH by its owner) gave it, and other machines only through CP commands.

mod blockio;
pub mod classes;
pub mod commands;
mod ctc;
pub mod diagnose;
pub mod directory;
mod dispatch;
pub mod guest;
mod guests;
pub mod hardware;
mod iucv;
pub mod lineedit;
mod links;
mod linux;
pub mod native;
pub mod saved;
mod screen;
mod session;
mod share;
pub mod spool;
pub mod system;
pub mod trace;
mod vmdump;
pub mod words;
mod workers;

pub use crate::device::{Aid, Key, Look, Model, Screen};
pub use diagnose::{SegmentAnswer, SegmentFunction};
pub use guest::ConsoleState;
pub use linux::{LinuxDeck, storage_size};
pub use native::{
    CardRead, CpPort, CpReply, DiskPath, Extent, Fate, Minidisk, NativeExit, NativeInfo,
    NativeSystem, Origin,
};
pub use system::{Activity, LogonHow, Options, StartError, System};

/// A user identification: one to eight characters, upper case.
pub type UserId = Vec<u8>;

#[cfg(test)]
mod disk_tests;
#[cfg(test)]
mod saved_tests;
#[cfg(test)]
mod scale_tests;
#[cfg(test)]
mod segment_tests;
#[cfg(test)]
mod service_tests;
#[cfg(test)]
mod tests;
