//! The session's way to what is below it: CP in a system, or the host alone for `cms rexx` and `cms pipe`.

use crate::cp::{CardRead, CpPort, CpReply, Minidisk, SegmentAnswer, SegmentFunction};

/// What a session may ask of whoever runs it. A test, and a session without CP, have their own.
pub trait Port {
    /// Issues CP commands and captures the response (DIAGNOSE X'08').
    fn command(&mut self, text: &[u8]) -> CpReply;
    /// Writes a line on the console.
    fn write(&mut self, line: &[u8]);
    /// Writes the beginning of a line, or more of it, where the console can show a line piece by piece;
    /// `false` where it cannot.
    fn write_part(&mut self, _text: &[u8]) -> bool {
        false
    }
    /// The number of a device, or of the console when none is given, and the class, type and flags that
    /// DIAGNOSE X'24' tells of it; `None` where there is no such device.
    fn device(&mut self, _vdev: Option<u16>) -> Option<(u16, u32)> {
        None
    }
    /// The size of the virtual machine's storage in bytes; 0 where there is none.
    fn storage_size(&mut self) -> u64 {
        0
    }
    /// What is in the virtual machine's storage; `None` outside it.
    fn read_storage(&mut self, _at: u64, _length: usize) -> Option<Vec<u8>> {
        None
    }
    /// Changes the virtual machine's storage; `false` outside it.
    fn write_storage(&mut self, _at: u64, _data: &[u8]) -> bool {
        false
    }
    /// Finds, loads or purges a saved segment. Where there is no CP there are none.
    fn segment(&mut self, _function: SegmentFunction, _name: &[u8]) -> SegmentAnswer {
        SegmentAnswer::NOT_FOUND
    }
    /// Sees that what was written is shown; whether the console is the host's own, so that a host command
    /// may have it too.
    fn flush(&mut self) -> bool {
        false
    }
    /// Microseconds of processor time that the virtual machine has used; what it uses while nobody counts
    /// is 0.
    fn cpu_micros(&self) -> i64 {
        0
    }
    /// The user's minidisks that have files behind them.
    fn minidisks(&self) -> Vec<Minidisk>;
    /// Whether the virtual machine may go on after a CP command.
    fn may_run(&self) -> bool;
    /// Punches a card or prints a line, in EBCDIC; false when there is no such device.
    fn write_unit(&mut self, _vdev: u16, _command: u8, _data: &[u8]) -> bool {
        false
    }
    /// Connects to the message service of the virtual machine, or disconnects; `false` where there is none.
    fn listen_for_messages(&mut self, _listen: bool) -> bool {
        false
    }
    /// The next message of the message service.
    fn take_message(&mut self) -> Option<Vec<u8>> {
        None
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
    fn cpu_micros(&self) -> i64 {
        CpPort::cpu_micros(self)
    }
    fn write_unit(&mut self, vdev: u16, command: u8, data: &[u8]) -> bool {
        CpPort::write_unit(self, vdev, command, data)
    }
    fn read_unit(&mut self, vdev: u16) -> Option<CardRead> {
        CpPort::read_unit(self, vdev)
    }
    fn listen_for_messages(&mut self, listen: bool) -> bool {
        CpPort::listen_for_messages(self, listen);
        true
    }
    fn take_message(&mut self) -> Option<Vec<u8>> {
        CpPort::take_message(self)
    }
    fn device(&mut self, vdev: Option<u16>) -> Option<(u16, u32)> {
        CpPort::device(self, vdev)
    }
    fn storage_size(&mut self) -> u64 {
        CpPort::storage_size(self)
    }
    fn read_storage(&mut self, at: u64, length: usize) -> Option<Vec<u8>> {
        CpPort::read_storage(self, at, length)
    }
    fn write_storage(&mut self, at: u64, data: &[u8]) -> bool {
        CpPort::write_storage(self, at, data)
    }
    fn segment(&mut self, function: SegmentFunction, name: &[u8]) -> SegmentAnswer {
        CpPort::segment(self, function, name)
    }
}
