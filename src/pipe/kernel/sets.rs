//! Sets of pipelines: stages come and go, commit levels, connectors, what a subroutine gives back.

use super::*;

impl Kernel {
    /// Adds a set of pipelines and starts its lowest commit level.
    pub fn add(&mut self, built: Built, kind: Kind) -> Result<SetId, Message> {
        self.add_heard(built, kind, None)
    }

    /// As [`Kernel::add`], with somebody who hears of it instead of the host.
    pub fn add_heard(
        &mut self,
        built: Built,
        kind: Kind,
        ear: Option<events::Ear>,
    ) -> Result<SetId, Message> {
        if self.nodes.count() + built.nodes.len() > MOST_STAGES {
            let most = MOST_STAGES.to_string();
            let message = fpl::FPLDSP9005E.with(&[most.as_bytes()]);
            self.overflow = Some(-message.number());
            return Err(message);
        }
        let parent = match kind {
            Kind::Main => None,
            Kind::Call(n) | Kind::Add(n) => self.nodes.get(n).map(|n| n.set),
        };
        let hears = ear.or_else(|| parent.and_then(|p| self.sets.get(p)?.hears.clone()));
        let set = self.sets.add(Set {
            kind,
            options: built.options,
            members: Vec::new(),
            live: built.nodes.len(),
            rc: 0,
            level: None,
            waiting: built.nodes.len(),
            aborted: false,
            restore: Vec::new(),
            parent,
            hears,
        });
        self.live_sets += 1;
        let members: Vec<NodeId> = built
            .nodes
            .into_iter()
            .map(|n| self.add_node(set, n))
            .collect();
        if let Some(s) = self.sets.get_mut(set) {
            s.members.clone_from(&members);
        }
        for (from, to) in built.links {
            self.connect((members[from.0], from.1), (members[to.0], to.1));
        }
        if let Kind::Call(caller) | Kind::Add(caller) = kind {
            if let Err(message) = self.join(set, caller, &built.connectors, &members) {
                self.forget(set);
                return Err(message);
            }
            for connector in &built.connectors {
                if let Some(node) = self.nodes.get_mut(members[connector.node]) {
                    node.joined = true;
                }
            }
        }
        self.set_begins(set);
        if let Kind::Call(caller) = kind {
            self.caller_waits(caller, set);
        }
        for &id in &members {
            self.fuse(id);
        }
        self.settle(set);
        Ok(set)
    }

    pub(super) fn add_node(&mut self, set: SetId, new: NewNode) -> NodeId {
        let port = |id| Port { id, link: None };
        self.tracing |= new.options.trace;
        self.nodes.add(Node {
            set,
            number: new.number,
            pipeline: new.pipeline,
            text: new.text,
            options: new.options,
            inputs: new.inputs.into_iter().map(port).collect(),
            outputs: new.outputs.into_iter().map(port).collect(),
            wait: Wait::NotStarted,
            level: new.level,
            eof: new.eof,
            program: None,
            body: Some(new.body),
            filter: None,
            begun: false,
            joined: false,
            ended: false,
            stalled: false,
            stopped: false,
            eventful: false,
            work: Vec::new(),
            offered: false,
            consumed: None,
            output_rc: 0,
            answer: None,
            rc_answer: None,
            selected: (0, 0),
            passed: (0, 0),
        })
    }

    pub(super) fn connect(&mut self, from: (NodeId, usize), to: (NodeId, usize)) {
        let link = self.links.add(Link {
            from: Side::At(from.0, from.1),
            to: Side::At(to.0, to.1),
            record: None,
            waiter: from.0,
            arrival: 0,
            home_to: Vec::new(),
            home_from: Vec::new(),
        });
        self.set_output(from, Some(link));
        self.set_input(to, Some(link));
    }

    pub(super) fn set_input(&mut self, at: (NodeId, usize), link: Option<LinkId>) {
        if let Some(port) = self
            .nodes
            .get_mut(at.0)
            .and_then(|n| n.inputs.get_mut(at.1))
        {
            port.link = link;
        }
    }

    pub(super) fn set_output(&mut self, at: (NodeId, usize), link: Option<LinkId>) {
        if let Some(port) = self
            .nodes
            .get_mut(at.0)
            .and_then(|n| n.outputs.get_mut(at.1))
        {
            port.link = link;
        }
    }

    /// Turns a filter with one connected input into a function that its producer calls.
    fn fuse(&mut self, id: NodeId) {
        let on = self.fusion == Fusion::On;
        let Some(node) = self.nodes.get_mut(id) else {
            return;
        };
        let single = node.inputs.iter().skip(1).all(|p| p.link.is_none());
        let fed = node.inputs.first().is_some_and(|p| p.link.is_some());
        if !on || !single || !fed || node.joined || node.options.trace {
            return;
        }
        match node.body.take() {
            Some(Body::Filter(filter)) => node.filter = Some(filter),
            other => node.body = other,
        }
    }

    /// Goes on with a stage that has ended its work but left a filter to do the rest; false when it left
    /// none.
    pub fn goes_on(&mut self, id: NodeId) -> bool {
        if self.nodes.get(id).is_none_or(|n| n.body.is_none()) {
            return false;
        }
        self.fuse(id);
        self.begin(id);
        true
    }

    /// Makes a filter a stage of its own again, ready to run.
    pub(super) fn unfuse(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id) else {
            return;
        };
        let Some(filter) = node.filter.take() else {
            return;
        };
        node.body = Some(Body::Filter(filter));
        if node.wait == Wait::Fused {
            node.wait = Wait::Ready;
            self.ready.push_back(id);
        }
    }

    /// Raises the commit level of a set as far as it goes, and starts what may start.
    pub(super) fn settle(&mut self, id: SetId) {
        loop {
            let Some(set) = self.sets.get(id) else { return };
            if set.waiting == 0 || set.aborted {
                return;
            }
            let nodes = || set.members.iter().filter_map(|&m| self.nodes.get(m));
            let lowest = nodes()
                .filter(|n| !n.ended)
                .map(|n| match n.wait {
                    Wait::Commit(level) => level,
                    _ => n.level,
                })
                .min();
            let Some(lowest) = lowest else { return };
            if set.level.is_some_and(|l| l >= lowest) {
                return;
            }
            self.raise(id, lowest);
        }
    }

    pub(super) fn raise(&mut self, id: SetId, level: i32) {
        let Some(set) = self.sets.get_mut(id) else {
            return;
        };
        let first = set.level.is_none();
        set.level = Some(level);
        let rc = if first { 0 } else { set.rc };
        set.aborted |= rc != 0;
        let members = set.members.clone();
        self.set_commits(id, rc, level);
        for m in members {
            let Some(node) = self.nodes.get_mut(m) else {
                continue;
            };
            match node.wait {
                Wait::NotStarted if rc != 0 => self.end(m, 0),
                Wait::NotStarted if node.level <= level => self.start(m),
                Wait::Commit(to) if to <= level || rc != 0 => {
                    node.level = to;
                    node.rc_answer = Some(rc);
                    self.less_waiting(id);
                    self.wake(m);
                }
                _ => {}
            }
        }
    }

    pub(super) fn less_waiting(&mut self, id: SetId) {
        if let Some(set) = self.sets.get_mut(id) {
            set.waiting = set.waiting.saturating_sub(1);
        }
    }

    pub(super) fn start(&mut self, id: NodeId) {
        let set = self.nodes.get(id).map(|n| n.set);
        if let Some(set) = set {
            self.less_waiting(set);
            self.stage_starts(id, set);
        }
        self.begin(id);
    }

    /// Makes a stage ready, or a filter that is called when there is something for it.
    fn begin(&mut self, id: NodeId) {
        let outputs = self.connected_outputs(id);
        if self.traced(id) {
            let level = self.nodes.get(id).map_or(0, |n| n.level).to_string();
            self.report(id, fpl::FPLDSP028I.with(&[level.as_bytes()]));
        }
        let Some(node) = self.nodes.get_mut(id) else {
            return;
        };
        let Some(filter) = &mut node.filter else {
            node.wait = Wait::Ready;
            self.ready.push_back(id);
            return;
        };
        filter.start(&outputs);
        node.begun = true;
        node.wait = Wait::Fused;
        // A producer may have written or ended before.
        let link = node.inputs.first().and_then(|p| p.link);
        match link.and_then(|l| self.links.get(l)) {
            None => self.unfuse(id),
            Some(l) if l.record.is_some() => self.unfuse(id),
            Some(_) if self.useless(id) => self.end(id, 0),
            Some(_) => {}
        }
    }

    /// Ends a stage: its streams are severed and its return code counts.
    pub fn end(&mut self, id: NodeId, rc: i32) {
        self.to_end.push_back((id, rc));
        if self.ending {
            return;
        }
        self.ending = true;
        while let Some((id, rc)) = self.to_end.pop_front() {
            self.end_one(id, rc);
        }
        self.ending = false;
    }

    pub(super) fn end_one(&mut self, id: NodeId, rc: i32) {
        let Some(node) = self.nodes.get_mut(id) else {
            return;
        };
        if node.ended {
            return;
        }
        node.ended = true;
        let waited = matches!(node.wait, Wait::NotStarted | Wait::Commit(_));
        node.wait = Wait::Ended;
        node.body = None;
        node.filter = None;
        let set = node.set;
        let (inputs, outputs) = (node.inputs.len(), node.outputs.len());
        if node.options.listrc || node.options.trace || (node.options.listerr && rc != 0) {
            let message = fpl::FPLDSP020I.with(&[rc.to_string().as_bytes()]);
            self.report(id, message);
        }
        self.stage_ends(id, set, rc);
        if let Some(set) = self.sets.get_mut(set) {
            set.rc = worse(set.rc, rc);
            set.live -= 1;
        }
        if waited {
            self.less_waiting(set);
        }
        self.warp_close(id);
        for port in 0..inputs {
            self.sever_input(id, port);
        }
        for port in 0..outputs {
            self.sever_output(id, port);
        }
        match self.sets.get(set) {
            Some(s) if s.live == 0 => self.end_set(set),
            _ => self.settle(set),
        }
    }

    pub(super) fn end_set(&mut self, id: SetId) {
        let Some(set) = self.sets.get(id) else { return };
        let (kind, rc) = (set.kind, set.rc);
        let restore = set.restore.clone();
        let caller = match kind {
            Kind::Call(caller) => Some(caller),
            Kind::Main | Kind::Add(_) => None,
        };
        self.set_ends(id, rc, caller);
        for (node, direction, port, link) in restore {
            self.give_back(node, direction, port, link);
        }
        match kind {
            Kind::Main => self.rc = worse(self.rc, rc),
            Kind::Add(_) => self.rc = worse(self.rc, rc),
            Kind::Call(caller) => {
                if let Some(node) = self.nodes.get_mut(caller) {
                    node.rc_answer = Some(rc);
                }
                self.wake(caller);
            }
        }
        self.forget(id);
    }

    pub(super) fn forget(&mut self, id: SetId) {
        let Some(set) = self.sets.remove(id) else {
            return;
        };
        self.live_sets -= 1;
        self.note_ended(&set);
        for m in set.members {
            for port in 0..self.nodes.get(m).map_or(0, |n| n.inputs.len()) {
                self.sever_input(m, port);
            }
            for port in 0..self.nodes.get(m).map_or(0, |n| n.outputs.len()) {
                self.sever_output(m, port);
            }
            self.nodes.remove(m);
        }
    }

    pub(super) fn join(
        &mut self,
        set: SetId,
        caller: NodeId,
        connectors: &[NewConnector],
        members: &[NodeId],
    ) -> Result<(), Message> {
        use crate::pipe::spec::Direction::{Input, Output};
        let mut places = Vec::new();
        for c in connectors {
            let port = self.find_stream(caller, c.direction, &c.stream);
            places.push(port.ok_or_else(|| fpl::FPLSCA103E.with(&[&c.stream]))?);
        }
        // Streams that the caller has now are taken over first, then new ones are made.
        for (c, &port) in connectors.iter().zip(&places) {
            match (c.direction, c.begins) {
                (Input, true) => self.lend_input(set, (caller, port), (members[c.node], c.port)),
                (Output, false) => self.lend_output(set, (caller, port), (members[c.node], c.port)),
                _ => {}
            }
        }
        for (c, &port) in connectors.iter().zip(&places) {
            match (c.direction, c.begins) {
                (Output, true) => self.connect((caller, port), (members[c.node], c.port)),
                (Input, false) => self.connect((members[c.node], c.port), (caller, port)),
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn lend_input(&mut self, set: SetId, home: (NodeId, usize), to: (NodeId, usize)) {
        let link = self.nodes.get(home.0).and_then(|n| n.inputs[home.1].link);
        let Some(id) = link else { return };
        self.set_input(home, None);
        self.set_input(to, Some(id));
        let call = self.lend(set, home, crate::pipe::spec::Direction::Input, id);
        if let Some(link) = self.links.get_mut(id) {
            link.to = Side::At(to.0, to.1);
            if call {
                link.home_to.push(home);
            }
        }
    }

    pub(super) fn lend_output(&mut self, set: SetId, home: (NodeId, usize), from: (NodeId, usize)) {
        let link = self.nodes.get(home.0).and_then(|n| n.outputs[home.1].link);
        let Some(id) = link else { return };
        self.set_output(home, None);
        self.set_output(from, Some(id));
        let call = self.lend(set, home, crate::pipe::spec::Direction::Output, id);
        let mut consumer = None;
        if let Some(link) = self.links.get_mut(id) {
            link.from = Side::At(from.0, from.1);
            if call {
                link.home_from.push(home);
            }
            if let Side::At(c, _) = link.to {
                consumer = Some(c);
            }
        }
        if let Some(c) = consumer {
            self.unfuse(c);
        }
    }

    /// Notes that a subroutine must give a link back; an added pipeline keeps it.
    pub(super) fn lend(
        &mut self,
        set: SetId,
        home: (NodeId, usize),
        direction: crate::pipe::spec::Direction,
        link: LinkId,
    ) -> bool {
        match self.sets.get_mut(set) {
            Some(s) if matches!(s.kind, Kind::Call(_)) => {
                s.restore.push((home.0, direction, home.1, link));
                true
            }
            _ => false,
        }
    }

    pub(super) fn give_back(
        &mut self,
        node: NodeId,
        direction: crate::pipe::spec::Direction,
        port: usize,
        id: LinkId,
    ) {
        use crate::pipe::spec::Direction::{Input, Output};
        let Some(link) = self.links.get_mut(id) else {
            return;
        };
        let other = match direction {
            Input => {
                link.home_to.pop();
                link.to = Side::At(node, port);
                link.from
            }
            Output => {
                link.home_from.pop();
                link.from = Side::At(node, port);
                link.to
            }
        };
        let dead = other == Side::Gone && link.record.is_none();
        if dead && link.home_to.is_empty() && link.home_from.is_empty() {
            self.links.remove(id);
            return;
        }
        match direction {
            Input => self.set_input((node, port), Some(id)),
            Output => self.set_output((node, port), Some(id)),
        }
    }

    /// The number of a stream by number or identifier; empty or `*` is the selected one.
    pub fn find_stream(
        &self,
        id: NodeId,
        direction: crate::pipe::spec::Direction,
        stream: &[u8],
    ) -> Option<usize> {
        let node = self.nodes.get(id)?;
        let ports = match direction {
            crate::pipe::spec::Direction::Input => &node.inputs,
            crate::pipe::spec::Direction::Output => &node.outputs,
        };
        if stream.is_empty() || stream == b"*" {
            return Some(match direction {
                crate::pipe::spec::Direction::Input => node.selected.0,
                crate::pipe::spec::Direction::Output => node.selected.1,
            });
        }
        if let Ok(n) = crate::pipe::args::unsigned(stream) {
            return usize::try_from(n).ok().filter(|&n| n < ports.len());
        }
        ports.iter().position(|p| {
            p.id.as_deref()
                .is_some_and(|i| i.eq_ignore_ascii_case(stream))
        })
    }
}
