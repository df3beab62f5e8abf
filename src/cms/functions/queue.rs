//! RXQUEUE: program stacks with names, as other interpreters have them. SESSION is CMS's own.

use super::{Args, Env, Outcome, Row, bad, text};
use crate::cms::stack::Stack;

/// The family.
pub(super) const ROWS: &[Row] = &[Row {
    name: "RXQUEUE",
    args: "CREATE|DELETE|GET|SET[,name]",
    count: (1, 2),
    run: rxqueue,
    doc: "Makes, drops, names or chooses the queue that PUSH, QUEUE and PULL use.",
}];

/// The name of the program stack itself.
const SESSION: &[u8] = b"SESSION";

/// RXQUEUE's values for a queue that is not there, and for one that is in use.
const NO_QUEUE: &[u8] = b"9";
const IN_USE: &[u8] = b"10";

fn rxqueue(env: &mut Env<'_>, args: &Args) -> Outcome {
    let verb = text(args, 0).to_ascii_uppercase();
    let name = text(args, 1).to_ascii_uppercase();
    let queues = &mut env.cms.queues;
    let current = queues.current.clone().unwrap_or_else(|| SESSION.to_vec());
    match verb.first() {
        Some(b'C') => {
            let mut name = name;
            while name.is_empty() || name == SESSION || queues.others.contains_key(&name) {
                queues.made += 1;
                name = format!("S{:08}", queues.made).into_bytes();
            }
            if name != current {
                queues.others.insert(name.clone(), Stack::default());
            }
            Ok(name)
        }
        Some(b'D') if name == current || name == SESSION => Ok(IN_USE.to_vec()),
        Some(b'D') => Ok(match queues.others.remove(&name) {
            Some(_) => b"0".to_vec(),
            None => NO_QUEUE.to_vec(),
        }),
        Some(b'G') => Ok(current),
        Some(b'S') => {
            if name.is_empty() {
                return Err(bad("RXQUEUE", 2, "a queue's name", &name));
            }
            if name != current {
                let mut other = queues.others.remove(&name).unwrap_or_default();
                env.cms.stack.swap_program(&mut other);
                queues.others.insert(current.clone(), other);
                queues.current = Some(name);
            }
            Ok(current)
        }
        _ => Err(bad("RXQUEUE", 1, "CDGS", &verb)),
    }
}
