//! What the stages have done so far, for whoever watches (`cms pipe --watch`). Nothing is counted unless
//! somebody does.

use super::*;

/// A stage as a watcher sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageView {
    /// The pipeline in its specification, from 1.
    pub pipeline: usize,
    /// The place in the pipeline, from 1.
    pub number: usize,
    /// The stage as it was written.
    pub text: Vec<u8>,
    /// Whether a stage added the pipeline (ADDPIPE, CALLPIPE).
    pub added: bool,
    /// The records that came to it; each stream counts.
    pub taken: u64,
    /// The records it wrote.
    pub given: u64,
    /// What it is doing.
    pub waits: Waiting,
}

/// What a stage is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// It can run.
    Ready,
    /// For a record from the stage with this number and pipeline, if it is known.
    Input(Option<(usize, usize)>),
    /// For the stage with this number and pipeline to take its record.
    Output(Option<(usize, usize)>),
    /// For the others to come to a commit level, or to begin.
    Commit,
    /// For its subroutine.
    Call,
    /// For something outside.
    Outside,
    /// It has ended.
    Ended,
}

/// The books of a watcher.
#[derive(Default)]
pub struct Watch {
    /// The stages that are no longer there; those that look the same are one.
    ended: Vec<StageView>,
}

/// How many stages that have ended are kept apart.
const KEPT: usize = 200;

impl Kernel {
    /// Counts a record.
    pub(super) fn count(&mut self, from: NodeId, to: Side) {
        if let Some(node) = self.nodes.get_mut(from) {
            node.passed.1 += 1;
        }
        if let Side::At(consumer, _) = to
            && let Some(node) = self.nodes.get_mut(consumer)
        {
            node.passed.0 += 1;
        }
    }

    /// Keeps what the stages of a set have done.
    pub(super) fn note_ended(&mut self, set: &Set) {
        if self.watch.is_none() {
            return;
        }
        for &member in &set.members {
            let Some(mut view) = self.view(member, set.kind) else {
                continue;
            };
            view.waits = Waiting::Ended;
            let Some(watch) = &mut self.watch else { return };
            let same = watch.ended.iter().position(|v| {
                (v.pipeline, v.number, v.added) == (view.pipeline, view.number, view.added)
                    && v.text == view.text
            });
            if let Some(old) = same.and_then(|at| watch.ended.get_mut(at)) {
                old.taken += view.taken;
                old.given += view.given;
            } else if watch.ended.len() < KEPT {
                watch.ended.push(view);
            }
        }
    }

    fn view(&self, id: NodeId, kind: Kind) -> Option<StageView> {
        let node = self.nodes.get(id)?;
        Some(StageView {
            pipeline: node.pipeline,
            number: node.number,
            text: node.text.clone(),
            added: kind != Kind::Main,
            taken: node.passed.0,
            given: node.passed.1,
            waits: self.waiting(node),
        })
    }

    fn waiting(&self, node: &Node) -> Waiting {
        let place = |side| match side {
            Side::At(id, _) => self.nodes.get(id).map(|n| (n.number, n.pipeline)),
            _ => None,
        };
        let feeder = |port: usize| {
            let link = node.inputs.get(port)?.link?;
            place(self.links.get(link)?.from)
        };
        match node.wait {
            Wait::Ready | Wait::Running | Wait::Host => Waiting::Ready,
            Wait::Input(port) | Wait::Timed(port, _) => Waiting::Input(feeder(port)),
            Wait::Fused => Waiting::Input(feeder(0)),
            Wait::AnyInput | Wait::Either => Waiting::Input(None),
            Wait::Output => {
                let mut links = node.outputs.iter().filter_map(|p| self.links.get(p.link?));
                Waiting::Output(links.find(|l| l.record.is_some()).and_then(|l| place(l.to)))
            }
            Wait::NotStarted | Wait::Commit(_) => Waiting::Commit,
            Wait::Call => Waiting::Call,
            Wait::Ticket(_) | Wait::Until(_) => Waiting::Outside,
            Wait::Ended => Waiting::Ended,
        }
    }

    /// The stages, those of the specification first.
    pub fn stages(&self) -> Vec<StageView> {
        let mut all = self
            .watch
            .as_ref()
            .map_or_else(Vec::new, |w| w.ended.clone());
        for id in self.nodes.ids() {
            let kind = self.nodes.get(id).and_then(|n| self.sets.get(n.set));
            all.extend(self.view(id, kind.map_or(Kind::Main, |s| s.kind)));
        }
        all.sort_by_key(|v| (v.added, v.pipeline, v.number));
        all
    }
}
