//! The variables of the programs around a pipeline.

use super::Stage;
use crate::base::Record;
use crate::pipe::host::{Pool, PoolFrom, VarError};
use crate::pipe::kernel::{Kind, Side};
use crate::pipe::program::SharedProgram;

/// Whose variables a pool is.
enum Owner {
    Program(SharedProgram),
    Host(Pool),
    Nobody,
}

impl Stage {
    /// The program that is the stage before this one.
    fn producer(&self) -> Option<SharedProgram> {
        let kernel = self.kernel.borrow();
        let port = kernel.nodes.get(self.id)?.inputs.first()?;
        let Side::At(producer, _) = kernel.links.get(port.link?)?.from else {
            return None;
        };
        kernel.nodes.get(producer)?.program.clone()
    }

    fn owner(&self, pool: &Pool) -> Owner {
        if pool.from == PoolFrom::Producer {
            return self.producer().map_or(Owner::Nobody, Owner::Program);
        }
        let kernel = self.kernel.borrow();
        let mut level = pool.level;
        if pool.from == PoolFrom::Caller {
            let mut set = kernel.nodes.get(self.id).map(|n| n.set);
            while let Some(s) = set.and_then(|s| kernel.sets.get(s)) {
                if let Kind::Call(n) | Kind::Add(n) = s.kind {
                    let program = kernel.nodes.get(n).and_then(|n| n.program.clone());
                    match program {
                        Some(p) if level == 0 => return Owner::Program(p),
                        Some(_) => level -= 1,
                        None => {}
                    }
                }
                set = s.parent;
            }
        }
        Owner::Host(Pool {
            level,
            ..pool.clone()
        })
    }

    /// The value of a variable of the program that issued the pipeline, or one further out.
    ///
    /// # Errors
    /// [`VarError`].
    pub async fn get_variable(
        &self,
        pool: Pool,
        name: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, VarError> {
        match self.owner(&pool) {
            Owner::Nobody => Err(VarError::NoProgram),
            Owner::Program(p) => p.borrow_mut().get_variable(pool.names, &name),
            Owner::Host(pool) => self.host(move |h| h.get_variable(&pool, &name)).await,
        }
    }

    /// Sets or drops a variable.
    ///
    /// # Errors
    /// [`VarError`].
    pub async fn set_variable(
        &self,
        pool: Pool,
        name: Vec<u8>,
        value: Option<Record>,
    ) -> Result<(), VarError> {
        match self.owner(&pool) {
            Owner::Nobody => Err(VarError::NoProgram),
            Owner::Program(p) => p
                .borrow_mut()
                .set_variable(pool.names, &name, value.as_deref()),
            Owner::Host(pool) => {
                self.host(move |h| h.set_variable(&pool, &name, value.as_deref()))
                    .await
            }
        }
    }

    /// All variables of a pool and the program's source string.
    ///
    /// # Errors
    /// [`VarError`].
    pub async fn variables(&self, pool: Pool) -> Result<Variables, VarError> {
        match self.owner(&pool) {
            Owner::Nobody => Err(VarError::NoProgram),
            Owner::Program(p) => Ok(Variables {
                source: p.borrow().source(),
                all: p.borrow_mut().variables(),
            }),
            Owner::Host(pool) => {
                self.host(move |h| {
                    Ok(Variables {
                        source: h.source(&pool)?,
                        all: h.variables(&pool)?,
                    })
                })
                .await
            }
        }
    }
}

/// What REXXVARS wants to know of a pool.
pub struct Variables {
    /// The program's source string.
    pub source: Vec<u8>,
    /// Names and values.
    pub all: Vec<(Vec<u8>, Vec<u8>)>,
}
