//! TRACE in the form of CMS (SC24-5770 chapter 3, TRACE).

use std::rc::Rc;

use super::Vm;
use crate::rexx::code::{ClauseKind, Code, Insn, Reg, Span, Tag};
use crate::rexx::{Dialect, Error, Exit, Flag, Value};

/// A trace setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    /// A, C, E, F, I, L, N, O or R.
    pub letter: u8,
    /// `?`: pauses for input.
    pub interactive: bool,
    /// `!`: commands are not run.
    pub inhibited: bool,
}

impl Default for Setting {
    fn default() -> Setting {
        Setting {
            letter: b'N',
            interactive: false,
            inhibited: false,
        }
    }
}

impl Setting {
    /// The setting that a request makes of the one before.
    ///
    /// # Errors
    /// 24.1 for an unknown letter.
    pub fn of(request: &[u8], before: Setting) -> Result<Setting, Error> {
        let mut new = before;
        let mut rest = request;
        while let [prefix @ (b'?' | b'!'), more @ ..] = rest {
            match prefix {
                b'?' => new.interactive = !new.interactive,
                _ => new.inhibited = !new.inhibited,
            }
            rest = more;
        }
        match rest.first().map(u8::to_ascii_uppercase) {
            None if request.is_empty() => {
                new = Setting::default();
            }
            None => {}
            Some(letter) if b"ACEFILNOR".contains(&letter) => {
                new.letter = letter;
                if letter == b'O' {
                    new.interactive = false;
                    new.inhibited = false;
                }
            }
            Some(_) => return Err(Error::new(24, 1, &[rest])),
        }
        Ok(new)
    }

    /// The setting as TRACE() gives it.
    pub fn text(self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.interactive {
            out.push(b'?');
        }
        if self.inhibited {
            out.push(b'!');
        }
        out.push(self.letter);
        out
    }

    /// Whether clauses other than commands can be shown.
    pub fn shows_clauses(self) -> bool {
        matches!(self.letter, b'A' | b'I' | b'L' | b'R')
    }
}

impl Vm {
    /// TRACE with its request.
    pub(super) fn set_trace_request(&mut self, v: &Value) -> Result<(), Error> {
        let request = v.to_vec();
        self.own_settings();
        let number = v.number();
        if number.is_some() {
            // A number skips pauses or, negative, output; without a pause to skip it changes nothing.
            return Ok(());
        }
        self.settings.trace = Setting::of(&request, self.settings.trace)?;
        self.trace_switch();
        Ok(())
    }

    /// Changes between plain and traced code at a clause's start.
    pub(super) fn trace_switch(&mut self) {
        let wanted = self.settings.trace.shows_clauses();
        if wanted == self.code.traced || self.level.interpret {
            return;
        }
        let other: Rc<Code> = match wanted {
            true => match self.traced_code() {
                Some(code) => code,
                None => return,
            },
            false => Rc::clone(&self.program.code),
        };
        let mut at = self.pc;
        while let Some(Insn::Jump { to }) = self.code.insns.get(at) {
            at = *to as usize;
        }
        let here = at as u32;
        if let Some(n) = self.code.backs.iter().position(|b| *b == here) {
            self.pc = other.backs[n] as usize;
            self.code = other;
            return;
        }
        let Some(&clause) = self.code.clause_of.get(at) else {
            return;
        };
        let clause = clause as usize;
        if self.code.starts.get(clause) == Some(&here) && other.starts[clause] != u32::MAX {
            self.pc = other.starts[clause] as usize;
            self.code = other;
        }
    }

    fn say_trace(&mut self, line: Vec<u8>) {
        self.outbox.push_back(Exit::Trace(line));
    }

    /// How far trace lines are indented, two blanks a level.
    fn indent(&self, span: &Span) -> usize {
        2 * (usize::from(span.depth) + self.frames.len())
    }

    /// A clause is about to run in traced code.
    pub(super) fn trace_clause(&mut self, code: &Code, clause: u32) {
        let Some(span) = code.spans.get(clause as usize) else {
            return;
        };
        let shown = match self.settings.trace.letter {
            b'A' | b'I' | b'R' => true,
            b'L' => span.what == ClauseKind::Label,
            _ => false,
        };
        if shown {
            self.show_clause(code, span, b"*-*");
        }
    }

    fn show_clause(&mut self, code: &Code, span: &Span, tag: &[u8]) {
        let indent = self.indent(span);
        let number = self.shown_line(span);
        let own = self
            .texts
            .last()
            .filter(|_| self.level.interpret)
            .map(Value::to_vec);
        let line = clause_line(
            own.as_deref().unwrap_or(&code.text),
            span,
            tag,
            indent,
            number,
        );
        self.say_trace(line);
    }

    /// The line number to show: within a text, that of its INTERPRET.
    fn shown_line(&self, span: &Span) -> u32 {
        if self.level.interpret {
            self.line()
        } else {
            span.line
        }
    }

    /// A value comes up in traced code.
    pub(super) fn trace_value(
        &mut self,
        code: &Code,
        tag: Tag,
        s: Reg,
        name: u32,
    ) -> Result<(), Error> {
        let shown = match self.settings.trace.letter {
            b'I' => true,
            b'R' => tag == Tag::Result,
            _ => false,
        };
        if !shown {
            return Ok(());
        }
        let text = if tag == Tag::Compound {
            let mut text = self.names.stem_name(s).to_vec();
            text.push(b'.');
            self.tail_text(code, &code.tails[name as usize], &mut text);
            text
        } else {
            self.value(code, s)?.to_vec()
        };
        self.show_text(tag.text().as_bytes(), &text);
        Ok(())
    }

    /// A value assigned by PARSE.
    pub(super) fn trace_parsed(&mut self, text: &[u8], placeholder: bool) {
        let shown = match self.settings.trace.letter {
            b'I' => true,
            b'R' => !placeholder,
            _ => false,
        };
        if shown {
            let tag = if placeholder {
                Tag::Placeholder
            } else {
                Tag::Result
            };
            self.show_text(tag.text().as_bytes(), text);
        }
    }

    fn show_text(&mut self, tag: &[u8], text: &[u8]) {
        let clause = self.code.clause_of.get(self.pc.saturating_sub(1));
        let span = clause.and_then(|n| self.code.spans.get(*n as usize));
        let indent = span.map_or(0, |s| self.indent(s));
        let mut line = b"       ".to_vec();
        line.extend_from_slice(tag);
        line.extend(std::iter::repeat_n(b' ', 3 + indent));
        line.push(b'"');
        line.extend_from_slice(text);
        line.push(b'"');
        self.say_trace(line);
    }

    /// A command is about to go out.
    pub(super) fn trace_command(&mut self, text: &Value) {
        if self.settings.trace.letter != b'C' {
            return;
        }
        self.show_current(b"*-*");
        let text = text.to_vec();
        self.show_text(b">>>", &text);
    }

    fn show_current(&mut self, tag: &[u8]) {
        let code = Rc::clone(&self.code);
        let clause = code.clause_of.get(self.pc.saturating_sub(1));
        if let Some(span) = clause.and_then(|n| code.spans.get(*n as usize)) {
            self.show_clause(&code, span, tag);
        }
    }

    /// A command came back.
    pub(super) fn trace_command_result(&mut self, rc: i64, flag: Flag) {
        let letter = self.settings.trace.letter;
        let failed = match letter {
            b'N' | b'F' => flag == Flag::Failure,
            b'E' => flag != Flag::Ok,
            b'C' | b'A' | b'I' | b'R' => rc != 0,
            _ => false,
        };
        if !failed {
            return;
        }
        if matches!(letter, b'N' | b'F' | b'E') {
            self.show_current(b"*-*");
        }
        let text = match self.program.dialect {
            Dialect::Cms => format!("       +++ RC({rc}) +++"),
            Dialect::Ansi => format!("       +++ RC={rc} +++"),
        };
        self.say_trace(text.into_bytes());
    }

    /// The clauses that led to an error, the innermost first.
    pub(super) fn traceback(&mut self) {
        self.show_current(b"+++");
        let mut lines = Vec::new();
        // The text that each level interprets, from the innermost on.
        let mut texts = self.texts.iter().rev();
        if self.level.interpret {
            texts.next();
        }
        for (depth, frame) in self.frames.iter().enumerate().rev() {
            let Some(span) = frame.span() else {
                continue;
            };
            let indent = 2 * (usize::from(span.depth) + depth);
            let own = if frame.level.interpret {
                texts.next().map(Value::to_vec)
            } else {
                None
            };
            let text = own.as_deref().unwrap_or(&frame.code.text);
            lines.push(clause_line(text, &span, b"+++", indent, span.line));
            if lines.len() >= 100 {
                break;
            }
        }
        for line in lines {
            self.say_trace(line);
        }
    }
}

/// `     3 *-* clause`.
fn clause_line(text: &[u8], span: &Span, tag: &[u8], indent: usize, number: u32) -> Vec<u8> {
    let mut line = format!("{number:>6} ").into_bytes();
    line.extend_from_slice(tag);
    line.push(b' ');
    line.extend(std::iter::repeat_n(b' ', indent));
    let text = text
        .get(span.start as usize..span.end as usize)
        .unwrap_or_default();
    line.extend(
        text.iter()
            .map(|b| if *b == b'\n' || *b == b'\r' { b' ' } else { *b }),
    );
    line
}
