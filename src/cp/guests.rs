//! The users who are logged on, and which of their virtual machines the dispatcher has to look at.
//!
//! Whoever takes a virtual machine to change it may have made it runnable, or no longer so: the dispatcher
//! looks at it once more. All others stand in a queue, or wait for a time, or for nothing, and cost nothing.

use std::collections::btree_map::{Keys, Values};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::cp::UserId;
use crate::cp::guest::Guest;

/// Where a virtual machine stands for the dispatcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It cannot run by itself.
    Dormant,
    /// It runs again at this time, in microseconds since 1970.
    Until(i64),
    /// It is in a queue.
    Queued,
}

/// The virtual machines of the users who are logged on.
#[derive(Default)]
pub struct Guests {
    all: BTreeMap<UserId, Guest>,
    places: BTreeMap<UserId, Place>,
    /// Those somebody has taken to change.
    touched: BTreeSet<UserId>,
    timers: BTreeSet<(i64, UserId)>,
    /// Those that have just become able to run: what they have to do is mostly short.
    woken: VecDeque<UserId>,
    /// Those that used up a slice.
    busy: VecDeque<UserId>,
}

impl Guests {
    /// The virtual machine of a user.
    pub fn get(&self, id: &[u8]) -> Option<&Guest> {
        self.all.get(id)
    }

    /// The virtual machine of a user, to change.
    pub fn get_mut(&mut self, id: &[u8]) -> Option<&mut Guest> {
        let guest = self.all.get_mut(id)?;
        if !self.touched.contains(id) {
            self.touched.insert(id.to_vec());
        }
        Some(guest)
    }

    /// The virtual machine of a user, for changes that have nothing to do with when it runs.
    pub fn get_aside(&mut self, id: &[u8]) -> Option<&mut Guest> {
        self.all.get_mut(id)
    }

    /// The virtual machines of these users, for changes that are followed by another look at each.
    pub fn each_of(&mut self, ids: &[UserId]) -> impl Iterator<Item = &mut Guest> {
        let wanted: BTreeSet<&UserId> = ids.iter().collect();
        let all = self.all.iter_mut();
        all.filter(move |(id, _)| wanted.contains(id))
            .map(|(_, guest)| guest)
    }

    /// Whether a user is logged on.
    pub fn contains_key(&self, id: &[u8]) -> bool {
        self.all.contains_key(id)
    }

    /// A user logs on.
    pub fn insert(&mut self, id: UserId, guest: Guest) {
        self.touched.insert(id.clone());
        self.all.insert(id, guest);
    }

    /// A user is gone.
    pub fn remove(&mut self, id: &[u8]) -> Option<Guest> {
        self.leave(id);
        self.places.remove(id);
        self.touched.remove(id);
        self.all.remove(id)
    }

    /// The users, in order.
    pub fn keys(&self) -> Keys<'_, UserId, Guest> {
        self.all.keys()
    }

    /// The virtual machines, in the order of their users.
    pub fn values(&self) -> Values<'_, UserId, Guest> {
        self.all.values()
    }

    /// How many users are logged on.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Puts everybody whom somebody has taken where he belongs now.
    pub fn settle(&mut self, now: i64) {
        while let Some(id) = self.touched.pop_first() {
            let Some(guest) = self.all.get(&id) else {
                continue;
            };
            let place = match guest.runnable(now) {
                true => Place::Queued,
                false => guest.wakes().map_or(Place::Dormant, Place::Until),
            };
            let before = self.places.get(&id).copied();
            if before == Some(place) {
                continue;
            }
            self.leave(&id);
            self.places.insert(id.clone(), place);
            match place {
                Place::Queued => self.woken.push_back(id),
                Place::Until(at) => drop(self.timers.insert((at, id))),
                Place::Dormant => {}
            }
        }
    }

    /// Takes a virtual machine out of the queue or the list of times that it stands in.
    fn leave(&mut self, id: &[u8]) {
        match self.places.insert(id.to_vec(), Place::Dormant) {
            Some(Place::Queued) => {
                self.woken.retain(|q| q != id);
                self.busy.retain(|q| q != id);
            }
            Some(Place::Until(at)) => drop(self.timers.remove(&(at, id.to_vec()))),
            Some(Place::Dormant) | None => {}
        }
    }

    /// The users whose time has come; they are looked at again.
    pub fn due(&mut self, now: i64) -> Vec<UserId> {
        let mut out = Vec::new();
        while let Some((at, id)) = self.timers.first().cloned()
            && at <= now
        {
            self.leave(&id);
            self.touched.insert(id.clone());
            out.push(id);
        }
        out
    }

    /// The time of the first timer.
    pub fn first_timer(&self) -> Option<i64> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// How many virtual machines stand in the queues.
    pub fn queued(&self) -> usize {
        self.woken.len() + self.busy.len()
    }

    /// The users whose machines get a slice in this round: all that have just become able to run, and some
    /// of those that use up their slices, in turn.
    pub fn next_round(&mut self, most: usize) -> Vec<UserId> {
        let mut round: Vec<UserId> = self.woken.drain(..).collect();
        let count = most.min(self.busy.len());
        round.extend(self.busy.drain(..count));
        for id in &round {
            self.places.insert(id.clone(), Place::Dormant);
        }
        round
    }

    /// A virtual machine had its slice and can go on.
    pub fn again(&mut self, id: &[u8]) {
        if self.places.insert(id.to_vec(), Place::Queued) != Some(Place::Queued) {
            self.busy.push_back(id.to_vec());
        }
    }

    /// The virtual machines in the queues.
    pub fn in_queues(&self) -> impl Iterator<Item = &Guest> {
        let ids = self.woken.iter().chain(&self.busy);
        ids.filter_map(|id| self.all.get(id))
    }
}
