//! Named saved systems: what DEFSYS describes, SAVESYS keeps and IPL maps (z/VM CP Commands: DEFSYS,
//! SAVESYS; Saved Segments Planning and Administration).
//!
//! | room | what it is |
//! |---|---|
//! | [`define`] | the operands of DEFSYS and their rules |
//! | [`format`] | the file: header, registers, page table, page data |
//! | [`catalogue`] | the folder of saved systems: define, save, load, purge, safe between processes |

pub mod catalogue;
pub mod define;
pub mod format;

pub use catalogue::{Catalogue, Entry, Loaded};
pub use define::{Access, Definition, PageKind, PageRange, ParmRegs};
pub use format::{CpuState, Header, SavedError, State};
