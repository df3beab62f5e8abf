//! Wormholes: who reads from which (WARP).

use super::*;

/// A stage that reads from a wormhole.
pub(in crate::pipe) struct Reader {
    pub name: Vec<u8>,
    /// Never used again, unlike the stage's number.
    pub serial: u64,
    node: NodeId,
}

impl Kernel {
    /// Opens a wormhole: the stage reads what is written to that name from now on.
    pub fn warp_open(&mut self, id: NodeId, name: &[u8]) {
        self.warps_opened += 1;
        self.warps.push(Reader {
            name: name.to_vec(),
            serial: self.warps_opened,
            node: id,
        });
    }

    /// Connects a new output stream of a stage to a new input stream of a wormhole's reader; gives the number
    /// of the output stream, nothing when the reader has gone.
    pub fn warp_link(&mut self, id: NodeId, serial: u64) -> Option<usize> {
        let reader = self.warps.iter().find(|w| w.serial == serial)?.node;
        let inputs = &mut self.nodes.get_mut(reader)?.inputs;
        let input = inputs.iter().position(|p| p.link.is_none());
        let input = input.unwrap_or(inputs.len());
        if input == inputs.len() {
            inputs.push(Port::default());
        }
        let outputs = &mut self.nodes.get_mut(id)?.outputs;
        let output = outputs.len();
        outputs.push(Port::default());
        self.connect((id, output), (reader, input));
        Some(output)
    }

    /// Whether a stage reads from a wormhole that may still be written to.
    pub fn warp_is_open(&self, id: NodeId) -> bool {
        self.warps.iter().any(|w| w.node == id)
    }

    /// A stage reads from no wormhole any more.
    pub(super) fn warp_close(&mut self, id: NodeId) {
        self.warps.retain(|w| w.node != id);
    }

    /// Closes the wormholes that nobody writes to, since nothing else can go on; whether there were any.
    pub fn close_idle_warps(&mut self) -> bool {
        let idle = |node: &Node| {
            let no_writer = node.inputs.iter().all(|p| p.link.is_none());
            node.wait == Wait::AnyInput && no_writer
        };
        let readers = self.warps.iter().map(|w| w.node);
        let idle: Vec<NodeId> = readers
            .filter(|&id| self.nodes.get(id).is_some_and(idle))
            .collect();
        for &id in &idle {
            self.warp_close(id);
            self.wake(id);
        }
        !idle.is_empty()
    }
}
