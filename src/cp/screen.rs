//! Consoles that are screens (TERMINAL CONMODE 3270): what they show, and keys.

use super::System;
use super::guest::{Body, Guest, Vdev};
use crate::device::{Aid, Key, Model, Screen};

impl System {
    /// The screen of the user's virtual machine, when its program writes on one: the machine runs, its console is a
    /// 3270, and something has been written since the last reset.
    pub fn screen(&self, user: &[u8]) -> Option<&Screen> {
        let guest = self.guest(user)?;
        guest.hardware.screen(guest.display()?)
    }

    /// A key of the user's terminal while the program's screen is shown: for CP when it is the key that TERMINAL
    /// BRKKEY names, else for the program. False when it cannot be pressed now.
    pub fn key(&mut self, user: &[u8], key: Key) -> bool {
        let Some(guest) = self.guest_mut(user) else {
            return false;
        };
        if name_of(key).is_some_and(|name| name.as_bytes() == guest.terminal.brkkey) {
            self.enter_cp(&user.to_ascii_uppercase());
            return true;
        }
        match guest.display() {
            Some(number) => guest.hardware.press(number, key),
            None => false,
        }
    }

    /// How often the alarm of the user's screen sounded since the last call.
    pub fn take_alarms(&mut self, user: &[u8]) -> u32 {
        let Some(guest) = self.guest_mut(user) else {
            return 0;
        };
        let display = guest.display();
        display.map_or(0, |number| guest.hardware.take_alarms(number))
    }

    /// Says how great the screen of the user's terminal is; what it shows is lost.
    pub fn set_screen_model(&mut self, user: &[u8], model: Model) {
        if let Some(guest) = self.guest_mut(user) {
            guest.hardware.set_model(model);
        }
    }
}

impl Guest {
    /// The device number of the console when a program uses it as a screen.
    pub(in crate::cp) fn display(&self) -> Option<u16> {
        let number = self.console()?;
        let is_screen = matches!(self.vdevs.get(&number), Some(Vdev::Console { kind: 3270 }));
        (is_screen && matches!(self.body, Body::Machine)).then_some(number)
    }

    /// TERMINAL CONMODE: the console becomes the other device.
    pub(in crate::cp) fn set_conmode(&mut self, conmode: u16) {
        self.terminal.conmode = conmode;
        let Some(number) = self.console() else {
            return;
        };
        if let Some(Vdev::Console { kind }) = self.vdevs.get_mut(&number)
            && *kind != conmode
        {
            *kind = conmode;
            let vdev = Vdev::Console { kind: conmode };
            // Of a console there is nothing that could not be used.
            let _ = self.hardware.attach(number, &vdev);
        }
    }
}

/// A key's name as TERMINAL BRKKEY has it.
fn name_of(key: Key) -> Option<String> {
    match key {
        Key::Aid(Aid::Pa(n)) => Some(format!("PA{n}")),
        Key::Aid(Aid::Pf(n)) => Some(format!("PF{n}")),
        _ => None,
    }
}
