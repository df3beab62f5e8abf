//! Commands whose input and output ADDRESS WITH redirects, and the host commands of ADDRESS SYSTEM.

use super::Session;
use crate::cms::frame::{Ended, Frame, Redirected};
use crate::cms::hostcmd::{self, Join, Outcome};
use crate::cms::port::Port;
use crate::rexx::{
    CommandInput, CommandIo, CommandLines, CommandOutput, Keep, Ready, Reply, StreamAsk, Value,
};

/// The return code of a command that may not be run.
const REFUSED: i32 = -3;

impl Session {
    /// Sets up the redirections of the command that the topmost program issues.
    pub(super) fn redirect(&mut self, port: &mut dyn Port, io: CommandIo) {
        let lines = self.input_lines(io.input);
        let kept = !matches!(io.output, CommandOutput::Normal);
        if kept {
            self.cms.capture();
            self.cms.catching_cp += 1;
        } else {
            self.cms.end_part(port);
        }
        let input = lines.map(|lines| self.cms.stack.replace_typed(lines));
        let redirected = Redirected {
            input,
            output: io.output,
            error: io.error,
        };
        if let Some(Frame::Program(program) | Frame::Stage(program, _)) = self.frames.last_mut() {
            program.redirected = Some(Box::new(redirected));
        }
    }

    /// The lines a command is to read instead of what is typed.
    fn input_lines(&mut self, input: CommandInput) -> Option<Vec<Vec<u8>>> {
        let name = match input {
            CommandInput::Normal => return None,
            CommandInput::Lines(lines) => return Some(lines),
            CommandInput::Stream(name) => name,
        };
        let ask = StreamAsk::LineIn {
            at: None,
            read: true,
        };
        let mut lines = Vec::new();
        while let Some(Reply::Stream(line, Ready::Yes)) = self.cms.stream(&name, &ask) {
            lines.push(line.to_vec());
        }
        Some(lines)
    }

    /// Takes the redirections down when the command has ended: gives the lines that are wanted.
    pub(super) fn redirect_done(
        &mut self,
        port: &mut dyn Port,
        redirected: Redirected,
    ) -> CommandLines {
        let Redirected {
            input,
            output,
            error,
        } = redirected;
        if let Some(input) = input {
            self.cms.stack.restore_typed(input);
        }
        let mut lines = Vec::new();
        if !matches!(output, CommandOutput::Normal) {
            self.cms.catching_cp -= 1;
            lines = self.cms.captured();
        }
        let lines = lines.iter().map(|r| r.to_vec()).collect();
        CommandLines {
            output: self.deliver(port, &output, lines),
            // A CMS command writes nothing that is an error output of its own.
            error: self.deliver(port, &error, Vec::new()),
        }
    }

    /// Writes lines to a stream, or gives them back for a stem.
    fn deliver(
        &mut self,
        port: &mut dyn Port,
        to: &CommandOutput,
        lines: Vec<Vec<u8>>,
    ) -> Vec<Vec<u8>> {
        let CommandOutput::Stream(keep, name) = to else {
            return lines;
        };
        if *keep == Keep::Replace {
            let open = StreamAsk::Command(b"OPEN BOTH REPLACE".to_vec());
            self.cms.stream(name, &open);
        }
        for line in lines {
            let ask = StreamAsk::LineOut {
                line: Some(Value::from_vec(line)),
                at: None,
            };
            if self.cms.stream(name, &ask).is_none() {
                self.console_stream(port, &ask);
            }
        }
        Vec::new()
    }

    /// Runs a host command for the topmost program.
    pub(super) fn host_command(
        &mut self,
        port: &mut dyn Port,
        text: &[u8],
        io: Option<Box<CommandIo>>,
    ) {
        if !self.cms.allowed.system {
            let line = b"ADDRESS SYSTEM is refused: this session may not run host commands (--allow-system)";
            self.cms.say(port, line);
            return self.answer(port, Ended::Command(REFUSED));
        }
        let io = io.map_or(
            CommandIo {
                input: CommandInput::Normal,
                output: CommandOutput::Normal,
                error: CommandOutput::Normal,
            },
            |io| *io,
        );
        let lines = self.input_lines(io.input);
        self.cms.end_part(port);
        // Where the console is the host's own, a command has it as we have; elsewhere it goes through us.
        let ours = port.flush() && !self.cms.is_capturing();
        let (output, error) = (join(&io.output, ours), join(&io.error, ours));
        let environment = &self.cms.environment;
        let ran = hostcmd::run(text, environment, lines.as_deref(), output, error);
        let outcome = ran.unwrap_or_else(|e| Outcome {
            rc: REFUSED,
            output: Vec::new(),
            error: vec![e.to_string().into_bytes()],
        });
        let error = self.host_output(port, &io.error, outcome.error);
        let output = self.host_output(port, &io.output, outcome.output);
        if let Some(Frame::Program(program) | Frame::Stage(program, _)) = self.frames.last_mut() {
            program.kept = Some(Box::new(CommandLines { output, error }));
        }
        self.answer(port, Ended::Command(outcome.rc));
    }

    fn host_output(
        &mut self,
        port: &mut dyn Port,
        to: &CommandOutput,
        lines: Vec<Vec<u8>>,
    ) -> Vec<Vec<u8>> {
        if let CommandOutput::Normal = to {
            for line in &lines {
                self.cms.say(port, line);
            }
            return Vec::new();
        }
        self.deliver(port, to, lines)
    }
}

fn join(to: &CommandOutput, ours: bool) -> Join {
    match to {
        CommandOutput::Normal if ours => Join::Ours,
        CommandOutput::AsOutput => Join::WithOutput,
        _ => Join::Kept,
    }
}
