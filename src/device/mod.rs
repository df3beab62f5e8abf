//! What hangs on the channel subsystem: console, card reader, punch, printer, disks,
//! channel-to-channel adapters. Each device is a file
//! that follows its component description (disks are a room of several); this one keeps them by device
//! number.

mod console;
mod ctc;
pub mod dasd;
mod display;
mod ipl;
mod linux;
mod printer;
mod punch;
mod reader;
mod unit;

use std::any::Any;
use std::collections::BTreeMap;

pub use crate::machine::channel::{Class, Device, Identity, Progress, UnitStatus};
pub use console::{AutoReturn, Console};
pub use ctc::{Bell, Ctc, Line};
pub use display::{Aid, Display, Key, Look, Model, Pressed, Screen};
pub use ipl::{Clearing, IplError};
pub use linux::{DeckFault, Part, linux_decks};
pub use printer::Printer;
pub use punch::Punch;
pub use reader::{AtEnd, CardRead, Deck, DeckEnd, Feed, Reader};
pub use unit::UnitRecord;

use crate::machine::Machine;
use crate::machine::channel::{Channels, DeviceMap, Memory};

/// The devices of one virtual machine.
#[derive(Default)]
pub struct Devices {
    devices: BTreeMap<u16, Box<dyn Device>>,
}

impl DeviceMap for Devices {
    fn device(&mut self, number: u16) -> Option<&mut dyn Device> {
        match self.devices.get_mut(&number) {
            Some(device) => Some(&mut **device),
            None => None,
        }
    }
}

impl Devices {
    /// No devices.
    pub fn new() -> Devices {
        Devices::default()
    }

    /// Adds a device, in place of one that has the number. The channel subsystem learns of it at the
    /// next [`Devices::connect`], service or IPL.
    pub fn attach(&mut self, number: u16, device: Box<dyn Device>) {
        self.devices.insert(number, device);
    }

    /// Removes a device and gives it back.
    pub fn detach(&mut self, number: u16) -> Option<Box<dyn Device>> {
        self.devices.remove(&number)
    }

    /// Every device number with what the device is, in order.
    pub fn list(&self) -> impl Iterator<Item = (u16, Identity)> + '_ {
        self.devices
            .iter()
            .map(|(number, device)| (*number, device.identity()))
    }

    /// The device of the number, when it is there and of that kind.
    pub fn get<T: Device>(&self, number: u16) -> Option<&T> {
        let device: &dyn Any = &**self.devices.get(&number)?;
        device.downcast_ref()
    }

    /// The device of the number to operate on, when it is there and of that kind.
    pub fn get_mut<T: Device>(&mut self, number: u16) -> Option<&mut T> {
        let device: &mut dyn Any = &mut **self.devices.get_mut(&number)?;
        device.downcast_mut()
    }

    /// Gives every device a subchannel and takes away those whose device is gone. A program that runs
    /// already is told by channel reports. Needed before the program looks at its subchannels.
    pub fn connect(&self, channels: &mut Channels) {
        let fresh = channels.subchannels().is_empty();
        let gone: Vec<(u16, u16)> = channels
            .subchannels()
            .iter()
            .filter(|s| s.pmcw.valid && !self.devices.contains_key(&s.pmcw.device))
            .map(|s| (s.number, s.pmcw.device))
            .collect();
        for (subchannel, number) in gone {
            channels.detach(number);
            channels.report_change(subchannel);
        }
        for number in self.devices.keys() {
            if channels.by_device(*number).is_some() {
                continue;
            }
            let subchannel = channels.attach(*number);
            if !fresh {
                channels.report_change(subchannel);
            }
        }
    }

    /// Performs pending I/O functions and goes on with channel programs. Call it when the machine exits
    /// for channel work, after input has come, and again after a slice when it says
    /// [`Progress::More`].
    pub fn service(&mut self, machine: &mut Machine) -> Progress {
        self.service_on(&mut machine.channels, &mut machine.storage)
    }

    /// [`Devices::service`] on the parts of a machine that it needs.
    pub fn service_on(&mut self, channels: &mut Channels, memory: &mut dyn Memory) -> Progress {
        self.connect(channels);
        channels.service(memory, self)
    }

    /// Resets every device, as part of a system reset.
    pub fn reset(&mut self) {
        for device in self.devices.values_mut() {
            device.reset();
        }
    }

    /// A line typed at a console, as host bytes. False when there is no console of the number.
    pub fn console_input(&mut self, number: u16, line: &[u8]) -> bool {
        if let Some(console) = self.get_mut::<Console>(number) {
            console.type_line(line);
        } else if let Some(display) = self.get_mut::<Display>(number) {
            display.type_line(line);
        } else {
            return false;
        }
        true
    }

    /// The attention key of a console. False when there is no console of the number.
    pub fn console_attention(&mut self, number: u16) -> bool {
        let Some(console) = self.get_mut::<Console>(number) else {
            return false;
        };
        console.attention();
        true
    }

    /// Whether the program waits for a line from some console (CP shows VM READ).
    pub fn console_reading(&self) -> bool {
        let mut all = self.devices.values().map(|device| {
            let device: &dyn Any = &**device;
            device
                .downcast_ref::<Console>()
                .is_some_and(Console::reading)
        });
        all.any(|reading| reading)
    }

    /// Takes the lines that consoles have shown, as host bytes, with their device numbers.
    pub fn take_console_output(&mut self) -> Vec<(u16, Vec<u8>)> {
        let mut out = Vec::new();
        for (number, device) in &mut self.devices {
            let device: &mut dyn Any = &mut **device;
            if let Some(console) = device.downcast_mut::<Console>() {
                out.extend(console.take_lines().map(|line| (*number, line)));
            }
        }
        out
    }
}

#[cfg(test)]
mod ctc_tests;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod tests;
