//! How a virtual reader takes files from its user's reader queue: the first that is neither held nor of
//! another class, when the program asks for a card (z/VM CP Commands: SPOOL, operands of a reader).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::format::{Attributes, Queue, is_data};
use super::queue::{OpenFile, Spool};
use crate::cp::UserId;
use crate::device::{Deck, DeckEnd, Feed};

/// How a reader is spooled, and what it reads: shared by the device and by CP's commands.
#[derive(Debug, Default)]
pub struct Reading {
    /// Whose queue it reads.
    pub user: UserId,
    /// The class of files it takes; `*` for all.
    pub class: u8,
    /// SPOOL HOLD: a file that was read stays as it was.
    pub hold: bool,
    /// SPOOL KEEP: a file that was read stays in user hold.
    pub keep: bool,
    /// SPOOL CONT: one file is read behind the other without an end of file.
    pub cont: bool,
    /// SPOOL EOF: an end of file is unit exception, else intervention required.
    pub eof: bool,
    /// Whether it is ready.
    pub ready: bool,
    /// The number of the file being read.
    pub open: Option<u16>,
    /// What went wrong with files that were passed by.
    pub faults: Vec<String>,
}

/// The feed of a spooled reader.
pub struct SpoolFeed {
    spool: Spool,
    reading: Arc<Mutex<Reading>>,
    open: Option<OpenFile>,
    /// The spool and the reader as they were when nothing was found, not to look again before they change.
    nothing: Mutex<Option<(SystemTime, u8, bool)>>,
}

impl SpoolFeed {
    /// A feed that reads as `reading` says.
    pub fn new(spool: Spool, reading: Arc<Mutex<Reading>>) -> SpoolFeed {
        SpoolFeed {
            spool,
            reading,
            open: None,
            nothing: Mutex::new(None),
        }
    }

    fn wanted(&self) -> impl Fn(&Attributes) -> bool + use<> {
        let reading = lock(&self.reading);
        let (user, class, ready) = (reading.user.clone(), reading.class, reading.ready);
        move |a| {
            ready
                && a.queue == Queue::Reader
                && a.owner == user
                && a.hold.none()
                && (class == b'*' || a.class == class || a.class == b'*')
        }
    }
}

/// The value of a mutex; a panic elsewhere leaves nothing half done in these.
pub(in crate::cp) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Feed for SpoolFeed {
    fn next(&mut self) -> Option<Deck> {
        let mut faults = Vec::new();
        let open = self
            .spool
            .open(self.wanted(), |error| faults.push(error.to_string()));
        let mut reading = lock(&self.reading);
        reading.faults.append(&mut faults);
        let mut open = open?;
        let id = open.attributes.id;
        reading.open = Some(id);
        let records = std::mem::take(&mut open.records)
            .into_iter()
            .filter(is_data)
            .map(|r| r.data)
            .collect();
        let width = open.attributes.made.width();
        self.open = Some(open);
        Some(Deck::of_records(records, width, u32::from(id)))
    }

    fn waiting(&self) -> bool {
        let Some(changed) = self.spool.changed() else {
            return false;
        };
        let now = {
            let reading = lock(&self.reading);
            (changed, reading.class, reading.ready)
        };
        let mut nothing = lock(&self.nothing);
        if *nothing == Some(now) {
            return false;
        }
        let wanted = self.wanted();
        let mut files = self.spool.list().map(|l| l.files).unwrap_or_default();
        files.retain(wanted);
        // A change within one tick of the host's clock does not show in the time, and what another reader
        // gives back does not show at all.
        let settled = changed.elapsed().is_ok_and(|age| age.as_millis() > 50);
        *nothing = (files.is_empty() && settled).then_some(now);
        files.iter().any(|a| !self.spool.is_open(a.id))
    }

    fn ended(&mut self) -> DeckEnd {
        let mut reading = lock(&self.reading);
        reading.open = None;
        if let Some(open) = self.open.take() {
            let done = if reading.keep || open.attributes.keep {
                self.spool.keep(open)
            } else if reading.hold {
                Ok(())
            } else {
                self.spool.finish(open)
            };
            if let Err(error) = done {
                reading.faults.push(error.to_string());
            }
        }
        let (cont, eof) = (reading.cont, reading.eof);
        drop(reading);
        match (cont, eof) {
            (true, _) if self.waiting() => DeckEnd::Continues,
            (_, true) => DeckEnd::EndOfFile,
            (_, false) => DeckEnd::Empty,
        }
    }

    fn put_back(&mut self) {
        self.open = None;
        lock(&self.reading).open = None;
    }
}
