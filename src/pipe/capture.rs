//! A host whose messages are kept: what RUNPIPE links its pipelines with.

use super::host::{
    Calls, Card, Database, Datagrams, FileError, FileState, Format, Host, Input, Listener, Mode,
    NamedValues, Order, Output, Pool, Socket, SqlError, StageProgram, TerminalEnd, VarError,
};
use super::structure::Table;
use crate::base::codepage::CodePage;
use crate::base::{Clock, Message};

/// A host that keeps messages and passes on everything else.
pub(super) struct Capture<'a> {
    pub host: &'a mut dyn Host,
    /// The messages so far.
    pub messages: Vec<Message>,
}

impl Host for Capture<'_> {
    fn message(&mut self, message: &Message) {
        self.messages.push(message.clone());
    }
    fn say(&mut self, line: &[u8]) {
        self.host.say(line);
    }
    fn get_variable(&mut self, pool: &Pool, name: &[u8]) -> Result<Option<Vec<u8>>, VarError> {
        self.host.get_variable(pool, name)
    }
    fn set_variable(
        &mut self,
        pool: &Pool,
        name: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), VarError> {
        self.host.set_variable(pool, name, value)
    }
    fn variables(&mut self, pool: &Pool) -> Result<NamedValues, VarError> {
        self.host.variables(pool)
    }
    fn source(&mut self, pool: &Pool) -> Result<Vec<u8>, VarError> {
        self.host.source(pool)
    }
    fn open_input(&mut self, fileid: &[u8]) -> Result<Box<dyn Input>, FileError> {
        self.host.open_input(fileid)
    }
    fn open_output(
        &mut self,
        fileid: &[u8],
        how: Mode,
        format: Format,
    ) -> Result<Box<dyn Output>, FileError> {
        self.host.open_output(fileid, how, format)
    }
    fn file_state(&mut self, fileid: &[u8]) -> Result<FileState, FileError> {
        self.host.file_state(fileid)
    }
    fn emsg(&mut self, line: &[u8]) {
        self.host.emsg(line);
    }
    fn write_unit(&mut self, device: u16, command: u8, text: &[u8]) -> bool {
        self.host.write_unit(device, command, text)
    }
    fn has_device(&mut self, device: u16) -> bool {
        self.host.has_device(device)
    }
    fn read_unit(&mut self, device: u16) -> Option<Card> {
        self.host.read_unit(device)
    }
    fn read_storage(&mut self, at: u64, length: usize) -> Option<Vec<u8>> {
        self.host.read_storage(at, length)
    }
    fn write_storage(&mut self, at: u64, data: &[u8]) -> bool {
        self.host.write_storage(at, data)
    }
    fn connect(&mut self, host: &[u8], port: u16) -> Result<Box<dyn Socket>, Vec<u8>> {
        self.host.connect(host, port)
    }
    fn listen(&mut self, address: &[u8], port: u16) -> Result<Box<dyn Listener>, Vec<u8>> {
        self.host.listen(address, port)
    }
    fn listen_for_messages(&mut self, listen: bool) -> bool {
        self.host.listen_for_messages(listen)
    }
    fn take_message(&mut self) -> Option<Vec<u8>> {
        self.host.take_message()
    }
    fn immediate(&mut self, name: &[u8]) -> Option<Box<dyn Calls>> {
        self.host.immediate(name)
    }
    fn open_bytes(&mut self, path: &[u8]) -> Result<Box<dyn Input>, FileError> {
        self.host.open_bytes(path)
    }
    fn create_bytes(&mut self, path: &[u8], how: Mode) -> Result<Box<dyn Output>, FileError> {
        self.host.create_bytes(path, how)
    }
    fn folder(&mut self, path: &[u8]) -> Result<Vec<Vec<u8>>, FileError> {
        self.host.folder(path)
    }
    fn datagrams(&mut self, address: &[u8], port: u16) -> Result<Box<dyn Datagrams>, Vec<u8>> {
        self.host.datagrams(address, port)
    }
    fn resolve(&mut self, host: &[u8]) -> Result<Vec<Vec<u8>>, Vec<u8>> {
        self.host.resolve(host)
    }
    fn host_name(&mut self) -> Vec<u8> {
        self.host.host_name()
    }
    fn database(&mut self, name: Option<&[u8]>) -> Result<Box<dyn Database>, SqlError> {
        self.host.database(name)
    }
    fn pull(&mut self) -> Option<Vec<u8>> {
        self.host.pull()
    }
    fn queued(&mut self) -> usize {
        self.host.queued()
    }
    fn push(&mut self, order: Order, line: &[u8]) {
        self.host.push(order, line);
    }
    fn find_stage(&mut self, name: &[u8], args: &[u8]) -> Option<Box<dyn StageProgram>> {
        self.host.find_stage(name, args)
    }
    fn clock(&self) -> Clock {
        self.host.clock()
    }
    fn terminal_end(&self) -> TerminalEnd {
        self.host.terminal_end()
    }
    fn name_of(&mut self, address: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        self.host.name_of(address)
    }
    fn structures(&mut self) -> Table {
        self.host.structures()
    }
    fn codepage(&self) -> CodePage {
        self.host.codepage()
    }
}
