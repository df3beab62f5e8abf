//! Streams: records move, ends of file travel both ways.

use super::*;

/// What became of a record that was passed on.
enum Passed {
    /// It was consumed, or there is nobody who could.
    Consumed(bool),
    /// This filter took it; what it put out is to be passed on next.
    On(NodeId),
    /// It stands at a stage that must run.
    Offered,
}

impl Kernel {
    /// Takes a stage off an input stream; the producer sees end of file.
    pub fn sever_input(&mut self, id: NodeId, port: usize) {
        let Some(l) = self
            .nodes
            .get_mut(id)
            .and_then(|n| n.inputs.get_mut(port))
            .and_then(|p| p.link.take())
        else {
            return;
        };
        let Some(link) = self.links.get_mut(l) else {
            return;
        };
        if !link.home_to.is_empty() {
            link.to = Side::Parked;
            return;
        }
        link.to = Side::Gone;
        let refused = link.record.take().is_some();
        let (from, waiter) = (link.from, link.waiter);
        let lent = !link.home_from.is_empty();
        if !lent {
            self.links.remove(l);
        }
        if refused {
            self.delivered(waiter, false);
        }
        if let Side::At(p, pp) = from {
            if !lent {
                self.set_output((p, pp), None);
            }
            self.output_lost(p);
        }
    }

    /// An output of a stage has lost its consumer.
    pub(super) fn output_lost(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get(id) else {
            return;
        };
        let gone = match node.eof {
            EofReport::Current => false,
            EofReport::Any => true,
            EofReport::All => self.outputs_gone(id),
        };
        let Some(node) = self.nodes.get(id) else {
            return;
        };
        match node.wait {
            Wait::Fused if node.stalled => {}
            Wait::Fused if self.useless(id) => self.end(id, 0),
            Wait::Input(_) | Wait::AnyInput | Wait::Either | Wait::Timed(..) if gone => {
                self.wake(id);
            }
            _ => {}
        }
    }

    /// Takes a stage off an output stream; the consumer sees end of file.
    pub fn sever_output(&mut self, id: NodeId, port: usize) {
        let Some(l) = self
            .nodes
            .get_mut(id)
            .and_then(|n| n.outputs.get_mut(port))
            .and_then(|p| p.link.take())
        else {
            return;
        };
        let Some(link) = self.links.get_mut(l) else {
            return;
        };
        if !link.home_from.is_empty() {
            link.from = Side::Parked;
            return;
        }
        link.from = Side::Gone;
        let to = link.to;
        let lent = !link.home_to.is_empty();
        if !lent && link.record.is_none() {
            self.links.remove(l);
        }
        let Side::At(c, cp) = to else { return };
        if !lent && self.links.get(l).is_none() {
            self.set_input((c, cp), None);
        }
        self.input_lost(c, cp);
    }

    /// An input of a stage has lost its producer.
    pub(super) fn input_lost(&mut self, id: NodeId, port: usize) {
        let Some(node) = self.nodes.get(id) else {
            return;
        };
        match node.wait {
            // It ends with the others.
            Wait::Fused if node.stalled => {}
            Wait::Fused => {
                let aborted = self.sets.get(node.set).is_some_and(|s| s.aborted);
                match aborted {
                    true => self.end(id, 0),
                    false => self.unfuse(id),
                }
            }
            Wait::Input(p) | Wait::Timed(p, _) if p == port => self.wake(id),
            Wait::AnyInput | Wait::Either => self.wake(id),
            _ => {}
        }
    }

    /// Whether no output stream has a consumer.
    pub fn outputs_gone(&self, id: NodeId) -> bool {
        let node = self.nodes.get(id);
        node.is_none_or(|n| !n.outputs.iter().any(|p| self.has_consumer(p)))
    }

    /// Whether a stage has lost what it works for.
    pub fn useless(&self, id: NodeId) -> bool {
        let eof = self.nodes.get(id).map(|n| n.eof);
        eof != Some(EofReport::Current) && self.outputs_gone(id)
    }

    /// Which output streams have a consumer.
    pub fn connected_outputs(&self, id: NodeId) -> Vec<bool> {
        let Some(node) = self.nodes.get(id) else {
            return Vec::new();
        };
        let alive = |p| self.has_consumer(p);
        node.outputs.iter().map(alive).collect()
    }

    /// The text that a record for an output stream must hold to be of any use: what the filter there selects
    /// by, while it drops all others.
    pub fn sought(&self, id: NodeId, port: usize) -> Option<Rc<Finder>> {
        // Whoever watches wants to see all records.
        if self.watch.is_some() {
            return None;
        }
        let link = self.nodes.get(id)?.outputs.get(port)?.link?;
        let Side::At(consumer, _) = self.links.get(link)?.to else {
            return None;
        };
        let node = self.nodes.get(consumer)?;
        let drops = node.outputs.get(1).is_none_or(|p| !self.has_consumer(p));
        match &node.filter {
            Some(filter) if node.wait == Wait::Fused && drops => filter.seeks().cloned(),
            _ => None,
        }
    }

    /// Whether an output stream has a consumer.
    pub fn output_connected(&self, id: NodeId, port: usize) -> bool {
        let port = self.nodes.get(id).and_then(|n| n.outputs.get(port));
        port.is_some_and(|p| self.has_consumer(p))
    }

    fn has_consumer(&self, port: &Port) -> bool {
        let link = port.link.and_then(|l| self.links.get(l));
        link.is_some_and(|l| l.to != Side::Gone)
    }

    /// Makes a waiting stage ready.
    pub fn wake(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id)
            && !matches!(node.wait, Wait::Ready | Wait::Running | Wait::Ended)
        {
            node.wait = Wait::Ready;
            self.ready.push_back(id);
        }
    }

    /// Counts one step of a stage that runs. When the budget is used up, the stage goes on first with the
    /// next one, so that where a budget ends cannot be seen.
    pub fn spend(&mut self, id: NodeId) -> Spent {
        if self.left > 0 {
            self.left -= 1;
            return Spent::Within;
        }
        if let Some(node) = self.nodes.get_mut(id) {
            node.wait = Wait::Ready;
            self.ready.push_front(id);
        }
        Spent::Out
    }

    pub(super) fn delivered(&mut self, waiter: NodeId, consumed: bool) {
        let Some(node) = self.nodes.get_mut(waiter) else {
            return;
        };
        node.consumed = Some(consumed);
        if matches!(node.wait, Wait::Output | Wait::Either) {
            self.wake(waiter);
        }
    }

    /// The record that stands on an input stream; `Ok(None)` when there is none yet.
    pub fn look(&mut self, id: NodeId, port: usize) -> Result<Option<Record>, Stop> {
        self.check_stall(id)?;
        let Some(node) = self.nodes.get(id) else {
            return Err(Stop::Eof);
        };
        let Some(p) = node.inputs.get(port) else {
            return Err(Stop::Rc(-102));
        };
        let Some(link) = p.link.and_then(|l| self.links.get(l)) else {
            return Err(Stop::Eof);
        };
        if let Some(record) = &link.record {
            return Ok(Some(record.clone()));
        }
        if link.from == Side::Gone || self.eof_reported(id) {
            return Err(Stop::Eof);
        }
        Ok(None)
    }

    /// Whether reads are at end of file because of the output streams.
    pub fn eof_reported(&self, id: NodeId) -> bool {
        match self.nodes.get(id).map(|n| n.eof) {
            Some(EofReport::All) => self.outputs_gone(id),
            Some(EofReport::Any) => self.connected_outputs(id).contains(&false),
            _ => false,
        }
    }

    /// The input stream whose record came first; `Ok(None)` when there is none yet.
    pub fn look_any(&mut self, id: NodeId) -> Result<Option<usize>, Stop> {
        self.check_stall(id)?;
        let Some(node) = self.nodes.get(id) else {
            return Err(Stop::Eof);
        };
        let mut best: Option<(u64, usize)> = None;
        let mut alive = false;
        for (n, port) in node.inputs.iter().enumerate() {
            let Some(link) = port.link.and_then(|l| self.links.get(l)) else {
                continue;
            };
            alive |= link.from != Side::Gone;
            if link.record.is_some() && best.is_none_or(|b| link.arrival < b.0) {
                best = Some((link.arrival, n));
            }
        }
        match best {
            Some((_, n)) => Ok(Some(n)),
            None if alive && !self.eof_reported(id) => Ok(None),
            None => Err(Stop::Eof),
        }
    }

    /// Consumes the record on an input stream; its producer goes on.
    pub fn consume(&mut self, id: NodeId, port: usize) -> Option<Record> {
        let l = self.nodes.get(id)?.inputs.get(port)?.link?;
        let link = self.links.get_mut(l)?;
        let record = link.record.take()?;
        let waiter = link.waiter;
        self.delivered(waiter, true);
        Some(record)
    }

    /// Begins to write a record, and passes it down the line as [`Kernel::deliver`].
    pub fn offer(&mut self, id: NodeId, port: usize, record: Record) -> Result<Option<bool>, Stop> {
        self.check_stall(id)?;
        let Some(node) = self.nodes.get_mut(id) else {
            return Err(Stop::Eof);
        };
        node.output_rc = 0;
        Ok(self.flow(id, (id, port), record, true))
    }

    /// Goes on to pass what is to be written down the line. `Ok(None)`: a consumer must run first, or the
    /// budget is used up; `Ok(Some(consumed))`: the record's own consumer took it, or has gone.
    pub fn deliver(&mut self, id: NodeId) -> Result<Option<bool>, Stop> {
        if let Err(stop) = self.check_stall(id) {
            self.retract(id);
            return Err(stop);
        }
        let Some(node) = self.nodes.get_mut(id) else {
            return Err(Stop::Eof);
        };
        let mut consumed = true;
        if node.offered {
            match node.consumed.take() {
                None => {
                    node.wait = Wait::Output;
                    return Ok(None);
                }
                Some(c) => consumed = c,
            }
            node.offered = false;
        }
        self.work = std::mem::take(&mut node.work);
        Ok(match self.next_record(&mut consumed) {
            Some((from, port, record)) => self.flow(id, (from, port), record, consumed),
            None => Some(consumed),
        })
    }

    /// Does what is to be done before the next record is passed on; `None` when there is none.
    #[inline]
    fn next_record(&mut self, consumed: &mut bool) -> Option<(NodeId, usize, Record)> {
        loop {
            match self.work.pop()? {
                Work::After(filter, flow) => *consumed = self.after(filter, flow),
                Work::Deliver(from, port, record) => return Some((from, port, record)),
            }
        }
    }

    /// Passes a record down the line, then what else is to be done; whether the last record was consumed,
    /// `None` when somebody else must run first.
    fn flow(
        &mut self,
        id: NodeId,
        (mut from, mut port): (NodeId, usize),
        mut record: Record,
        mut consumed: bool,
    ) -> Option<bool> {
        // The first filter of the line says in the end whether its record was consumed.
        let mut first = None;
        loop {
            if self.spend(id) == Spent::Out {
                self.work.push(Work::Deliver(from, port, record));
                self.put_by(id, first, Some(consumed));
                return None;
            }
            match self.pass(id, from, port, record, &mut first) {
                Passed::On(filter) => {
                    if let Some((n, next)) = self.emit.items.pop() {
                        (from, port, record) = (filter, n, next);
                        continue;
                    }
                }
                Passed::Consumed(c) => consumed = c,
                Passed::Offered => {
                    self.put_by(id, first, None);
                    if let Some(node) = self.nodes.get_mut(id) {
                        node.wait = Wait::Output;
                    }
                    return None;
                }
            }
            match self.next_record(&mut consumed) {
                Some(next) => (from, port, record) = next,
                None => {
                    return Some(match first {
                        Some(filter) => self.after(filter, Flow::More),
                        None => consumed,
                    });
                }
            }
        }
    }

    /// Keeps what is still to be passed on, and what became of the record before it, if that is known.
    fn put_by(&mut self, id: NodeId, first: Option<NodeId>, consumed: Option<bool>) {
        let mut work = std::mem::take(&mut self.work);
        if let Some(filter) = first {
            work.insert(0, Work::After(filter, Flow::More));
        }
        if let Some(node) = self.nodes.get_mut(id) {
            node.work = work;
            node.offered = true;
            node.consumed = consumed;
        }
    }

    /// Takes back what a stage was writing.
    pub(super) fn retract(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.work.clear();
            node.offered = false;
        }
        let ids: Vec<LinkId> = self.links.ids().collect();
        for l in ids {
            if let Some(link) = self.links.get_mut(l)
                && link.waiter == id
            {
                link.record = None;
            }
        }
    }

    /// Passes one record to the consumer of an output stream: a filter is called, a stage is offered the
    /// record.
    #[inline]
    fn pass(
        &mut self,
        writer: NodeId,
        from: NodeId,
        port: usize,
        record: Record,
        first: &mut Option<NodeId>,
    ) -> Passed {
        let l = self.nodes.get(from).and_then(|n| n.outputs.get(port)?.link);
        let Some((l, to)) = l.and_then(|l| Some((l, self.links.get(l)?.to))) else {
            return Passed::Consumed(false);
        };
        if self.watch.is_some() {
            self.count(from, to);
        }
        while let Side::At(c, _) = to
            && let Some(Node {
                filter: Some(filter),
                wait: Wait::Fused,
                ..
            }) = self.nodes.get_mut(c)
        {
            let flow = filter.step(&record, &mut self.emit);
            if let Flow::Again(port) = flow {
                match self.leave(c, port) {
                    true => continue,
                    false => return Passed::Consumed(false),
                }
            }
            if matches!(flow, Flow::More) && self.emit.items.is_empty() {
                return Passed::Consumed(self.after(c, flow));
            }
            if !matches!(flow, Flow::More) {
                self.work.push(Work::After(c, flow));
            } else if first.is_none() && self.work.is_empty() {
                *first = Some(c);
            }
            // As a rule there is one record, which goes on at once.
            while self.emit.items.len() > 1 {
                let last = self.emit.items.pop();
                let next = last.map(|(n, r)| Work::Deliver(c, n, r));
                self.work.extend(next);
            }
            return Passed::On(c);
        }
        if to == Side::Gone {
            return Passed::Consumed(false);
        }
        self.arrivals += 1;
        let arrival = self.arrivals;
        if let Some(link) = self.links.get_mut(l) {
            link.record = Some(record);
            link.waiter = writer;
            link.arrival = arrival;
        }
        if let Side::At(c, cp) = to {
            match self.nodes.get(c).map(|n| n.wait) {
                Some(Wait::Input(p) | Wait::Timed(p, _)) if p == cp => self.wake(c),
                Some(Wait::AnyInput | Wait::Either) => self.wake(c),
                _ => {}
            }
        }
        Passed::Offered
    }

    /// Has a filter leave an output stream; whether it goes on.
    fn leave(&mut self, id: NodeId, port: u8) -> bool {
        self.sever_output(id, usize::from(port));
        let useless = self.useless(id);
        if useless {
            self.end(id, 0);
        }
        !useless
    }

    /// What becomes of a filter after all it put out was passed on.
    pub(super) fn after(&mut self, id: NodeId, flow: Flow) -> bool {
        if self.nodes.get(id).is_none_or(|n| n.ended) {
            return false;
        }
        match flow {
            Flow::More | Flow::Again(_) => true,
            Flow::Leave(port) => {
                self.leave(id, port);
                true
            }
            Flow::Last => {
                self.end(id, 0);
                true
            }
            Flow::Stop => {
                self.end(id, 0);
                false
            }
            Flow::Fail => {
                let rc = match self.emit.fault.take() {
                    Some(fault) => {
                        let rc = fault.rc();
                        self.report(id, fault.message);
                        rc
                    }
                    None => -1,
                };
                self.end(id, rc);
                false
            }
        }
    }

    pub(super) fn check_stall(&mut self, id: NodeId) -> Result<(), Stop> {
        match self.nodes.get_mut(id) {
            Some(node) if node.stalled => {
                node.stalled = false;
                Err(Stop::Rc(STALLED))
            }
            _ => Ok(()),
        }
    }

    /// Gives the producer of the record on an input stream a return code (SETRC); false when there is no
    /// producer.
    pub fn set_output_rc(&mut self, id: NodeId, port: usize, rc: i32) -> bool {
        let link = self.nodes.get(id).and_then(|n| n.inputs.get(port)?.link);
        let waiter = link.and_then(|l| self.links.get(l)).map(|l| l.waiter);
        if let Some(node) = waiter.and_then(|w| self.nodes.get_mut(w)) {
            node.output_rc = rc;
            return true;
        }
        false
    }

    /// Whether no record stands on an input stream, and none will come.
    pub fn input_ended(&self, id: NodeId, port: usize) -> bool {
        let link = self.nodes.get(id).and_then(|n| n.inputs.get(port)?.link);
        let link = link.and_then(|l| self.links.get(l));
        link.is_none_or(|l| l.record.is_none() && l.from == Side::Gone)
    }

    /// The state of a stream (STREAMSTATE): 0 connected, 4 a record waits, 8 the other side waits, 12 not
    /// connected, -4 not defined.
    pub fn stream_state(&self, id: NodeId, side: crate::pipe::spec::Direction, port: usize) -> i32 {
        use crate::pipe::spec::Direction::{Input, Output};
        let Some(node) = self.nodes.get(id) else {
            return -4;
        };
        let ports = match side {
            Input => &node.inputs,
            Output => &node.outputs,
        };
        let Some(port) = ports.get(port) else {
            return -4;
        };
        let Some(link) = port.link.and_then(|l| self.links.get(l)) else {
            return 12;
        };
        match side {
            Input if link.record.is_some() => 4,
            Input if link.from == Side::Gone => 12,
            Output if link.to == Side::Gone => 12,
            Output => match link.to {
                Side::At(c, cp) => match self.nodes.get(c).map(|n| n.wait) {
                    Some(Wait::Input(p) | Wait::Timed(p, _)) if p == cp => 8,
                    Some(Wait::AnyInput | Wait::Fused) => 8,
                    _ => 0,
                },
                _ => 0,
            },
            Input => 0,
        }
    }
}
