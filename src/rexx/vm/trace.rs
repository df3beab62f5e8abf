//! TRACE: its settings and what it shows (SC24-5770 chapter 3, TRACE; ANSI X3.274 section 8.3.27).
//! The pauses of interactive tracing are in `debug`.

use std::rc::Rc;

use super::Vm;
use crate::rexx::code::{ClauseKind, Code, Insn, Reg, Span, Tag, TailPart};
use crate::rexx::{Error, Exit, Flag, Value};

/// A trace setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    /// A, C, E, F, I, L, N, O, R or S.
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
            None if request.is_empty() => new = Setting::default(),
            None => {}
            Some(b'O') => {
                new = Setting {
                    letter: b'O',
                    ..Setting::default()
                }
            }
            Some(letter) if b"ACEFILNRS".contains(&letter) => new.letter = letter,
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

    /// Whether traced code is needed: clauses other than commands are shown, or there are pauses.
    pub fn watches(self) -> bool {
        self.interactive || matches!(self.letter, b'A' | b'I' | b'L' | b'R' | b'S')
    }

    /// Whether a clause is shown before it runs.
    fn shows(self, what: ClauseKind) -> bool {
        match self.letter {
            b'A' | b'I' | b'R' => true,
            b'L' => what == ClauseKind::Label,
            _ => false,
        }
    }

    /// Whether a value is shown.
    fn shows_value(self, tag: Tag) -> bool {
        match (self.letter, tag) {
            (b'I', Tag::Result) => false,
            (b'I', _) => true,
            (b'R', tag) => matches!(tag, Tag::Result | Tag::Assigned | Tag::Placeholder),
            _ => false,
        }
    }
}

/// What tracing keeps beside its setting.
#[derive(Debug, Default)]
pub(super) struct Tracer {
    /// The line whose number was shown last, and where the clause stood; clauses further on the same
    /// line go without.
    line: u32,
    start: u32,
    /// The variable about to be shown has no value and stands for its name.
    unset: bool,
    /// The prompt of interactive tracing was shown.
    pub prompted: bool,
    /// How many pauses are passed over.
    pub skip: u64,
    /// How many clauses are passed over in silence, and whether the one in hand is.
    pub quiet: u64,
    hidden: bool,
    /// How deep the frames were when the typed line that runs was taken.
    pub typed: Option<usize>,
}

impl Vm {
    /// TRACE with its request; a TRACE of the program counts for nothing while there are pauses.
    pub(super) fn set_trace_request(&mut self, v: &Value) -> Result<(), Error> {
        let request = v.to_vec();
        let number = v.number();
        if let Some(number) = number {
            let whole = number.whole(&self.settings.numeric);
            let n = whole.ok_or_else(|| Error::new(26, 7, &[&request]))?;
            if self.tracer.typed.is_some() {
                self.skip_pauses(n);
            }
            return Ok(());
        }
        let new = Setting::of(&request, self.settings.trace)?;
        if self.settings.trace.interactive && self.tracer.typed.is_none() {
            return Ok(());
        }
        if new.letter == b'S' && !self.may_scan() {
            return Err(Error::new(24, 1, &[&request]));
        }
        self.set_trace_to(new);
        self.trace_switch();
        Ok(())
    }

    /// A new setting, from wherever it comes.
    pub(super) fn set_trace_to(&mut self, new: Setting) {
        self.own_settings();
        if !new.interactive {
            self.tracer.prompted = false;
            self.tracer.skip = 0;
            self.tracer.quiet = 0;
        }
        self.tracer.hidden = false;
        self.tracer.line = 0;
        self.settings.trace = new;
    }

    /// Changes between plain and traced code at a clause's start.
    pub(super) fn trace_switch(&mut self) {
        let wanted = self.settings.trace.watches();
        if wanted == self.code.traced {
            return;
        }
        let other: Rc<Code> = match wanted {
            _ if self.level.interpret => match self.traced_rest() {
                Some(code) => code,
                None => return,
            },
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
        let back = self.code.backs.iter().position(|b| *b == here);
        let there = match back {
            Some(n) => other.backs.get(n).copied(),
            None => self.code.clause_of.get(at).and_then(|clause| {
                let clause = self.first_here(*clause as usize, here);
                let start = other.starts.get(clause).filter(|to| **to != u32::MAX);
                start
                    .filter(|_| self.code.starts.get(clause) == Some(&here))
                    .copied()
            }),
        };
        if let Some(there) = there {
            self.pc = there as usize;
            self.level.pause = false;
            self.code = Rc::clone(&other);
            if let Some(round) = back.and_then(|n| other.rounds.get(n)).filter(|_| wanted) {
                // What goes round is shown as it would have been.
                self.trace_clause(&other, *round);
            }
        }
    }

    /// The first of the clauses that begin here: such as a DO alone have no code when they are not
    /// traced. Behind a TRACE they come next for certain.
    fn first_here(&self, mut clause: usize, here: u32) -> usize {
        let before = self
            .pc
            .checked_sub(1)
            .and_then(|at| self.code.insns.get(at));
        let behind = matches!(before, Some(Insn::TraceSet { .. }));
        if !behind || self.pc as u32 != here {
            return clause;
        }
        let starts = &self.code.starts;
        while clause > 0 && starts.get(clause - 1) == Some(&here) {
            clause -= 1;
        }
        clause
    }

    /// The text being interpreted, compiled for tracing: for what comes after a TRACE in it. Its loops
    /// have the registers that they have in the code that runs.
    fn traced_rest(&mut self) -> Option<Rc<Code>> {
        let wanted = self.settings.trace.watches() && self.tracer.typed.is_none();
        let text = self.texts.last().filter(|_| wanted)?.clone();
        if self.code.given == 0 {
            return Some(self.text_code(&text, true));
        }
        Some(self.traced_text(&text, self.code.given))
    }

    pub(super) fn say_trace(&mut self, line: Vec<u8>) {
        self.outbox.push_back(Exit::Trace(line));
    }

    /// A line of the tracer's own, under the tags of the others.
    pub(super) fn say_note(&mut self, note: &str) {
        let mut line = vec![b' '; self.margin() + 1];
        line.extend_from_slice(note.as_bytes());
        self.say_trace(line);
    }

    /// How many columns line numbers have.
    fn margin(&self) -> usize {
        let program = &self.program;
        program.dialect.number_width(program.lines())
    }

    /// How far trace lines are indented: one blank a level.
    fn indent(&self, span: &Span) -> usize {
        indented(span, self.frames.len())
    }

    /// A clause is about to run in traced code. Gives whether it was shown.
    pub(super) fn trace_clause(&mut self, code: &Code, clause: u32) -> bool {
        let Some(span) = code.spans.get(clause as usize) else {
            return false;
        };
        let shown = self.tracer.typed.is_none() && self.settings.trace.shows(span.what);
        if !shown {
            return false;
        }
        if self.hide() {
            return false;
        }
        self.show_clause(code, span);
        true
    }

    fn show_clause(&mut self, code: &Code, span: &Span) {
        let indent = self.indent(span);
        let line = self.shown_line(span);
        let same = self.tracer.line == line;
        let on = same && (self.level.interpret || span.start > self.tracer.start);
        let number = (!on).then_some(line);
        self.tracer.line = line;
        if !self.level.interpret {
            self.tracer.start = span.start;
        }
        self.show_source(code, span, Place { indent, number }, b"*-*");
    }

    /// Shows the text of a clause of the current level.
    fn show_source(&mut self, code: &Code, span: &Span, place: Place, tag: &[u8]) {
        let own = self
            .texts
            .last()
            .filter(|_| self.level.interpret)
            .map(Value::to_vec);
        let text = own.as_deref().unwrap_or(&code.text);
        let line = self.source_line_of(text, span, place, tag);
        self.say_trace(line);
    }

    /// `     3 *-* clause`; the lines of a clause are joined.
    fn source_line_of(&self, text: &[u8], span: &Span, place: Place, tag: &[u8]) -> Vec<u8> {
        let program = &self.program;
        let number = match place.number {
            Some(number) => program.dialect.line_number(number, program.lines()),
            None => " ".repeat(self.margin()),
        };
        let mut line = number.into_bytes();
        line.push(b' ');
        line.extend_from_slice(tag);
        line.resize(line.len() + 1 + place.indent, b' ');
        let clause = text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default();
        let kept = clause.iter().filter(|b| !matches!(b, b'\n' | b'\r'));
        line.extend(kept.map(|b| printable(*b)));
        line
    }

    /// The line number to show: within a text, that of its INTERPRET.
    fn shown_line(&self, span: &Span) -> u32 {
        if self.level.interpret {
            self.line()
        } else {
            span.line
        }
    }

    /// A value comes up in traced code. For a variable, `name` is 0, or for a stem its number and one.
    pub(super) fn trace_value(
        &mut self,
        code: &Code,
        tag: Tag,
        s: Reg,
        name: u32,
    ) -> Result<(), Error> {
        if tag == Tag::Compound {
            return self.trace_compound(code, s, name);
        }
        let unset = match tag {
            Tag::Variable if name > 0 => self.is_stem_unset(name - 1),
            Tag::Variable => self.peek(code, s).is_none(),
            _ => false,
        };
        let unset = std::mem::take(&mut self.tracer.unset) || unset;
        if self.is_silent() || !self.settings.trace.shows_value(tag) {
            return Ok(());
        }
        if tag == Tag::Assigned && self.peek(code, s).is_none() {
            // A routine without a result.
            return Ok(());
        }
        let text = self.value(code, s)?.to_vec();
        let tag = match tag {
            Tag::Variable if unset => Tag::Literal,
            tag => tag,
        };
        self.show_text(tag.text().as_bytes(), &text);
        Ok(())
    }

    /// The name of a compound variable, when the value of a variable went into it.
    fn trace_compound(&mut self, code: &Code, stem: Reg, tail: u32) -> Result<(), Error> {
        let tail = &code.tails[tail as usize];
        let mut text = self.names.stem_name(stem).to_vec();
        text.push(b'.');
        self.tail_text(code, tail, &mut text);
        self.tracer.unset = self.get_direct(&text).is_none();
        let substituted = tail
            .parts
            .iter()
            .any(|part| matches!(part, TailPart::Reg(r) if self.peek(code, *r).is_some()));
        if substituted && !self.is_silent() && self.settings.trace.shows_value(Tag::Compound) {
            self.show_text(Tag::Compound.text().as_bytes(), &text);
        }
        Ok(())
    }

    /// A value assigned by PARSE.
    pub(super) fn trace_parsed(&mut self, text: &[u8], placeholder: bool) {
        let tag = match placeholder {
            true => Tag::Placeholder,
            false => Tag::Assigned,
        };
        if !self.is_silent() && self.settings.trace.shows_value(tag) {
            self.show_text(tag.text().as_bytes(), text);
        }
    }

    /// Whether the clause that begins is one to pass over.
    fn hide(&mut self) -> bool {
        self.tracer.hidden = self.tracer.quiet > 0;
        self.tracer.quiet = self.tracer.quiet.saturating_sub(1);
        self.tracer.hidden
    }

    /// Whether what runs is not shown: a typed line, or a clause that is passed over.
    fn is_silent(&self) -> bool {
        self.tracer.typed.is_some() || self.tracer.hidden
    }

    fn show_text(&mut self, tag: &[u8], text: &[u8]) {
        let clause = self.code.clause_of.get(self.pc.saturating_sub(1));
        let span = clause.and_then(|n| self.code.spans.get(*n as usize));
        let indent = span.map_or(0, |s| self.indent(s));
        let mut line = vec![b' '; self.margin() + 1];
        line.extend_from_slice(tag);
        line.resize(line.len() + 3 + indent, b' ');
        line.push(b'"');
        line.extend(text.iter().map(|b| printable(*b)));
        line.push(b'"');
        self.say_trace(line);
    }

    /// A command is about to go out.
    pub(super) fn trace_command(&mut self, text: &Value) {
        if self.settings.trace.letter != b'C' || self.tracer.typed.is_some() {
            return;
        }
        if self.hide() {
            return;
        }
        self.show_current();
        let text = text.to_vec();
        self.show_text(b">>>", &text);
        self.pause_later();
    }

    /// Shows the clause in hand as a traced one.
    fn show_current(&mut self) {
        let code = Rc::clone(&self.code);
        let clause = code.clause_of.get(self.pc.saturating_sub(1));
        if let Some(span) = clause.and_then(|n| code.spans.get(*n as usize)) {
            self.show_clause(&code, span);
        }
    }

    /// A command came back.
    pub(super) fn trace_command_result(&mut self, rc: i64, flag: Flag) {
        let letter = self.settings.trace.letter;
        let typed = self.tracer.typed.is_some();
        let shown = match letter {
            _ if typed => rc != 0,
            b'N' | b'F' => flag == Flag::Failure,
            b'E' => flag != Flag::Ok,
            b'C' | b'A' | b'I' | b'R' => rc != 0,
            _ => false,
        };
        if !shown || (self.tracer.hidden && !typed) {
            return;
        }
        if matches!(letter, b'N' | b'F' | b'E') && !typed {
            if self.hide() {
                return;
            }
            self.tracer.line = 0;
            self.show_current();
            self.pause_later();
        }
        self.say_note(&self.program.dialect.return_code(rc));
    }

    /// The clauses that led to an error, the innermost first.
    pub(super) fn traceback(&mut self) {
        let code = Rc::clone(&self.code);
        let clause = code.clause_of.get(self.pc.saturating_sub(1));
        if let Some(span) = clause.and_then(|n| code.spans.get(*n as usize)) {
            let (indent, number) = (self.indent(span), Some(self.shown_line(span)));
            self.show_source(&code, span, Place { indent, number }, b"+++");
        }
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
            let own = if frame.level.interpret {
                texts.next().map(Value::to_vec)
            } else {
                None
            };
            let text = own.as_deref().unwrap_or(&frame.code.text);
            let place = Place {
                indent: indented(&span, depth),
                number: Some(span.line),
            };
            lines.push(self.source_line_of(text, &span, place, b"+++"));
            if lines.len() >= 100 {
                break;
            }
        }
        for line in lines {
            self.say_trace(line);
        }
    }

    // ---- TRACE S ----

    /// Whether TRACE S may stand here: not within a block, a routine or a text.
    fn may_scan(&self) -> bool {
        let clause = self.code.clause_of.get(self.pc.saturating_sub(1));
        let span = clause.and_then(|n| self.code.spans.get(*n as usize));
        self.frames.is_empty() && span.is_some_and(|s| s.depth == 0)
    }

    /// TRACE S: shows the clauses from this one on without running them, and ends the program.
    ///
    /// # Errors
    /// The first clause in error, or a block without its end.
    pub(super) fn scan(&mut self, code: &Code, from: u32) -> Result<Exit, Error> {
        let fault = code.faults().into_iter().find(|f| f.0 >= from);
        let last = fault.map_or(code.spans.len() as u32, |f| f.0 + 1);
        for span in &code.spans[from as usize..last as usize] {
            self.show_clause(code, span);
        }
        let Some((clause, error)) = fault else {
            return Ok(Exit::Done(None));
        };
        let mut error = error.clone();
        error.line = code.spans[clause as usize].line as usize;
        Err(error)
    }
}

#[cfg(test)]
impl Vm {
    /// Traces intermediate results from the first clause on.
    pub fn trace_everything(&mut self) {
        self.settings.trace.letter = b'I';
        self.trace_switch();
    }
}

/// Where a clause is shown.
struct Place {
    indent: usize,
    number: Option<u32>,
}

/// How far a line is indented at the most: deep recursion stays readable.
const MOST_INDENTED: usize = 100;

fn indented(span: &Span, frames: usize) -> usize {
    (usize::from(span.depth) + frames).min(MOST_INDENTED)
}

/// What stands for a byte in trace output: `?` for a control character.
fn printable(b: u8) -> u8 {
    if b.is_ascii_control() { b'?' } else { b }
}

#[cfg(test)]
mod tests {
    use super::Setting;

    fn after(requests: &[&str]) -> Result<String, u16> {
        let mut setting = Setting::default();
        for request in requests {
            setting = Setting::of(request.as_bytes(), setting).map_err(|e| e.number)?;
        }
        Ok(String::from_utf8_lossy(&setting.text()).into_owned())
    }

    #[test]
    fn requests_change_the_setting() {
        let cases: [(&[&str], Result<&str, u16>); 10] = [
            (&["results"], Ok("R")),
            (&["?r", "?i"], Ok("I")),
            (&["??a"], Ok("A")),
            (&["!c", "?"], Ok("?!C")),
            (&["?!E", "!"], Ok("?E")),
            (&["?r", "o"], Ok("O")),
            (&["?!r", ""], Ok("N")),
            (&["scan"], Ok("S")),
            (&["x"], Err(24)),
            (&["?", "? r"], Err(24)),
        ];
        for (requests, expected) in cases {
            assert_eq!(after(requests), expected.map(String::from), "{requests:?}");
        }
    }
}
