//! Named saved systems: what DEFSYS describes, SAVESYS keeps and IPL maps; saved segments: what DEFSEG describes,
//! SAVESEG keeps and DIAGNOSE X'64' maps (z/VM CP Commands; Saved Segments Planning and Administration).
//!
//! | room | what it is |
//! |---|---|
//! | [`define`] | the operands of DEFSYS and DEFSEG, and their rules |
//! | [`format`] | the file: header, registers, page table, page data |
//! | [`catalogue`] | the folder of saved systems: define, save, load, purge, safe between processes |
//! | [`spaces`] | segments and segment spaces in that folder |

pub mod catalogue;
pub mod define;
pub mod format;
pub mod spaces;

pub use catalogue::{Catalogue, Entry, Loaded};
pub use define::{Access, Definition, Family, PageKind, PageRange, ParmRegs, Sort};
pub use format::{CpuState, Header, SavedError, State};
pub use spaces::Segment;
