//! What every layer shares. Nothing here knows REXX, pipelines, CP or the machine.

pub mod abbrev;
pub mod clock;
pub mod codepage;
pub mod excerpt;
pub mod libpds;
pub mod msg;
pub mod packed;
pub mod random;
pub mod record;

pub use clock::Clock;
pub use msg::{Message, Msg};
pub use record::Record;
