//! CMS: the operating system in a user's virtual machine (z/VM: CMS User's Guide, CMS Commands and
//! Utilities Reference).
//!
//! | room | what it is |
//! |---|---|
//! | [`session`] | the stack of suspended programs and pipelines, and the loop that resumes the topmost |
//! | [`search`] | what a command's name means |
//! | [`commands`] | the commands, a row and a function each; [`execio`] and [`globals`] stand beside them |
//! | [`disk`], [`files`], [`fileid`] | minidisks as host folders, accessed modes, file identifiers |
//! | [`stack`] | the program stack and what was typed ahead |
//! | [`stage`] | REXX programs as pipeline stages |
//! | [`streams`] | what LINEIN, LINEOUT and their like read and write |
//! | [`functions`] | the functions CMS adds to REXX |
//! | [`Allowed`] | what of the host a session may use |
//! | [`immediate`] | HX, HT, HI and their kin |
//! | [`Watcher`] | who looks at a pipeline while it runs |
//! | [`standalone`] | a program or a pipeline without a system |
//!
//! Architecture invariant: a session reaches the host's files only through its minidisks, and everything
//! else only through its [`port::Port`] to CP. Programs never call one another on the host's stack.

mod allowed;
pub mod attributes;
mod bytefile;
pub mod commands;
mod database;
pub mod disk;
mod draft;
pub mod execio;
pub mod fileid;
pub mod files;
pub mod frame;
pub mod functions;
pub mod globals;
mod hostcmd;
pub mod immediate;
mod ledger;
mod level;
pub mod lines;
mod nethost;
pub mod pipehost;
pub mod port;
pub mod reverse;
mod search;
pub mod session;
pub mod stack;
pub mod stage;
pub mod standalone;
pub mod state;
pub mod streams;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_cp;
#[cfg(test)]
mod tests_functions;
#[cfg(test)]
mod tests_rexx;
#[cfg(test)]
mod tests_streams;
mod watch;

pub use crate::pipe::{StageView, Waiting};
pub use crate::rexx::{Dialect, Language};
pub use allowed::Allowed;
pub use session::{Purpose, Session};
pub use standalone::{Alone, run_pipe, run_rexx};
pub use state::ReadyForm;
pub use state::Switch;
pub use watch::{Progress, Watcher};

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::cp::{System, UserId};

/// What the users' sessions are doing: for a face that ends with a return code.
#[derive(Clone, Default)]
pub struct Returns(Rc<RefCell<BTreeMap<UserId, Returned>>>);

/// A user's session as a face sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Returned {
    /// How many commands the ready prompt has seen end.
    pub commands: u64,
    /// The return code of the last.
    pub rc: i32,
    /// Whether the next line typed would be a command.
    pub prompting: bool,
    /// Whether CMS runs: it does until an IPL, a reset or LOGOFF takes its place.
    pub alive: bool,
}

impl Returns {
    /// A user's session; all zero when CMS was never IPLed.
    pub fn of(&self, user: &[u8]) -> Returned {
        self.0.borrow().get(user).copied().unwrap_or_default()
    }

    fn change(&self, user: &[u8], change: impl FnOnce(&mut Returned)) {
        change(self.0.borrow_mut().entry(user.to_vec()).or_default());
    }

    /// A command has ended.
    fn note(&self, user: &[u8], rc: i32) {
        self.change(user, |r| {
            r.commands += 1;
            r.rc = rc;
        });
    }

    /// The session waits for a command, or has stopped waiting.
    fn prompting(&self, user: &[u8], prompting: bool) {
        self.change(user, |r| r.prompting = prompting);
    }

    /// The session has begun or is gone.
    fn alive(&self, user: &[u8], alive: bool) {
        self.change(user, |r| (r.alive, r.prompting) = (alive, false));
    }
}

/// What the sessions of a system start with.
#[derive(Debug, Clone)]
pub struct Manner {
    /// How they first prompt.
    pub ready: ReadyForm,
    /// Whether an error that ends a program shows its place in the source: for a person who reads.
    pub excerpts: Switch,
    /// What of the host they may use.
    pub allowed: Allowed,
}

/// Makes CMS known to CP, so that IPL CMS starts a session in this manner.
pub fn install(system: &mut System, manner: Manner) -> Returns {
    let returns = Returns::default();
    let told = returns.clone();
    let ipl = move |info: &crate::cp::NativeInfo| -> Box<dyn crate::cp::NativeSystem> {
        let mut session = Session::new(info, &[], Purpose::Interactive);
        session.state().settings.ready = manner.ready;
        session.state().excerpts = manner.excerpts;
        session.state().allowed = manner.allowed.clone();
        session.tell(told.clone());
        Box::new(session)
    };
    system.register_native("CMS", Box::new(ipl));
    returns
}

/// The names of the stages of pipelines, for completion.
pub fn stage_names() -> Vec<String> {
    let rows = crate::pipe::stages::FAMILIES.iter().copied().flatten();
    let names = rows.flat_map(|row| row.names.split(' '));
    names.map(str::to_ascii_uppercase).collect()
}

/// The file names on the disks of a session that starts in `folder`, for completion: those of one type,
/// or of any.
pub fn files_here(folder: &std::path::Path, ftype: Option<&str>) -> Vec<String> {
    let paths = [
        crate::cp::DiskPath::Folder(folder.to_path_buf()),
        crate::cp::DiskPath::Embedded("EXECS".to_owned()),
    ];
    let disks = paths.into_iter().filter_map(|path| {
        disk::Disk::open(&crate::cp::Minidisk {
            vdev: 0,
            path,
            writable: false,
            label: Vec::new(),
            extent: crate::cp::Extent::Cylinders(1),
        })
    });
    let mut names = Vec::new();
    for entry in disks.flat_map(|disk| disk.list()) {
        let (file, kind) = (&entry.name.fname, &entry.name.ftype);
        if ftype.is_none_or(|t| t.as_bytes() == kind.as_slice()) {
            names.push(String::from_utf8_lossy(file).into_owned());
        }
    }
    names
}
