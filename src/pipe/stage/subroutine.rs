//! Pipelines that a stage starts (CALLPIPE, ADDPIPE, RUNPIPE).

use std::future::poll_fn;

use super::Stage;
use crate::pipe::capture::Capture;
use crate::pipe::kernel::events::{Heard, Hears};
use crate::pipe::kernel::{Kind, Wait};
use crate::pipe::{link, spec};

impl Stage {
    /// Runs a specification as a subroutine and waits for it; gives its return code.
    pub async fn callpipe(&self, spec: Vec<u8>) -> i32 {
        match self.add_set(spec, Kind::Call(self.id)).await {
            Err(rc) => rc,
            Ok(()) => self.called().await,
        }
    }

    /// Adds a specification that runs beside this stage; gives the return code of building it.
    pub async fn addpipe(&self, spec: Vec<u8>) -> i32 {
        match self.add_set(spec, Kind::Add(self.id)).await {
            Err(rc) => rc,
            Ok(()) => 0,
        }
    }

    /// Runs a specification as a PIPE command of its own and waits for it; gives its return code and what it
    /// had to say, with the records of its events when these are asked for.
    pub async fn runpipe(&self, spec: Vec<u8>, events: bool) -> (i32, Vec<Heard>) {
        let ear = Hears::new(events);
        let structures = self.kernel.borrow().structures.clone();
        let (hears, page) = (ear.clone(), self.host(|h| h.codepage()).await);
        let built = self
            .host(move |host| {
                let mut capture = Capture {
                    host,
                    messages: Vec::new(),
                };
                hears.scanning();
                let built = link::build(&spec, link::Issuer::Command, &structures, &mut capture);
                hears.messages(capture.messages);
                let rc = built.as_ref().err().copied().unwrap_or(0);
                hears.scanned(spec::scan(&spec, page).ok().as_ref(), rc);
                built
            })
            .await;
        let built = match built {
            Ok(built) => built,
            Err(rc) => return (rc, ear.take()),
        };
        let kind = Kind::Call(self.id);
        let added = self
            .kernel
            .borrow_mut()
            .add_heard(built, kind, Some(ear.clone()));
        let rc = match added {
            Err(message) => {
                let rc = -message.number();
                ear.messages(vec![message]);
                rc
            }
            Ok(_) => self.called().await,
        };
        (rc, ear.take())
    }

    /// Waits for the end of a subroutine; gives its return code.
    async fn called(&self) -> i32 {
        poll_fn(|_| {
            let rc = self.take_rc();
            if rc.is_pending() {
                self.waits(Wait::Call);
            }
            rc
        })
        .await
    }

    async fn add_set(&self, spec: Vec<u8>, kind: Kind) -> Result<(), i32> {
        let structures = self.kernel.borrow().structures.clone();
        let built = self
            .host(move |host| link::build(&spec, link::Issuer::Stage, &structures, host))
            .await?;
        let added = self.kernel.borrow_mut().add(built, kind);
        match added {
            Ok(_) => Ok(()),
            Err(message) => {
                let rc = -message.number();
                self.message(message);
                Err(rc)
            }
        }
    }
}
