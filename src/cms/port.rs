//! The session's way to what is below it: CP in a system, or the host alone for `cms rexx` and `cms pipe`.

use crate::cp::{CardRead, CpPort, CpReply, Minidisk};

/// What a session may ask of whoever runs it. A test, and a session without CP, have their own.
pub trait Port {
    /// Issues CP commands and captures the response (DIAGNOSE X'08').
    fn command(&mut self, text: &[u8]) -> CpReply;
    /// Writes a line on the console.
    fn write(&mut self, line: &[u8]);
    /// The user's minidisks that have files behind them.
    fn minidisks(&self) -> Vec<Minidisk>;
    /// Whether the virtual machine may go on after a CP command.
    fn may_run(&self) -> bool;
    /// Punches a card or prints a line, in EBCDIC; false when there is no such device.
    fn write_unit(&mut self, _vdev: u16, _command: u8, _data: &[u8]) -> bool {
        false
    }
    /// Reads a card in EBCDIC; `None` when there is no such reader.
    fn read_unit(&mut self, _vdev: u16) -> Option<CardRead> {
        None
    }
}

impl Port for CpPort<'_> {
    fn command(&mut self, text: &[u8]) -> CpReply {
        CpPort::command(self, text)
    }
    fn write(&mut self, line: &[u8]) {
        CpPort::write(self, line);
    }
    fn minidisks(&self) -> Vec<Minidisk> {
        CpPort::minidisks(self)
    }
    fn may_run(&self) -> bool {
        CpPort::may_run(self)
    }
    fn write_unit(&mut self, vdev: u16, command: u8, data: &[u8]) -> bool {
        CpPort::write_unit(self, vdev, command, data)
    }
    fn read_unit(&mut self, vdev: u16) -> Option<CardRead> {
        CpPort::read_unit(self, vdev)
    }
}
