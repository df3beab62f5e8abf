//! A filter that runs as a stage of its own.

use super::{End, Stage, Stop};
use crate::pipe::filter::{Emit, Filter, Flow, Left};

/// Runs a filter as a stage of its own.
pub(in crate::pipe) async fn drive(mut filter: Box<dyn Filter>, stage: Stage, begun: bool) -> End {
    if !begun {
        if stage.kernel.borrow().useless(stage.id) {
            return Ok(());
        }
        let outputs = stage.kernel.borrow().connected_outputs(stage.id);
        filter.start(&outputs);
    }
    let mut emit = Emit::default();
    while let Some(record) = stage.next(0).await? {
        let flow = filter.step(&record, &mut emit);
        put_all(&stage, &mut emit).await?;
        match flow {
            Flow::More => {
                stage.readto(0).await?;
            }
            Flow::Last => {
                stage.readto(0).await?;
                return Ok(());
            }
            Flow::Stop => return Ok(()),
            Flow::Leave(port) => {
                stage.readto(0).await?;
                leave(&stage, port)?;
            }
            Flow::Again(port) => leave(&stage, port)?,
            Flow::Fail => {
                return Err(match emit.fault.take() {
                    Some(fault) => stage.fail(fault),
                    None => Stop::Rc(-1),
                });
            }
        }
    }
    if let Some(port) = filter.done_with() {
        leave(&stage, port)?;
    }
    filter.finish(&mut emit);
    put_all(&stage, &mut emit).await?;
    while filter.more(&mut emit) == Left::Some {
        put_all(&stage, &mut emit).await?;
    }
    match emit.fault.take() {
        Some(fault) => Err(stage.fail(fault)),
        None => Ok(()),
    }
}

/// Leaves an output stream; ends when there is no other.
fn leave(stage: &Stage, port: u8) -> End {
    stage.sever_output(usize::from(port));
    match stage.kernel.borrow().useless(stage.id) {
        true => Err(Stop::Eof),
        false => Ok(()),
    }
}

async fn put_all(stage: &Stage, emit: &mut Emit) -> End {
    if !emit.told.is_empty() {
        let told = &mut stage.kernel.borrow_mut().emit.told;
        told.append(&mut emit.told);
    }
    for (port, record) in emit.items.drain(..) {
        match stage.output(port, record).await {
            Err(Stop::Eof) if stage.kernel.borrow().useless(stage.id) => {
                return Err(Stop::Eof);
            }
            Err(Stop::Eof) => {}
            other => other?,
        }
    }
    Ok(())
}
