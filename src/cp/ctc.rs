//! Which channel-to-channel adapters are connected, and how a virtual machine hears that there is something to
//! do for one of its own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cp::UserId;
use crate::cp::guest::Vdev;
use crate::cp::system::System;
use crate::device::{Bell, Ctc, Line};

/// The users whose adapters have something to do.
#[derive(Clone, Default)]
pub struct Calls(Arc<Mutex<BTreeSet<UserId>>>);

impl Calls {
    fn bell(&self, user: &[u8]) -> Bell {
        let (calls, user) = (self.0.clone(), user.to_vec());
        Arc::new(move || {
            let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
            if !calls.contains(&user) {
                calls.insert(user.clone());
            }
        })
    }

    fn take(&self) -> BTreeSet<UserId> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl System {
    /// Has the machines go on whose adapters have something to do.
    pub(in crate::cp) fn answer_calls(&mut self) {
        self.settle_paths();
        for user in self.calls.take() {
            if let Some(guest) = self.guests.get_mut(&user) {
                guest.hardware.wake_readers();
            }
        }
    }

    /// What an adapter is connected with.
    pub(in crate::cp) fn coupled(&self, user: &[u8], vdev: u16) -> Option<(UserId, u16)> {
        match self.guests.get(user)?.vdevs.get(&vdev)? {
            Vdev::Ctc { peer } => peer.clone(),
            _ => None,
        }
    }

    /// Connects two adapters.
    pub(in crate::cp) fn couple(&mut self, one: (&[u8], u16), two: (&[u8], u16)) {
        let line = Line::new([self.calls.bell(one.0), self.calls.bell(two.0)]);
        for (side, own, other) in [(0, one, two), (1, two, one)] {
            self.set_peer(own, Some((other.0.to_vec(), other.1)));
            if let Some(ctc) = self.adapter(own.0, own.1) {
                ctc.connect(line.clone(), side);
            }
        }
    }

    /// Ends the connection of an adapter, on both sides. The lines that tell of it go to the other user.
    pub(in crate::cp) fn uncouple(&mut self, user: &[u8], vdev: u16) {
        let Some(peer) = self.coupled(user, vdev) else {
            return;
        };
        for (user, vdev) in [(user, vdev), (&peer.0[..], peer.1)] {
            self.set_peer((user, vdev), None);
            if let Some(ctc) = self.adapter(user, vdev) {
                ctc.disconnect();
            }
        }
        if peer.0 != user {
            let told = format!("CTCA {:04X} UNCOUPLED", peer.1);
            self.tell(&peer.0, told.as_bytes());
        }
    }

    /// Ends the connections of all adapters of a user.
    pub(in crate::cp) fn uncouple_all(&mut self, user: &[u8]) {
        let Some(guest) = self.guests.get(user) else {
            return;
        };
        let adapters: Vec<u16> = guest
            .vdevs
            .iter()
            .filter(|(_, v)| matches!(v, Vdev::Ctc { .. }))
            .map(|(n, _)| *n)
            .collect();
        for vdev in adapters {
            self.uncouple(user, vdev);
        }
    }

    fn set_peer(&mut self, own: (&[u8], u16), with: Option<(UserId, u16)>) {
        let guest = self.guests.get_mut(own.0);
        if let Some(Vdev::Ctc { peer }) = guest.and_then(|g| g.vdevs.get_mut(&own.1)) {
            *peer = with;
        }
    }

    fn adapter(&mut self, user: &[u8], vdev: u16) -> Option<&mut Ctc> {
        let guest = self.guests.get_mut(user)?;
        guest.hardware.wake_readers();
        guest.hardware.devices.get_mut(vdev)
    }
}
