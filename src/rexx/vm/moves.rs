//! PARSE by a template of simple variables and fixed places, as one list of small operations.

use super::store::Slot;
use crate::rexx::ast::Fold;
use crate::rexx::code::{
    CONST, Code, Few, Move, ParseCode, PatternCode, Reg, StepCode, TemplateCode,
};
use crate::rexx::value::SHORT;
use crate::rexx::{SCRATCH, Value};

/// A text of at most this length is copied to a [`Small`] room.
pub(super) const SMALL: usize = 255;

/// A room with space behind every text in it, so that a piece is loaded at once wherever it starts.
pub(super) type Small = [u8; SMALL + 1 + SPACE];

/// An empty [`Small`] room.
pub(super) const EMPTY: Small = [0; SMALL + 1 + SPACE];

/// At least as many bytes as are copied at once.
const SPACE: usize = 16;

/// Where the bytes of a text are. What is loaded from behind its end does not count.
pub(super) trait Room {
    /// The byte at a place.
    fn byte(&self, at: usize) -> u8;
    /// Copies the bytes from a place on.
    fn copy_to(&self, at: usize, out: &mut [u8; SHORT]);
    /// Where one of two bytes stands first from `at` on, or else `end`.
    fn first(&self, at: usize, end: usize, either: (u8, u8)) -> usize;
    /// Where a text stands first from `at` on, if before `end`.
    fn search(&self, at: usize, end: usize, find: &[u8]) -> Option<usize>;
    /// The same for a text of a few bytes.
    fn search_few(&self, at: usize, end: usize, find: Few) -> Option<usize>;
    /// A part of the text.
    fn piece(&self, from: usize, to: usize) -> &[u8];
}

/// The bytes of a word that are zero, the lowest one exactly: taking one from it borrows, and it was not
/// above 127.
#[inline(always)]
fn zeros(v: u64) -> u64 {
    v.wrapping_sub(ONES) & !v & (ONES << 7)
}

const ONES: u64 = 0x0101_0101_0101_0101;

#[inline(always)]
fn eight(room: &Small, at: usize) -> u64 {
    let at = at & SMALL;
    let mut out = [0; 8];
    out.copy_from_slice(&room[at..at + 8]);
    u64::from_le_bytes(out)
}

impl Room for Small {
    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self[at & SMALL]
    }

    #[inline(always)]
    fn copy_to(&self, at: usize, out: &mut [u8; SHORT]) {
        let at = at & SMALL;
        out.copy_from_slice(&self[at..at + SHORT]);
    }

    #[inline(always)]
    fn first(&self, mut at: usize, end: usize, (a, b): (u8, u8)) -> usize {
        let (a, b) = (ONES * u64::from(a), ONES * u64::from(b));
        while at < end {
            let eight = eight(self, at);
            let found = zeros(eight ^ a) | zeros(eight ^ b);
            if found != 0 {
                return end.min(at + found.trailing_zeros() as usize / 8);
            }
            at += 8;
        }
        end
    }

    #[inline]
    fn search(&self, mut at: usize, end: usize, find: &[u8]) -> Option<usize> {
        loop {
            at = self.first(at, end, (find[0], find[0]));
            if self.piece(at, end).starts_with(find) {
                return Some(at);
            }
            if at == end {
                return None;
            }
            at += 1;
        }
    }

    #[inline(always)]
    fn search_few(&self, mut at: usize, end: usize, find: Few) -> Option<usize> {
        let first = find.bytes as u8;
        let all = !0 >> (64 - 8 * u32::from(find.length));
        loop {
            at = self.first(at, end, (first, first));
            if at + usize::from(find.length) > end {
                return None;
            }
            if eight(self, at) & all == find.bytes {
                return Some(at);
            }
            at += 1;
        }
    }

    #[inline(always)]
    fn piece(&self, from: usize, to: usize) -> &[u8] {
        &self[from..to]
    }
}

impl Room for [u8] {
    fn byte(&self, at: usize) -> u8 {
        self[at]
    }

    fn copy_to(&self, at: usize, out: &mut [u8; SHORT]) {
        match self[at..].first_chunk() {
            Some(bytes) => *out = *bytes,
            None => out[..self.len() - at].copy_from_slice(&self[at..]),
        }
    }

    fn first(&self, at: usize, end: usize, (a, b): (u8, u8)) -> usize {
        memchr::memchr2(a, b, &self[at..end]).map_or(end, |n| at + n)
    }

    fn search(&self, at: usize, end: usize, find: &[u8]) -> Option<usize> {
        memchr::memmem::find(&self[at..end], find).map(|n| at + n)
    }

    fn search_few(&self, at: usize, end: usize, find: Few) -> Option<usize> {
        self.search(
            at,
            end,
            &find.bytes.to_le_bytes()[..usize::from(find.length)],
        )
    }

    fn piece(&self, from: usize, to: usize) -> &[u8] {
        &self[from..to]
    }
}

/// A text to be taken apart.
pub(super) struct Text<'a, R: ?Sized> {
    pub room: &'a R,
    pub length: usize,
    /// The value that this is the text of, when long pieces may share its bytes.
    pub value: Option<&'a Value>,
    /// What separates words like a blank.
    pub other: u8,
}

/// Where to go on after moves that did not reach the end of the template.
#[derive(Default)]
pub(super) struct Rest {
    pub step: usize,
    pub from: usize,
    pub anchor: usize,
}

/// The registers of the current window, and what lies below it: exposed variables.
pub(super) struct Window<'a> {
    pub below: &'a mut [Slot],
    pub own: &'a mut [Slot],
}

impl Window<'_> {
    /// The value in a register or a constant.
    #[inline(always)]
    pub fn value<'a>(&'a self, code: &'a Code, r: Reg) -> Option<&'a Value> {
        if r & CONST != 0 {
            return code.consts.get((r & !CONST) as usize);
        }
        let slot = match self.own.get(r as usize)? {
            Slot::Ref(to) => self.below.get(*to as usize)?,
            slot => slot,
        };
        match slot {
            Slot::Val(v) => Some(v),
            _ => None,
        }
    }

    /// Where a value for a register goes, if there is such a register.
    #[inline(always)]
    pub fn slot(&mut self, r: Reg) -> Option<&mut Slot> {
        match self.own.get_mut(r as usize)? {
            Slot::Ref(to) => self.below.get_mut(*to as usize),
            slot => Some(slot),
        }
    }

    /// The same for a register that is there.
    #[inline(always)]
    fn place(&mut self, r: Reg) -> &mut Slot {
        match self.own[r as usize] {
            Slot::Ref(to) => &mut self.below[to as usize],
            _ => &mut self.own[r as usize],
        }
    }
}

/// The piece in hand: from where, to where; where the next one starts; what +n counts from.
#[derive(Default)]
struct Hand {
    at: usize,
    end: usize,
    next: usize,
    anchor: usize,
}

impl Hand {
    /// The piece reaches up to a text of this length, or to the end.
    #[inline(always)]
    fn upto(&mut self, found: Option<usize>, length: usize, end: usize) {
        self.at = self.next;
        let (at, length) = match found {
            Some(at) => (at, length),
            None => (end, 0),
        };
        self.end = at;
        self.anchor = at;
        self.next = at + length;
    }

    /// The piece reaches from `from` up to a position; one not beyond it takes all that is left.
    #[inline(always)]
    fn position(&mut self, from: usize, to: usize, end: usize) {
        let to = to.min(end);
        self.at = from;
        self.end = if to > from { to } else { end };
        self.next = to;
        self.anchor = to;
    }
}

/// PARSE of a value in a register by one template that moves lead through; false, and nothing done, where
/// something is not at hand.
#[inline(never)]
pub(super) fn parse_value(
    code: &Code,
    (parse, s): (&ParseCode, Reg),
    window: &mut Window<'_>,
    room: &mut Small,
    other: u8,
) -> bool {
    let Some(template) = parse.quick() else {
        return false;
    };
    let mut needed = template.needs.iter();
    if needed.any(|r| window.value(code, *r).is_none()) {
        return false;
    }
    let mut kept = Value::empty();
    let length = match window.value(code, s) {
        Some(Value::Short(length, bytes)) => {
            room[..SHORT].copy_from_slice(bytes);
            usize::from(*length)
        }
        Some(value) => {
            kept = value.clone();
            let mut scratch = SCRATCH;
            let bytes = kept.as_bytes(&mut scratch);
            if bytes.len() > SMALL {
                return parse_large(parse, template, &kept, window, other);
            }
            room[..bytes.len()].copy_from_slice(bytes);
            bytes.len()
        }
        None => return false,
    };
    let text = Text {
        room: folded(parse.fold, room, length),
        length,
        value: (parse.fold == Fold::None).then_some(&kept),
        other,
    };
    text.follow(&template.moves, &template.steps, window);
    true
}

/// The same for a text too long for a room, if its case is to stay.
#[inline(never)]
fn parse_large(
    parse: &ParseCode,
    template: &TemplateCode,
    value: &Value,
    window: &mut Window<'_>,
    other: u8,
) -> bool {
    if parse.fold != Fold::None {
        return false;
    }
    let mut scratch = SCRATCH;
    let room = value.as_bytes(&mut scratch);
    let text = Text {
        room,
        length: room.len(),
        value: Some(value),
        other,
    };
    text.follow(&template.moves, &template.steps, window);
    true
}

#[inline(always)]
fn folded(fold: Fold, room: &mut Small, length: usize) -> &Small {
    // A few bytes behind the text do not count.
    let whole = match length {
        ..=SPACE => &mut room[..SPACE],
        _ => &mut room[..length.next_multiple_of(SPACE)],
    };
    match fold {
        Fold::None => {}
        Fold::Upper => whole.make_ascii_uppercase(),
        Fold::Lower => whole.make_ascii_lowercase(),
    }
    room
}

impl<R: Room + ?Sized> Text<'_, R> {
    /// Follows the moves; gives where to go on when they end before the template does.
    #[inline(always)]
    pub fn follow(
        &self,
        moves: &[Move],
        steps: &[StepCode],
        window: &mut Window<'_>,
    ) -> Option<Rest> {
        let end = self.length;
        let mut hand = Hand::default();
        for step in moves {
            match *step {
                Move::Word(r) => {
                    let (from, to) = self.word(hand.at, hand.end);
                    hand.at = hand.end.min(to + 1);
                    self.store(window.place(r), from, to);
                }
                Move::Rest(r) => self.store(window.place(r), hand.at, hand.end),
                Move::Upto(b, r) => {
                    let at = self.room.first(hand.next, end, (b, b));
                    hand.upto((at < end).then_some(at), 1, end);
                    self.store(window.place(r), hand.at, hand.end);
                }
                Move::All(r) => {
                    hand.upto(None, 0, end);
                    self.store(window.place(r), hand.at, hand.end);
                }
                Move::SkipWord => {
                    let (_, to) = self.word(hand.at, hand.end);
                    hand.at = hand.end.min(to + 1);
                }
                Move::Byte(b) => {
                    let at = self.room.first(hand.next, end, (b, b));
                    hand.upto((at < end).then_some(at), 1, end);
                }
                Move::Few(find) => {
                    let found = self.room.search_few(hand.next, end, find);
                    hand.upto(found, usize::from(find.length), end);
                }
                Move::End => hand.upto(None, 0, end),
                Move::At(n) => hand.position(hand.next, n as usize, end),
                Move::Plus(n) => hand.position(hand.anchor, hand.anchor + n as usize, end),
                Move::Minus(n) => {
                    hand.position(hand.anchor, hand.anchor.saturating_sub(n as usize), end);
                }
                Move::Text(n) => {
                    if let PatternCode::Text(find) = &steps[n as usize].pattern {
                        let found = self.room.search(hand.next, end, find);
                        hand.upto(found, find.len(), end);
                    }
                }
                Move::Variable(r, n) => match window.place(r) {
                    Slot::Val(v) => self.upto_value(&mut hand, v),
                    _ => return Some(hand.rest(n)),
                },
                Move::Step(n) => return Some(hand.rest(n)),
            }
        }
        None
    }

    /// The piece reaches up to the text of a value.
    #[inline]
    fn upto_value(&self, hand: &mut Hand, v: &Value) {
        if let Value::Short(length @ 1..=8, bytes) = v {
            let find = Few::of(&bytes[..usize::from(*length)]);
            let found = self.room.search_few(hand.next, self.length, find);
            return hand.upto(found, usize::from(*length), self.length);
        }
        let mut room = SCRATCH;
        let find = v.as_bytes(&mut room);
        let found = match find {
            [] => None,
            _ => self.room.search(hand.next, self.length, find),
        };
        hand.upto(found, find.len(), self.length);
    }

    /// The next word of a piece, with no blanks around it.
    #[inline(always)]
    fn word(&self, at: usize, end: usize) -> (usize, usize) {
        let mut from = at;
        while from < end && matches!(self.room.byte(from), b if b == b' ' || b == self.other) {
            from += 1;
        }
        let to = match self.other {
            b' ' => self.room.first(from, end, (b' ', b' ')),
            other => self.room.first(from, end, (b' ', other)),
        };
        (from, to)
    }

    /// Stores a piece, over a short string in place.
    #[inline(always)]
    fn store(&self, slot: &mut Slot, from: usize, to: usize) {
        let size = to - from;
        if size > SHORT {
            return self.store_long(slot, from, to);
        }
        slot.put_short(size, |bytes| self.room.copy_to(from, bytes));
    }

    #[inline(never)]
    fn store_long(&self, slot: &mut Slot, from: usize, to: usize) {
        let shared = self.value.and_then(|v| v.share(self.length, from..to));
        match (shared, slot) {
            (Some(piece), slot) => *slot = Slot::Val(piece),
            (None, Slot::Val(v)) => {
                v.refill(self.room.piece(from, to));
            }
            (None, slot) => *slot = Slot::Val(Value::from_bytes(self.room.piece(from, to))),
        }
    }
}

impl Hand {
    /// What is left when a step cannot be done here.
    fn rest(&self, step: u32) -> Rest {
        Rest {
            step: step as usize,
            from: self.next,
            anchor: self.anchor,
        }
    }
}
