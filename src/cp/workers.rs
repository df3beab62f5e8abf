//! The worker threads: the slices of one round of dispatching run side by side, for a virtual machine's
//! slice touches nothing but its own hardware. What CP has to do about each comes afterwards, in the order
//! of the round, so that commands never meet a machine that is running.

use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use crate::cp::UserId;
use crate::cp::hardware::Hardware;
use crate::machine::Exit;

/// What one virtual machine gets in a round.
pub struct Slice<'a> {
    /// The user.
    pub id: UserId,
    /// The machine's generation.
    pub generation: u64,
    /// What runs.
    pub hardware: &'a mut Hardware,
    /// Instructions, more or less.
    pub budget: u64,
}

/// What came of a slice.
#[derive(Debug)]
pub struct Ran {
    /// The user.
    pub id: UserId,
    /// The machine's generation.
    pub generation: u64,
    /// Why it stopped.
    pub exit: Exit,
    /// Microseconds of a host processor, as the host's clock has it.
    pub micros: i64,
}

/// As many worker threads as the host has processors for.
pub fn most() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Runs all slices on up to `workers` threads, this one among them. The results are in no certain order
/// with more than one.
pub fn run(slices: Vec<Slice<'_>>, workers: usize) -> Vec<Ran> {
    let others = workers.min(slices.len()).saturating_sub(1);
    if others == 0 {
        return slices.into_iter().map(one).collect();
    }
    let queue = Mutex::new(slices.into_iter());
    let next = || queue.lock().ok().and_then(|mut slices| slices.next());
    let work = || std::iter::from_fn(next).map(one).collect::<Vec<_>>();
    thread::scope(|scope| {
        let started: Vec<_> = (0..others).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in started {
            match other.join() {
                Ok(ran) => done.extend(ran),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    })
}

fn one(slice: Slice<'_>) -> Ran {
    let start = Instant::now();
    let exit = slice.hardware.run(slice.budget);
    Ran {
        id: slice.id,
        generation: slice.generation,
        exit,
        micros: i64::try_from(start.elapsed().as_micros()).unwrap_or(0),
    }
}
