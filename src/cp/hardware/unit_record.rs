//! Readers, punches and printers of a virtual machine: what CP does with the devices behind SPOOL and
//! CLOSE, and how a system that has no channel programs uses them.

use std::sync::{Arc, Mutex};

use super::{Hardware, Wake};
use crate::cp::directory::SpoolKind;
use crate::cp::guest::{DeckSource, UnitRecordDevice};
use crate::cp::spool::reader::lock;
use crate::cp::spool::{Reading, SpoolFeed};
use crate::device::{AtEnd, CardRead, Deck, Printer, Punch, Reader, UnitRecord};

/// The IPL deck of the guest that ships with the program.
static GUEST_DECK: &[u8] = include_bytes!("../../../guest/guest.deck");

/// Characters of a printer's line.
const LINE: usize = 132;

impl Hardware {
    pub(super) fn attach_spool(&mut self, number: u16, s: &UnitRecordDevice) -> Result<(), String> {
        // Device types are decimal digits held as hexadecimal.
        let kind = u16::from_str_radix(&s.model.to_string(), 16).unwrap_or(0);
        match s.kind {
            SpoolKind::Punch => self.devices.attach(number, Box::new(Punch::new(kind))),
            SpoolKind::Printer => self
                .devices
                .attach(number, Box::new(Printer::new(kind, LINE))),
            SpoolKind::Reader => return self.attach_reader(number, kind, s),
        }
        Ok(())
    }

    fn attach_reader(
        &mut self,
        number: u16,
        kind: u16,
        s: &UnitRecordDevice,
    ) -> Result<(), String> {
        let mut reader = Reader::new(kind);
        let mut fault = Ok(());
        let mut decks: Vec<Deck> = Vec::new();
        for source in s.decks.iter().filter(|_| s.ready) {
            let number = u32::try_from(decks.len()).unwrap_or(u32::MAX);
            match source {
                DeckSource::Guest => decks.push(Deck::new(GUEST_DECK, number, AtEnd::Keep)),
                DeckSource::File(path) => match std::fs::read(path) {
                    Ok(bytes) => decks.push(Deck::new(bytes, number, AtEnd::Keep)),
                    Err(e) => fault = Err(format!("{}: {e}", path.display())),
                },
                DeckSource::Linux(linux) => match linux.decks(self.storage_size()) {
                    Ok(made) => {
                        let numbered = made.into_iter().zip(number..);
                        decks.extend(numbered.map(|(d, n)| Deck::new(d, n, AtEnd::Keep)));
                    }
                    Err(e) => fault = Err(e),
                },
            }
        }
        for deck in decks {
            reader.load(deck);
        }
        let reading = Arc::new(Mutex::new(Reading::default()));
        let feed = SpoolFeed::new(self.spool.clone(), Arc::clone(&reading));
        reader.set_feed(Box::new(feed));
        self.readings.insert(number, reading);
        self.set_reading(number, s);
        self.devices.attach(number, Box::new(reader));
        fault
    }

    /// Has a reader read as it is spooled now.
    pub fn set_reading(&mut self, number: u16, s: &UnitRecordDevice) {
        let Some(reading) = self.readings.get(&number) else {
            return;
        };
        let mut reading = lock(reading);
        reading.user.clone_from(&self.user);
        reading.class = s.spooling.class;
        reading.hold = s.spooling.hold;
        reading.keep = s.spooling.keep;
        reading.cont = s.spooling.cont;
        reading.eof = s.spooling.eof;
        reading.ready = s.ready;
    }

    /// The number of the spool file that a reader reads.
    pub fn reading_file(&self, number: u16) -> Option<u16> {
        self.readings.get(&number).and_then(|r| lock(r).open)
    }

    /// Ends the file that a reader reads as though it had been read to its end, with `hold` and `keep` in
    /// place of how the reader is spooled; the decks of the hopper begin again.
    pub fn close_reader(&mut self, number: u16, hold: Option<bool>, keep: Option<bool>) {
        let Some(reading) = self.readings.get(&number).cloned() else {
            return;
        };
        let spooled = {
            let mut reading = lock(&reading);
            let spooled = (reading.hold, reading.keep);
            reading.hold = hold.unwrap_or(spooled.0);
            reading.keep = keep.unwrap_or(spooled.1);
            spooled
        };
        if let Some(reader) = self.devices.get_mut::<Reader>(number) {
            reader.close();
        }
        let mut reading = lock(&reading);
        (reading.hold, reading.keep) = spooled;
    }

    /// Puts the files that readers read back into the queue, unread.
    pub fn rewind_readers(&mut self) {
        let numbers: Vec<u16> = self.readings.keys().copied().collect();
        for number in numbers {
            if let Some(reader) = self.devices.get_mut::<Reader>(number) {
                reader.rewind();
            }
        }
    }

    /// Something may be there to be read: a program that waits for it goes on.
    pub fn wake_readers(&mut self) {
        self.wake = Wake::Runs;
    }

    /// What went wrong with spool files since the last call.
    pub fn take_spool_faults(&mut self) -> Vec<String> {
        let readings = self.readings.values();
        readings
            .flat_map(|r| std::mem::take(&mut lock(r).faults))
            .collect()
    }

    /// How many records were punched or printed on a device since its file was closed.
    pub fn written(&self, number: u16) -> usize {
        let punched = self.devices.get::<Punch>(number).map(Punch::cards);
        let printed = || self.devices.get::<Printer>(number).map(Printer::lines);
        punched.or_else(printed).unwrap_or(0)
    }

    /// Takes what was punched or printed on a device.
    pub fn take_written(&mut self, number: u16) -> Vec<UnitRecord> {
        if let Some(punch) = self.devices.get_mut::<Punch>(number) {
            return punch.take_cards();
        }
        self.devices
            .get_mut::<Printer>(number)
            .map(Printer::take_lines)
            .unwrap_or_default()
    }

    /// Gives back what [`Hardware::take_written`] took.
    pub fn put_written(&mut self, number: u16, records: Vec<UnitRecord>) {
        for record in records {
            self.write_unit(number, record.command, &record.data);
        }
    }

    /// Punches a card or prints a line, in EBCDIC. False when there is no such device.
    pub fn write_unit(&mut self, number: u16, command: u8, data: &[u8]) -> bool {
        if let Some(punch) = self.devices.get_mut::<Punch>(number) {
            punch.punch(command, data);
        } else if let Some(printer) = self.devices.get_mut::<Printer>(number) {
            printer.print(command, data);
        } else {
            return false;
        }
        true
    }

    /// Reads a card. `None` when there is no such reader.
    pub fn read_unit(&mut self, number: u16) -> Option<CardRead> {
        self.devices
            .get_mut::<Reader>(number)
            .map(Reader::next_card)
    }
}
