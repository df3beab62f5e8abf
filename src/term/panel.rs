//! A 3270's screen on a host terminal, and as text.

use std::fmt::Write;

use crate::cp::{Look, Screen};

/// What begins the showing of a screen: the terminal's other buffer.
pub const ENTER: &str = "\x1b[?1049h";
/// What ends it: the lines that were there before.
pub const LEAVE: &str = "\x1b[0m\x1b[?1049l";

/// The whole picture: each line, the line of the status below them, and the cursor. `room` is the terminal's
/// lines and columns; what goes beyond it is not shown.
pub fn picture(screen: &Screen, user: &str, room: (usize, usize)) -> String {
    let (lines, columns) = screen.size();
    let wide = columns.min(room.1);
    let mut out = String::from("\x1b[?25l\x1b[0m\x1b[2J");
    for (line, looks) in screen.looks().iter().enumerate().take(room.0) {
        let _ = write!(out, "\x1b[{};1H", line + 1);
        let mut before = None;
        for &look in &looks[..wide] {
            if before.replace(manner(look)) != Some(manner(look)) {
                out.push_str(&manner_of(look));
            }
            out.push(look.character);
        }
    }
    let (line, column) = screen.cursor();
    if lines < room.0 {
        let _ = write!(out, "\x1b[{};1H\x1b[0;7m", lines + 1);
        let text = status(screen, user, columns);
        out.extend(text.chars().take(wide));
    }
    let _ = write!(out, "\x1b[0m\x1b[{};{}H\x1b[?25h", line + 1, column + 1);
    out
}

/// Who, what the keyboard does, and where the cursor is.
fn status(screen: &Screen, user: &str, columns: usize) -> String {
    let (line, column) = screen.cursor();
    let keyboard = match (screen.locked(), screen.inserting()) {
        (true, _) => "X SYSTEM",
        (false, true) => "^",
        (false, false) => "",
    };
    let place = format!("{:03}/{:03}", line + 1, column + 1);
    let left = format!("{user:<10}{keyboard}");
    format!(
        "{left:<width$}{place}",
        width = columns.saturating_sub(place.len())
    )
}

/// What decides how a place is drawn, but for the character.
fn manner(look: Look) -> (u8, u8, u8, bool) {
    (look.colour, look.background, look.highlight, look.intense)
}

fn manner_of(look: Look) -> String {
    let mut out = String::from("\x1b[0");
    if look.intense {
        out.push_str(";1");
    }
    out.push_str(match look.highlight {
        0xF1 => ";5",
        0xF2 => ";7",
        0xF4 => ";4",
        _ => "",
    });
    if let Some(colour) = ansi(look.colour) {
        let _ = write!(out, ";{}", 30 + colour);
    }
    if let Some(colour) = ansi(look.background) {
        let _ = write!(out, ";{}", 40 + colour);
    }
    out.push('m');
    out
}

/// The colour's number; white is as the terminal has it.
fn ansi(colour: u8) -> Option<u8> {
    match colour {
        0xF1 => Some(4),
        0xF2 => Some(1),
        0xF3 => Some(5),
        0xF4 => Some(2),
        0xF5 => Some(6),
        0xF6 => Some(3),
        _ => None,
    }
}

/// The lines down to the last that is not empty, below a rule as wide as the screen.
pub fn text(screen: &Screen) -> Vec<Vec<u8>> {
    let (_, columns) = screen.size();
    let mut out = screen.text();
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out.insert(0, "=".repeat(columns));
    out.into_iter().map(String::into_bytes).collect()
}
