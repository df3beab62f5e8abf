//! Whoever watches the pipelines of a session, and the storage that they may use.

use crate::pipe::{Pipeline, StageView};

/// What a watcher is shown.
pub struct Progress<'a> {
    pipeline: &'a Pipeline,
    /// About how many records were passed from stage to stage.
    pub passed: u64,
    /// How many lines the console was given.
    pub said: u64,
    /// The return code, once the pipeline has ended.
    pub ended: Option<i32>,
}

impl<'a> Progress<'a> {
    pub(super) fn new(
        pipeline: &'a Pipeline,
        passed: u64,
        said: u64,
        ended: Option<i32>,
    ) -> Progress<'a> {
        Progress {
            pipeline,
            passed,
            said,
            ended,
        }
    }

    /// The stages, with their counts when [`Watcher::counts`].
    pub fn stages(&self) -> Vec<StageView> {
        self.pipeline.stages()
    }
}

/// Who watches a pipeline that is run alone.
pub trait Watcher {
    /// Whether records are counted, stage by stage.
    fn counts(&self) -> bool;

    /// Looks: often while the pipeline runs, and once when it has ended.
    fn look(&mut self, progress: &Progress<'_>);
}

/// The storage that the process may use, in bytes.
pub struct Storage {
    limit: Option<u64>,
}

/// How much of what is free a session may take.
const SHARE: (u64, u64) = (9, 10);

impl Storage {
    /// Nine tenths of what the computer, or the group of processes, has free now.
    pub fn of_host() -> Storage {
        let free = free().map(|free| {
            let own = used().unwrap_or(0);
            (free / SHARE.1 * SHARE.0).saturating_add(own)
        });
        let group = group_limit().map(|limit| limit / SHARE.1 * SHARE.0);
        let limit = match (free, group) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Storage { limit }
    }

    /// A limit of one's own.
    #[cfg(test)]
    pub fn of(limit: u64) -> Storage {
        Storage { limit: Some(limit) }
    }

    /// Whether the process uses more than it may; where the host does not tell, it never does.
    pub fn is_exhausted(&self) -> bool {
        match (self.limit, used()) {
            (Some(limit), Some(used)) => used > limit,
            _ => false,
        }
    }
}

/// What the process holds, but for files it has mapped.
fn used() -> Option<u64> {
    kilobytes("/proc/self/status", "RssAnon:")
}

fn free() -> Option<u64> {
    kilobytes("/proc/meminfo", "MemAvailable:")
}

/// A line of a file of the kernel's, in bytes.
fn kilobytes(path: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix(name))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn group_limit() -> Option<u64> {
    let text = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_uses_something_and_not_all() {
        assert!(Storage::of(1).is_exhausted());
        assert!(!Storage::of_host().is_exhausted());
    }
}
