//! The keyboard. Standard input becomes a pseudo-terminal, so that a session that ends can type the interrupt key
//! itself: line editing waits for keys in a thread of its own and ends at nothing else.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};

/// The real keyboard; it is standard input again, as it was, when this is dropped.
pub struct Keyboard {
    terminal: OwnedFd,
    before: Termios,
    /// Where bytes are put for the editor.
    ours: File,
}

impl Keyboard {
    /// Puts a pseudo-terminal in the place of standard input. While `aside` is set, what is typed is not for the
    /// editor: `take` gets it, and says whether it wants more.
    ///
    /// # Errors
    /// What the host says; standard input is as it was then.
    pub fn open(
        aside: Arc<AtomicBool>,
        take: impl Fn(Vec<u8>) -> bool + Send + 'static,
    ) -> rustix::io::Result<Keyboard> {
        let terminal = rustix::io::dup(rustix::stdio::stdin())?;
        let before = tcgetattr(&terminal)?;
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let ours = openpt(flags)?;
        grantpt(&ours)?;
        unlockpt(&ours)?;
        let editors = ioctl_tiocgptpeer(&ours, flags)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&editors, OptionalActions::Now, &raw)?;
        let typed = File::from(rustix::io::dup(&terminal)?);
        let echo = File::from(rustix::io::dup(&ours)?);
        rustix::stdio::dup2_stdin(&editors)?;
        let keyboard = Keyboard {
            terminal,
            before,
            ours: File::from(rustix::io::dup(&ours)?),
        };
        keyboard.take_keys()?;
        thread::spawn(move || forget(echo));
        thread::spawn(move || pass_on(typed, &File::from(ours), &aside, take));
        Ok(keyboard)
    }

    /// Types the interrupt key.
    ///
    /// # Errors
    /// What the host says.
    pub fn interrupt(&self) -> std::io::Result<()> {
        (&self.ours).write_all(b"\x03")
    }

    /// Keys come one by one, without echo and without making signals; output stays as it is.
    fn take_keys(&self) -> rustix::io::Result<()> {
        let mut modes = self.before.clone();
        modes.input_modes -= InputModes::BRKINT
            | InputModes::ICRNL
            | InputModes::INPCK
            | InputModes::ISTRIP
            | InputModes::IXON;
        modes.local_modes -=
            LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ISIG;
        tcsetattr(&self.terminal, OptionalActions::Now, &modes)
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        // The session is over; a terminal that is gone cannot be put right.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        let _ = rustix::stdio::dup2_stdin(&self.terminal);
    }
}

/// Lines and columns of the terminal; 24 and 80 when it does not say.
pub fn room() -> (usize, usize) {
    match tcgetwinsize(rustix::stdio::stdout()) {
        Ok(size) if size.ws_row > 0 && size.ws_col > 0 => {
            (usize::from(size.ws_row), usize::from(size.ws_col))
        }
        _ => (24, 80),
    }
}

/// Gives the editor, or whoever shows a screen, what is typed.
fn pass_on(mut typed: File, mut to: &File, aside: &AtomicBool, take: impl Fn(Vec<u8>) -> bool) {
    let mut bytes = [0; 256];
    loop {
        match typed.read(&mut bytes) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Ok(length @ 1..) if aside.load(Ordering::SeqCst) => {
                if !take(bytes[..length].to_vec()) {
                    return;
                }
            }
            Ok(length @ 1..) if to.write_all(&bytes[..length]).is_ok() => {}
            _ => return,
        }
    }
}

/// What the pseudo-terminal would show is of no use.
fn forget(mut echo: File) {
    let mut bytes = [0; 256];
    while let Ok(1..) = echo.read(&mut bytes) {}
}
