//! Writing records (OUTPUT).

use std::future::{Future, poll_fn};
use std::task::Poll;

use super::{Stage, Stop, TRACED};
use crate::base::Record;
use crate::base::msg::fpl;
use crate::pipe::kernel::{Kernel, Wait};

impl Stage {
    /// Writes a record and waits until it is consumed (OUTPUT).
    ///
    /// # Errors
    /// [`Stop::Eof`] when the stream has no consumer, or lost it before the record was consumed.
    pub async fn output(&self, port: usize, record: Record) -> Result<(), Stop> {
        self.trace_output(port, &record);
        let mut record = Some(record);
        poll_fn(|_| {
            let mut kernel = self.kernel.borrow_mut();
            let written = match record.take() {
                Some(record) => kernel.offer(self.id, port, record),
                None => kernel.deliver(self.id),
            };
            drop(kernel);
            self.written_or_waits(written)
        })
        .await
    }

    /// Writes the records that `next` gives, one after the other, until it gives none. They go down the line
    /// without a way back to the dispatcher, unless somebody else must run.
    ///
    /// # Errors
    /// As [`Stage::output`].
    pub async fn output_all(
        &self,
        port: usize,
        mut next: impl FnMut() -> Option<Record>,
    ) -> Result<(), Stop> {
        if self.traced {
            while let Some(record) = next() {
                self.output(port, record).await?;
            }
            return Ok(());
        }
        let mut waits = false;
        poll_fn(|_| {
            let mut kernel = self.kernel.borrow_mut();
            loop {
                let written = match std::mem::take(&mut waits) {
                    true => kernel.deliver(self.id),
                    false => match next() {
                        Some(record) => kernel.offer(self.id, port, record),
                        None => return Poll::Ready(Ok(())),
                    },
                };
                match written {
                    Ok(Some(true)) => {}
                    Ok(Some(false)) => return Poll::Ready(Err(Stop::Eof)),
                    Err(stop) => return Poll::Ready(Err(stop)),
                    Ok(None) => {
                        waits = true;
                        return Poll::Pending;
                    }
                }
            }
        })
        .await
    }

    /// Passes records, from the input stream that `pick` says each time, until a stream is at end of file;
    /// `wait` is what the stage waits for when there is none. A record is consumed when it is written.
    async fn forward(
        &self,
        output: usize,
        wait: Wait,
        pick: impl Fn(&mut Kernel) -> Result<Option<usize>, Stop>,
    ) -> Result<(), Stop> {
        let mut writes = None;
        poll_fn(|_| {
            let mut kernel = self.kernel.borrow_mut();
            loop {
                let (input, written) = match writes.take() {
                    Some(input) => (input, kernel.deliver(self.id)),
                    None => {
                        let found = match pick(&mut kernel) {
                            Ok(Some(input)) => kernel.look(self.id, input).map(|r| (input, r)),
                            Ok(None) => Ok((0, None)),
                            Err(stop) => Err(stop),
                        };
                        match found {
                            Ok((input, Some(record))) => {
                                (input, kernel.offer(self.id, output, record))
                            }
                            Ok((_, None)) => {
                                drop(kernel);
                                self.waits(wait);
                                return Poll::Pending;
                            }
                            Err(stop) => return Poll::Ready(Err(stop)),
                        }
                    }
                };
                match written {
                    Ok(Some(true)) => {
                        kernel.consume(self.id, input);
                    }
                    Ok(Some(false)) => return Poll::Ready(Err(Stop::Eof)),
                    Err(stop) => return Poll::Ready(Err(stop)),
                    Ok(None) => {
                        writes = Some(input);
                        return Poll::Pending;
                    }
                }
            }
        })
        .await
    }

    /// Passes records from whichever input stream has one, in the order in which they come.
    ///
    /// # Errors
    /// [`Stop::Eof`] when all input streams are at end of file, or the output is gone.
    pub async fn forward_any(&self, output: usize) -> Result<(), Stop> {
        if !self.traced {
            let pick = |kernel: &mut Kernel| kernel.look_any(self.id);
            return self.forward(output, Wait::AnyInput, pick).await;
        }
        loop {
            let port = self.any_input().await?;
            let record = self.peekto(port).await?;
            self.output(output, record).await?;
            self.readto(port).await?;
        }
    }

    #[inline]
    fn written_or_waits(&self, written: Result<Option<bool>, Stop>) -> Poll<Result<(), Stop>> {
        let done = match written {
            Ok(None) => return Poll::Pending,
            Ok(Some(true)) => Ok(()),
            Ok(Some(false)) => Err(Stop::Eof),
            Err(stop) => Err(stop),
        };
        self.trace_end(&done);
        Poll::Ready(done)
    }

    /// Writes a record and, while it is not consumed, takes what comes on the input streams.
    ///
    /// # Errors
    /// Those of [`Stage::output`].
    pub async fn output_reading(
        &self,
        port: usize,
        record: Record,
        held: &mut std::collections::VecDeque<Record>,
    ) -> Result<(), Stop> {
        let mut output = std::pin::pin!(self.output(port, record));
        poll_fn(|cx| {
            if let Poll::Ready(done) = output.as_mut().poll(cx) {
                return Poll::Ready(done);
            }
            let mut kernel = self.kernel.borrow_mut();
            if kernel.nodes.get(self.id).map(|n| n.wait) != Some(Wait::Output) {
                // The budget is used up; nothing else may happen before it goes on.
                return Poll::Pending;
            }
            while let Ok(Some(input)) = kernel.look_any(self.id) {
                held.extend(kernel.consume(self.id, input));
            }
            drop(kernel);
            self.waits(Wait::Either);
            Poll::Pending
        })
        .await
    }

    /// Writes a record to a stream when that has a consumer; a device driver goes on without.
    ///
    /// # Errors
    /// [`Stop::Rc`] alone: end of file is no reason to stop.
    pub async fn pass(&self, port: usize, record: Record) -> Result<(), Stop> {
        match self.output(port, record).await {
            Err(Stop::Eof) | Ok(()) => Ok(()),
            other => other,
        }
    }

    /// Tells of a record that is to be written, when the stage is traced.
    pub(in crate::pipe) fn trace_output(&self, port: usize, record: &Record) {
        self.trace(|| {
            let length = record.len().to_string();
            vec![
                fpl::FPLDSP036I.with(&[b"OUTPUT", port.to_string().as_bytes()]),
                fpl::FPLDSP035I.with(&[length.as_bytes()]),
                fpl::FPLDSP039I.with(&[&record[..record.len().min(TRACED)]]),
            ]
        });
    }
}
