//! Spool files: what was punched, printed and shown on spooled consoles, until it is read or purged
//! (z/VM CP Commands: SPOOL, CLOSE, CHANGE, ORDER, PURGE, TRANSFER, TAG, QUERY READER/PRINTER/PUNCH).
//!
//! | room | what it is |
//! |---|---|
//! | [`format`] | one spool file: attributes, records, checksums |
//! | [`queue`] | the folder of spool files: make, list, change, purge, safe between processes |
//! | [`reader`] | how a virtual reader takes files from its user's reader queue |
//! | [`output`] | open output files of a virtual machine, and how they are closed |

pub mod format;
pub mod output;
pub mod queue;
pub mod reader;

pub use format::{Attributes, Hold, Made, Queue, SpoolError};
pub use output::{ConsoleSpool, Disposal, Spooling};
pub use queue::{Listing, Reservation, Spool};
pub use reader::{Reading, SpoolFeed};

#[cfg(test)]
mod tests;
