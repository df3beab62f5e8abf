//! A host whose messages are kept: what RUNPIPE links its pipelines with.

use super::host::{
    FileError, Format, Host, Input, Mode, NamedValues, Order, Output, Pool, StageProgram,
    TerminalEnd, VarError,
};
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
    fn codepage(&self) -> CodePage {
        self.host.codepage()
    }
}
