//! What the tests of devices share: a channel subsystem with devices, and storage for channel programs.

use super::*;
use crate::machine::channel::{Device, Plain, Scsw};

/// Chain command.
pub const CC: u8 = 0x40;
/// Suppress the indication of a wrong length.
pub const SLI: u8 = 0x20;

/// A CCW: command, address, flags, count.
pub type Ccw = (u8, u32, u8, u16);

/// Devices, the channels they are connected to, and storage.
pub struct Rig {
    pub devices: Devices,
    pub channels: Channels,
    pub memory: Plain,
}

impl Rig {
    /// A rig whose subchannels are enabled.
    pub fn of(units: Vec<(u16, Box<dyn Device>)>, storage: usize) -> Rig {
        let numbers: Vec<u16> = units.iter().map(|(number, _)| *number).collect();
        let mut devices = Devices::new();
        for (number, unit) in units {
            devices.attach(number, unit);
        }
        let mut rig = Rig {
            devices,
            channels: Channels::new(),
            memory: Plain::new(storage),
        };
        rig.devices.connect(&mut rig.channels);
        for number in numbers {
            rig.enable(number);
        }
        rig
    }

    pub fn enable(&mut self, number: u16) {
        let id = self.id(number);
        let mut pmcw = [0; 28];
        pmcw[5] = 0x80;
        pmcw[8] = 0xFF;
        assert_eq!(self.channels.modify(id, &pmcw), Ok(0));
    }

    pub fn id(&self, number: u16) -> u32 {
        self.channels.by_device(number).unwrap().identification()
    }

    pub fn service(&mut self) -> Progress {
        self.devices
            .service_on(&mut self.channels, &mut self.memory)
    }

    /// Puts a program of format-0 CCWs into storage and starts it.
    pub fn start_at(&mut self, program: u32, number: u16, ccws: &[Ccw]) {
        for (at, (command, address, flags, count)) in (u64::from(program)..).step_by(8).zip(ccws) {
            let mut ccw = [0; 8];
            ccw[0..4].copy_from_slice(&address.to_be_bytes());
            ccw[0] = *command;
            ccw[4] = *flags;
            ccw[6..8].copy_from_slice(&count.to_be_bytes());
            self.memory.write(at, &ccw).unwrap();
        }
        let mut orb = [0; 12];
        orb[6] = 0xFF;
        orb[8..12].copy_from_slice(&program.to_be_bytes());
        let id = self.id(number);
        assert_eq!(self.channels.start(id, &orb), Ok(0));
        self.service();
    }

    /// The status that is pending, if any.
    pub fn test(&mut self, number: u16) -> Option<Scsw> {
        let id = self.id(number);
        let (cc, irb) = self.channels.test(id).unwrap();
        let irb = irb.unwrap();
        let word = |at: usize| u32::from_be_bytes(irb[at..at + 4].try_into().unwrap());
        (cc == 0).then(|| Scsw {
            control: word(0),
            ccw: word(4),
            device: irb[8],
            channel: irb[9],
            count: u16::from_be_bytes([irb[10], irb[11]]),
        })
    }
}
