//! The event facility of the service processor: text to the operator (message-data blocks and ASCII
//! console data), commands from the operator, and the request to shut down.

use super::{Configuration, HEADER, PAGE, Sccb, Sclp, response};
use crate::base::codepage::CodePage;

/// Event type: operator command.
const OPERATOR_COMMAND: u8 = 0x01;
/// Event type: message.
const MESSAGE: u8 = 0x02;
/// Event type: ASCII (VT220) console data.
const ASCII: u8 = 0x1A;
/// Event type: signal to quiesce.
const QUIESCE: u8 = 0x1D;

/// Bytes of an event buffer's header: length, type, flags, reserved.
const EVENT_HEADER: usize = 6;
/// Event-buffer flag: accepted.
const ACCEPTED: u8 = 0x80;
/// SCCB control-mask byte 2: the response may shorten the SCCB.
const VARIABLE_LENGTH: u8 = 0x80;

/// The mask bit of an event type, in a 64-bit mask.
const fn bit(kind: u8) -> u64 {
    1 << (64 - kind)
}

/// What the service processor sends.
const SENDS: u64 = bit(OPERATOR_COMMAND) | bit(ASCII) | bit(QUIESCE);
/// What it receives.
const RECEIVES: u64 = bit(MESSAGE) | bit(ASCII);

/// An event that waits to be read.
#[derive(Clone, Debug)]
pub(super) struct Event {
    kind: u8,
    /// What follows the event-buffer header.
    body: Vec<u8>,
}

impl Sclp {
    /// Text that the program has written, in complete lines of host bytes, since the last call.
    pub fn take_output(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.lines)
    }

    /// Whether there is text to take.
    pub fn has_output(&self) -> bool {
        !self.lines.is_empty()
    }

    /// The unfinished line that the program has written, such as a prompt.
    pub fn unfinished(&self) -> &[u8] {
        &self.partial
    }

    /// A line typed for the program, as host bytes. It goes to the ASCII console when the program spoke
    /// there last, else it is an operator command. False when the program takes neither.
    pub fn input(&mut self, line: &[u8]) -> bool {
        let ascii = self.receive & bit(ASCII) != 0;
        let command = self.receive & bit(OPERATOR_COMMAND) != 0;
        if ascii && (self.spoken == ASCII || !command) {
            // Session data, ended by the Enter key.
            let mut body = vec![0];
            body.extend_from_slice(line);
            body.push(b'\r');
            self.post(ASCII, body);
            return true;
        }
        if command {
            let body = operator_command(line);
            self.post(OPERATOR_COMMAND, body);
        }
        command
    }

    /// Asks the program to shut down in order (CP SIGNAL SHUTDOWN). False when it does not listen.
    pub fn quiesce(&mut self, seconds: u16) -> bool {
        if self.receive & bit(QUIESCE) == 0 {
            return false;
        }
        let [high, low] = seconds.to_be_bytes();
        // The unit of the timeout is a second.
        self.post(QUIESCE, vec![high, low, 0]);
        true
    }

    fn post(&mut self, kind: u8, body: Vec<u8>) {
        const MOST: usize = PAGE - HEADER - EVENT_HEADER;
        let mut body = body;
        body.truncate(MOST);
        self.events.push_back(Event { kind, body });
        self.signal = Some(self.signal.unwrap_or(0) | 1);
    }

    /// Bit 31 of the service signal's parameter.
    pub(super) fn pending_bit(&self) -> u32 {
        u32::from(
            self.events
                .iter()
                .any(|event| self.receive & bit(event.kind) != 0),
        )
    }

    pub(super) fn end_line(&mut self) {
        if !self.partial.is_empty() {
            self.lines.push(std::mem::take(&mut self.partial));
        }
    }

    /// WRITE EVENT MASK: what the program takes and sends; the answer is what this side takes and sends.
    pub(super) fn write_event_mask(&mut self, sccb: &mut Sccb, _: &Configuration<'_>) -> u16 {
        const MASKS: usize = 12;
        if sccb.length < MASKS {
            return response::SHORT;
        }
        let length = usize::from(sccb.halfword(10));
        if length == 0 || MASKS + 4 * length > sccb.length {
            return response::MASK_LENGTH;
        }
        self.receive = read_mask(&sccb.bytes[MASKS..MASKS + length]);
        let theirs = MASKS + 2 * length;
        write_mask(&mut sccb.bytes[theirs..theirs + length], RECEIVES);
        write_mask(&mut sccb.bytes[theirs + length..theirs + 2 * length], SENDS);
        response::DONE
    }

    /// WRITE EVENT DATA: one or more event buffers with text.
    pub(super) fn write_event_data(&mut self, sccb: &mut Sccb, _: &Configuration<'_>) -> u16 {
        if sccb.bytes[2] != 0 {
            return response::INVALID_FUNCTION;
        }
        if let Err(code) = check_buffers(sccb) {
            return code;
        }
        let mut at = HEADER;
        while at < sccb.length {
            let length = usize::from(sccb.halfword(at));
            let buffer = &sccb.bytes[at + EVENT_HEADER..at + length];
            match sccb.bytes[at + 2] {
                MESSAGE => {
                    self.spoken = MESSAGE;
                    self.message(buffer);
                }
                ASCII => {
                    self.spoken = ASCII;
                    self.ascii(buffer);
                }
                _ => return response::INVALID_FUNCTION,
            }
            sccb.bytes[at + 3] |= ACCEPTED;
            at += length;
        }
        response::DONE
    }

    /// A message-data block: a header, then objects, of which the text objects are lines.
    fn message(&mut self, block: &[u8]) {
        const BLOCK_HEADER: usize = 12;
        const TEXT_OBJECT: u16 = 4;
        const TEXT_HEADER: usize = 10;
        let length = usize::from(halfword(block, 0)).min(block.len());
        if halfword(block, 2) != 1 {
            return;
        }
        self.end_line();
        let mut rest = block.get(BLOCK_HEADER..length).unwrap_or(&[]);
        while rest.len() >= 4 {
            let length = usize::from(halfword(rest, 0));
            if length < 4 || length > rest.len() {
                return;
            }
            if halfword(rest, 2) == TEXT_OBJECT {
                let text = rest.get(TEXT_HEADER..length).unwrap_or(&[]);
                self.lines
                    .push(text.iter().map(|&b| CodePage::CONSOLE.to_host(b)).collect());
            }
            rest = &rest[length..];
        }
    }

    fn ascii(&mut self, text: &[u8]) {
        for &byte in text {
            match byte {
                b'\n' => self.lines.push(std::mem::take(&mut self.partial)),
                b'\r' | 0 => {}
                _ => self.partial.push(byte),
            }
        }
    }

    /// READ EVENT DATA: all waiting events that fit and that the selection lets through.
    pub(super) fn read_event_data(&mut self, sccb: &mut Sccb, _: &Configuration<'_>) -> u16 {
        let selection = match sccb.bytes[2] {
            0x00 => self.receive,
            0x80 => {
                let mask = read_mask(sccb.bytes.get(HEADER..HEADER + 4).unwrap_or(&[]));
                if self.receive == 0 || mask & !self.receive != 0 {
                    return response::INVALID_SELECTION;
                }
                mask
            }
            _ => return response::INVALID_FUNCTION,
        };
        let mut at = HEADER;
        let mut wanted = false;
        while let Some(i) = self
            .events
            .iter()
            .position(|e| selection & bit(e.kind) != 0)
        {
            wanted = true;
            let length = EVENT_HEADER + self.events[i].body.len();
            if at + length > sccb.length {
                break;
            }
            let Some(event) = self.events.remove(i) else {
                break;
            };
            sccb.bytes[at..at + EVENT_HEADER].fill(0);
            sccb.put_halfword(at, u16::try_from(length).unwrap_or(u16::MAX));
            sccb.bytes[at + 2] = event.kind;
            sccb.put(at + EVENT_HEADER, &event.body);
            at += length;
        }
        if !wanted {
            return response::NO_EVENTS;
        }
        if at == HEADER {
            return response::SHORT;
        }
        if sccb.bytes[5] & VARIABLE_LENGTH != 0 {
            sccb.bytes[5] &= !VARIABLE_LENGTH;
            sccb.set_length(at);
        } else if at + 2 <= sccb.length {
            // The end of the event buffers, for readers that walk on.
            sccb.put_halfword(at, 0);
        }
        response::DONE
    }
}

fn halfword(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..at + 2) {
        Some(pair) => u16::from_be_bytes([pair[0], pair[1]]),
        None => 0,
    }
}

fn read_mask(bytes: &[u8]) -> u64 {
    let mut mask = [0; 8];
    for (to, from) in mask.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_be_bytes(mask)
}

fn write_mask(bytes: &mut [u8], mask: u64) {
    bytes.fill(0);
    for (to, from) in bytes.iter_mut().zip(mask.to_be_bytes()) {
        *to = from;
    }
}

/// Whether the event buffers fill the SCCB exactly.
fn check_buffers(sccb: &Sccb) -> Result<(), u16> {
    let mut at = HEADER;
    while at < sccb.length {
        if sccb.length - at < EVENT_HEADER {
            return Err(response::INCONSISTENT_LENGTHS);
        }
        let length = usize::from(sccb.halfword(at));
        if length < EVENT_HEADER || length > sccb.length - at {
            return Err(response::EVENT_SYNTAX);
        }
        at += length;
    }
    Ok(())
}

/// An operator command as the general-data-stream vectors nest it: multiple-domain support message
/// unit, control-point message unit, text command, self-defining text, text.
fn operator_command(line: &[u8]) -> Vec<u8> {
    const MESSAGE_UNIT: u16 = 0x1310;
    const CONTROL_POINT: u16 = 0x1212;
    const TEXT_COMMAND: u16 = 0x1320;
    const SELF_DEFINING: u8 = 0x31;
    const TEXT: u8 = 0x30;
    /// What the one-byte lengths of two nested subvectors leave for text.
    const MOST: usize = 251;
    let line = &line[..line.len().min(MOST)];
    let text: Vec<u8> = line.iter().map(|&b| CodePage::CONSOLE.code_of(b)).collect();
    let inner = subvector(SELF_DEFINING, &subvector(TEXT, &text));
    vector(
        MESSAGE_UNIT,
        &vector(CONTROL_POINT, &vector(TEXT_COMMAND, &inner)),
    )
}

fn vector(id: u16, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 4).unwrap_or(u16::MAX);
    let mut out = length.to_be_bytes().to_vec();
    out.extend_from_slice(&id.to_be_bytes());
    out.extend_from_slice(body);
    out
}

fn subvector(key: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len() + 2).unwrap_or(u8::MAX);
    let mut out = vec![length, key];
    out.extend_from_slice(body);
    out
}
