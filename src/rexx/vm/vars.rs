//! Reading and setting variables: by register, by stem and tail, and by name from outside
//! (SC24-5770 chapter 9, the EXECCOMM interface).

use std::rc::Rc;

use super::Vm;
use super::store::{Found, Key, OwnKey, Slot, Stem, StemSlot};
use crate::rexx::ast::{Condition, StemId, Target, VarId};
use crate::rexx::code::{CONST, Code, Reg, Slot2, Tail, TailPart, tail_of};
use crate::rexx::names::{Names, Symbol};
use crate::rexx::{BadName, Error, SCRATCH, Value};

/// A tail of this length is charged for.
const LONG_TAIL: usize = 64;

/// Simple variables by names as they were written, one in each place: whoever sets variables from outside
/// sets the same few again and again.
#[derive(Debug, Default)]
pub(super) struct Known([(Vec<u8>, VarId); 4]);

impl Known {
    /// The place of a name.
    fn place(name: &[u8]) -> usize {
        name.last().map_or(0, |last| usize::from(*last)) % 4
    }

    /// The variable of a name.
    #[inline]
    fn find(&self, name: &[u8]) -> Option<VarId> {
        let (known, id) = &self.0[Known::place(name)];
        (known == name && !name.is_empty()).then_some(*id)
    }

    fn keep(&mut self, name: &[u8], id: VarId) {
        self.0[Known::place(name)] = (name.to_vec(), id);
    }
}

impl Vm {
    /// Makes the current window reach over all names.
    pub(super) fn grow(&mut self) {
        let slots = self.base + self.window();
        if self.slots.len() < slots {
            self.slots.resize_with(slots, Slot::default);
        }
        let stems = self.stem_base + self.names.stems();
        if self.stems.len() < stems {
            self.stems.resize_with(stems, StemSlot::default);
        }
    }

    /// Empties the current window. What lies above it is always empty.
    pub(super) fn clear_window(&mut self) {
        let end = self.base + self.window();
        for slot in &mut self.slots[self.base..end] {
            *slot = Slot::Unset;
        }
        let end = self.stem_base + self.names.stems();
        for stem in &mut self.stems[self.stem_base..end] {
            *stem = StemSlot::Empty;
        }
    }

    /// The length of a window.
    #[inline]
    pub(super) fn window(&self) -> usize {
        self.names.vars() + self.layout.temps as usize
    }

    /// Runs `f` on the names, which it may add to.
    pub(super) fn with_names<R>(&mut self, f: impl FnOnce(&mut Names) -> R) -> R {
        let r = f(Rc::make_mut(&mut self.names));
        self.grow();
        r
    }

    /// The value in a register, if it has one.
    #[inline]
    pub(super) fn peek<'a>(&'a self, code: &'a Code, r: Reg) -> Option<&'a Value> {
        if r & CONST != 0 {
            return code.consts.get((r & !CONST) as usize);
        }
        match &self.slots[self.base + r as usize] {
            Slot::Val(v) => Some(v),
            Slot::Ref(at) => match &self.slots[*at as usize] {
                Slot::Val(v) => Some(v),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value in a register; the name of a variable without one.
    #[inline]
    pub(super) fn value(&mut self, code: &Code, r: Reg) -> Result<Value, Error> {
        match self.peek(code, r) {
            Some(v) => Ok(v.clone()),
            None => self.unset(r),
        }
    }

    /// What a variable without a value stands for.
    #[cold]
    pub(super) fn unset(&mut self, r: Reg) -> Result<Value, Error> {
        let id = self.layout.id(r).unwrap_or(0);
        let name = self.names.var_name(id);
        if self.novalue {
            return Err(Error::condition(Condition::NoValue, name));
        }
        Ok(Value::from_bytes(name))
    }

    /// The place of a register.
    #[inline]
    pub(super) fn place(&mut self, r: Reg) -> &mut Slot {
        let at = self.base + r as usize;
        match self.slots[at] {
            Slot::Ref(to) => &mut self.slots[to as usize],
            _ => &mut self.slots[at],
        }
    }

    /// Stores a value.
    #[inline]
    pub(super) fn put(&mut self, r: Reg, v: Value) {
        *self.place(r) = Slot::Val(v);
    }

    /// The number of the stem slot that a stem really is.
    fn stem_at(&self, stem: StemId) -> usize {
        let at = self.stem_base + stem as usize;
        match self.stems[at] {
            StemSlot::Ref(to) => to as usize,
            _ => at,
        }
    }

    fn stem_of(&self, at: usize) -> Option<&Stem> {
        match &self.stems[at] {
            StemSlot::Own(stem) => Some(stem),
            _ => None,
        }
    }

    fn stem_mut(&mut self, at: usize) -> &mut Stem {
        if !matches!(self.stems[at], StemSlot::Own(_)) {
            self.stems[at] = StemSlot::Own(Box::default());
        }
        match &mut self.stems[at] {
            StemSlot::Own(stem) => stem,
            // Made an own stem just above.
            _ => unreachable!("a stem slot without a stem"),
        }
    }

    /// The value of `stem.` itself.
    pub(super) fn stem_value(&mut self, stem: StemId) -> Result<Value, Error> {
        let at = self.stem_at(stem);
        if let Some(v) = self.stem_of(at).and_then(Stem::whole) {
            return Ok(v.clone());
        }
        let mut name = self.names.stem_name(stem).to_vec();
        name.push(b'.');
        self.no_value(name)
    }

    /// Whether a stem has no value as a whole.
    pub(super) fn is_stem_unset(&self, stem: StemId) -> bool {
        let stem = self.stem_of(self.stem_at(stem));
        stem.is_none_or(|s| s.whole().is_none())
    }

    fn no_value(&self, name: Vec<u8>) -> Result<Value, Error> {
        if self.novalue {
            return Err(Error::condition(Condition::NoValue, &name));
        }
        Ok(Value::from_vec(name))
    }

    /// Gives a whole stem a value.
    pub(super) fn assign_stem(&mut self, stem: StemId, value: Option<Value>) {
        let at = self.stem_at(stem);
        if value.is_none() && self.stem_of(at).is_none() {
            return;
        }
        let through = self.stem_mut(at).assign(value.clone());
        for (key, to) in through {
            *self.stem_mut(to as usize).place(key.key()) = match &value {
                Some(v) => Slot::Val(v.clone()),
                None => Slot::Unset,
            };
        }
    }

    /// Runs `f` with a tail's key.
    #[inline]
    fn with_tail<R>(
        &mut self,
        code: &Code,
        tail: &Tail,
        f: impl FnOnce(&mut Vm, Key<'_>) -> R,
    ) -> Result<R, Error> {
        match tail.parts.as_slice() {
            [TailPart::Reg(r)] => {
                if let Some(Value::Int(v)) = self.peek(code, *r) {
                    let v = *v;
                    return Ok(f(self, Key::Int(v)));
                }
            }
            [TailPart::Reg(a), TailPart::Reg(b)] => {
                if let (Some(Value::Int(a)), Some(Value::Int(b))) =
                    (self.peek(code, *a), self.peek(code, *b))
                    && let (Ok(a), Ok(b)) = (u32::try_from(*a), u32::try_from(*b))
                {
                    return Ok(f(self, Key::Pair(a, b)));
                }
            }
            _ => {}
        }
        let mut text = std::mem::take(&mut self.tail);
        text.clear();
        self.tail_text(code, tail, &mut text);
        if text.len() > LONG_TAIL {
            self.charge(text.len())?;
        }
        let r = f(self, Key::of(&text));
        self.tail = text;
        Ok(r)
    }

    /// The text of a tail; a variable without a value stands for its name.
    pub(super) fn tail_text(&self, code: &Code, tail: &Tail, out: &mut Vec<u8>) {
        for (n, part) in tail.parts.iter().enumerate() {
            if n > 0 {
                out.push(b'.');
            }
            match part {
                TailPart::Text(text) => out.extend_from_slice(text),
                TailPart::Reg(r) => match self.peek(code, *r) {
                    Some(v) => {
                        let mut room = SCRATCH;
                        out.extend_from_slice(v.as_bytes(&mut room));
                    }
                    None => {
                        let id = self.layout.id(*r).unwrap_or(0);
                        out.extend_from_slice(self.names.var_name(id));
                    }
                },
            }
        }
    }

    fn find_tail(&self, mut at: usize, key: Key<'_>) -> Option<&Value> {
        loop {
            match self.stem_of(at)?.get(key) {
                Found::Value(v) => return Some(v),
                Found::Unset => return None,
                Found::Through(to) => at = to as usize,
            }
        }
    }

    fn place_tail(&mut self, mut at: usize, key: Key<'_>) -> &mut Slot {
        if let Key::Text(text) = key {
            // Looked for once: what is not there yet is exposed nowhere.
            let mut number = self.stem_mut(at).text_number(text);
            while let Slot::Ref(to) = *self.stem_mut(at).numbered(number) {
                at = to as usize;
                number = self.stem_mut(at).text_number(text);
            }
            return self.stem_mut(at).numbered(number);
        }
        while let Some(Found::Through(to)) = self.stem_of(at).map(|s| s.get(key)) {
            at = to as usize;
        }
        self.stem_mut(at).place(key)
    }

    /// The value of a compound variable.
    #[inline]
    pub(super) fn tail_value(
        &mut self,
        code: &Code,
        stem: StemId,
        tail: u32,
    ) -> Result<Value, Error> {
        let tail = &code.tails[tail as usize];
        self.with_tail(code, tail, |vm, key| {
            if let Some(v) = vm.find_tail(vm.stem_at(stem), key) {
                return Ok(v.clone());
            }
            let name = vm.compound_name(stem, key);
            vm.no_value(name)
        })?
    }

    fn compound_name(&self, stem: StemId, key: Key<'_>) -> Vec<u8> {
        let mut name = self.names.stem_name(stem).to_vec();
        name.push(b'.');
        name.extend_from_slice(&key.text());
        name
    }

    /// Gives a compound variable a value.
    #[inline]
    pub(super) fn set_tail(
        &mut self,
        code: &Code,
        stem: StemId,
        tail: u32,
        v: Value,
    ) -> Result<(), Error> {
        let tail = &code.tails[tail as usize];
        self.with_tail(code, tail, |vm, key| {
            let at = vm.stem_at(stem);
            *vm.place_tail(at, key) = Slot::Val(v);
        })
    }

    /// The value of a compiled name, if it has one.
    pub(super) fn slot_value(&mut self, code: &Code, slot: &Slot2) -> Result<Value, Error> {
        match slot {
            Slot2::Simple(r) => self.value(code, *r),
            Slot2::Stem(stem) => self.stem_value(*stem),
            Slot2::Compound(stem, tail) => self.tail_value(code, *stem, *tail),
        }
    }

    /// Assigns to a compiled name.
    pub(super) fn assign(&mut self, code: &Code, slot: &Slot2, v: Value) -> Result<(), Error> {
        match slot {
            Slot2::Simple(r) => self.put(*r, v),
            Slot2::Stem(stem) => self.assign_stem(*stem, Some(v)),
            Slot2::Compound(stem, tail) => self.set_tail(code, *stem, *tail, v)?,
        }
        Ok(())
    }

    /// Drops a compiled name.
    pub(super) fn drop_slot(&mut self, code: &Code, slot: &Slot2) -> Result<(), Error> {
        match slot {
            Slot2::Simple(r) => *self.place(*r) = Slot::Unset,
            Slot2::Stem(stem) => self.assign_stem(*stem, None),
            Slot2::Compound(stem, tail) => {
                let (stem, tail) = (*stem, &code.tails[*tail as usize]);
                self.with_tail(code, tail, |vm, key| {
                    let at = vm.stem_at(stem);
                    *vm.place_tail(at, key) = Slot::Unset;
                })?;
            }
        }
        Ok(())
    }

    /// Makes a compiled name of the caller's window (`base`, `stem_base`) known in the current one.
    pub(super) fn expose(
        &mut self,
        code: &Code,
        slot: &Slot2,
        base: usize,
        stem_base: usize,
    ) -> Result<(), Error> {
        match slot {
            Slot2::Simple(r) => {
                let at = base + *r as usize;
                let to = match self.slots[at] {
                    Slot::Ref(to) => to,
                    _ => at as u32,
                };
                let own = self.base + *r as usize;
                self.slots[own] = Slot::Ref(to);
            }
            Slot2::Stem(stem) => {
                let to = self.caller_stem(*stem, stem_base);
                let own = self.stem_base + *stem as usize;
                self.stems[own] = StemSlot::Ref(to);
            }
            Slot2::Compound(stem, tail) => {
                let to = self.caller_stem(*stem, stem_base);
                let at = self.stem_at(*stem);
                if at != to as usize {
                    let tail = &code.tails[*tail as usize];
                    self.with_tail(code, tail, |vm, key| {
                        let mut to = to as usize;
                        while let Some(Found::Through(next)) = vm.stem_of(to).map(|s| s.get(key)) {
                            to = next as usize;
                        }
                        *vm.stem_mut(at).place(key) = Slot::Ref(to as u32);
                    })?;
                }
            }
        }
        Ok(())
    }

    fn caller_stem(&self, stem: StemId, stem_base: usize) -> u32 {
        let at = stem_base + stem as usize;
        match self.stems[at] {
            StemSlot::Ref(to) => to,
            _ => at as u32,
        }
    }

    // ---- by name ----

    /// Whether a text is written as a symbol of the program's language level.
    pub(super) fn is_symbol(&self, name: &[u8]) -> bool {
        let plain = |b: &u8| crate::rexx::names::is_symbol_byte(*b);
        !name.is_empty() && name.iter().all(plain) && self.has_its_letters(name)
    }

    /// Whether the letters of a name that is written as a symbol or a number are all of this level.
    pub(super) fn has_its_letters(&self, name: &[u8]) -> bool {
        name.iter()
            .all(|b| self.program.dialect.has_symbol_byte(*b))
    }

    /// The variable that a name as written means; `None` when no variable can have it.
    pub(super) fn named(&mut self, name: &[u8]) -> Option<Target> {
        if !self.is_symbol(name) {
            return None;
        }
        match self.with_names(|names| names.symbol(name)) {
            Symbol::Variable(target) => Some(target),
            Symbol::Constant(_) => None,
        }
    }

    /// The same for a name used as it is: after the first period anything may stand.
    fn direct(&mut self, name: &[u8]) -> Option<(Option<VarId>, StemId, Option<OwnKey>)> {
        let dot = memchr::memchr(b'.', name);
        let head = &name[..dot.unwrap_or(name.len())];
        let good = !head.is_empty()
            && !head[0].is_ascii_digit()
            && head
                .iter()
                .all(|b| crate::rexx::names::is_symbol_byte(*b) && !b.is_ascii_lowercase());
        if !good {
            return None;
        }
        let Some(dot) = dot else {
            let id = self.with_names(|names| names.var(name));
            return Some((Some(id), 0, None));
        };
        let stem = self.with_names(|names| names.stem(head));
        let tail = &name[dot + 1..];
        let key = (!tail.is_empty()).then(|| Key::of(tail).own());
        Some((None, stem, key))
    }

    /// The value of a variable by its meaning.
    pub(super) fn target_value(&self, target: &Target) -> Option<Value> {
        match target {
            Target::Simple(id) => self.peek(&self.code, self.layout.var(*id)).cloned(),
            Target::Stem(stem) => self.stem_of(self.stem_at(*stem))?.whole().cloned(),
            Target::Compound(stem, parts) => {
                let mut text = Vec::new();
                self.tail_text(&self.code, &tail_of(parts, self.layout), &mut text);
                self.find_tail(self.stem_at(*stem), Key::of(&text)).cloned()
            }
        }
    }

    /// The full name of a variable with its tail worked out.
    pub(super) fn target_name(&self, target: &Target) -> Vec<u8> {
        match target {
            Target::Simple(id) => self.names.var_name(*id).to_vec(),
            Target::Stem(stem) => {
                let mut name = self.names.stem_name(*stem).to_vec();
                name.push(b'.');
                name
            }
            Target::Compound(stem, parts) => {
                let mut name = self.names.stem_name(*stem).to_vec();
                name.push(b'.');
                self.tail_text(&self.code, &tail_of(parts, self.layout), &mut name);
                name
            }
        }
    }

    /// Sets or drops a variable by its meaning.
    pub(super) fn set_target(&mut self, target: &Target, value: Option<Value>) {
        let slot = value.clone().map_or(Slot::Unset, Slot::Val);
        match target {
            Target::Simple(id) => {
                let r = self.layout.var(*id);
                *self.place(r) = slot;
            }
            Target::Stem(stem) => self.assign_stem(*stem, value),
            Target::Compound(stem, parts) => {
                let mut text = Vec::new();
                self.tail_text(&self.code, &tail_of(parts, self.layout), &mut text);
                let at = self.stem_at(*stem);
                *self.place_tail(at, Key::of(&text)) = slot;
            }
        }
    }

    /// The value of a variable: name as written, tails substituted, upper-cased; `None` when not set.
    pub fn get_variable(&self, name: &[u8]) -> Option<Value> {
        if !name.iter().all(|b| crate::rexx::names::is_symbol_byte(*b)) {
            return None;
        }
        let name = name.to_ascii_uppercase();
        let Some(dot) = memchr::memchr(b'.', &name) else {
            let id = self.names.find_var(&name)?;
            return self.peek(&self.code, self.layout.var(id)).cloned();
        };
        let stem = self.stem_at(self.names.find_stem(&name[..dot])?);
        let tail = &name[dot + 1..];
        if tail.is_empty() {
            return self.stem_of(stem)?.whole().cloned();
        }
        let mut text = Vec::new();
        for (n, piece) in tail.split(|b| *b == b'.').enumerate() {
            if n > 0 {
                text.push(b'.');
            }
            let value = self
                .names
                .find_var(piece)
                .and_then(|id| self.peek(&self.code, self.layout.var(id)));
            match value {
                Some(v) => v.with_bytes(|b| text.extend_from_slice(b)),
                None => text.extend_from_slice(piece),
            }
        }
        self.find_tail(stem, Key::of(&text)).cloned()
    }

    /// Sets a variable, or drops it with `None`; name as for [`Vm::get_variable`].
    ///
    /// # Errors
    /// A name that no variable can have.
    pub fn set_variable(&mut self, name: &[u8], value: Option<Value>) -> Result<(), BadName> {
        value.iter().for_each(|v| self.charge_made(v));
        let target = self.named(name).ok_or(BadName)?;
        self.set_target(&target, value);
        Ok(())
    }

    /// Sets a variable to these bytes, in the room of its old value where that is its own; name as for
    /// [`Vm::get_variable`].
    ///
    /// # Errors
    /// A name that no variable can have.
    pub fn set_bytes(&mut self, name: &[u8], bytes: &[u8]) -> Result<(), BadName> {
        let id = match self.known.find(name) {
            Some(id) => id,
            None => match self.named(name).ok_or(BadName)? {
                Target::Simple(id) => {
                    self.known.keep(name, id);
                    id
                }
                target => {
                    let value = Value::from_bytes(bytes);
                    self.charge_made(&value);
                    self.set_target(&target, Some(value));
                    return Ok(());
                }
            },
        };
        let place = self.place(self.layout.var(id));
        let Slot::Val(old) = place else {
            let value = Value::from_bytes(bytes);
            *place = Slot::Val(value.clone());
            self.charge_made(&value);
            return Ok(());
        };
        let more = old.refill(bytes);
        self.room.set(self.room.get().saturating_sub(more));
        Ok(())
    }

    /// As [`Vm::get_variable`], the name used as it is.
    pub fn get_direct(&self, name: &[u8]) -> Option<Value> {
        let Some(dot) = memchr::memchr(b'.', name) else {
            let id = self.names.find_var(name)?;
            return self.peek(&self.code, self.layout.var(id)).cloned();
        };
        let stem = self.stem_at(self.names.find_stem(&name[..dot])?);
        match &name[dot + 1..] {
            [] => self.stem_of(stem)?.whole().cloned(),
            tail => self.find_tail(stem, Key::of(tail)).cloned(),
        }
    }

    /// As [`Vm::set_variable`], the name used as it is.
    ///
    /// # Errors
    /// A name that no variable can have.
    pub fn set_direct(&mut self, name: &[u8], value: Option<Value>) -> Result<(), BadName> {
        value.iter().for_each(|v| self.charge_made(v));
        match self.direct(name).ok_or(BadName)? {
            (Some(id), ..) => self.set_target(&Target::Simple(id), value),
            (None, stem, None) => self.assign_stem(stem, value),
            (None, stem, Some(key)) => {
                let at = self.stem_at(stem);
                *self.place_tail(at, key.key()) = value.map_or(Slot::Unset, Slot::Val);
            }
        }
        Ok(())
    }

    /// All variables of the current procedure level with their full names, sorted; a stem that was
    /// assigned to as a whole appears with its period.
    pub fn all_variables(&self) -> Vec<(Vec<u8>, Value)> {
        let mut out = Vec::new();
        for id in 0..self.names.vars() as u32 {
            let name = self.names.var_name(id);
            if !name.starts_with(b"\0")
                && let Some(v) = self.peek(&self.code, self.layout.var(id))
            {
                out.push((name.to_vec(), v.clone()));
            }
        }
        for id in 0..self.names.stems() as u32 {
            let Some(stem) = self.stem_of(self.stem_at(id)) else {
                continue;
            };
            if let Some(v) = stem.whole() {
                out.push((self.compound_name(id, Key::Text(b"")), v.clone()));
            }
            for (key, slot) in stem.slots() {
                let value = match slot {
                    Slot::Val(v) => Some(v.clone()),
                    Slot::Ref(to) => self.find_tail(*to as usize, key.key()).cloned(),
                    _ => None,
                };
                if let Some(v) = value {
                    out.push((self.compound_name(id, key.key()), v));
                }
            }
        }
        out.sort_by(|a, b| a.0.cmp(&b.0));
        out
    }
}
