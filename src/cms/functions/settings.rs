//! CMSFLAG, EXTERNALS, LINESIZE, USERID, and VALUE with a pool.

use super::{Args, Env, Outcome, Row, bad, text};
use crate::cms::globals;
use crate::cms::state::Typing;
use crate::rexx::Error;

/// The family.
pub(super) const ROWS: &[Row] = &[
    Row {
        name: "CMSFLAG",
        args: "flag",
        count: (1, 1),
        run: cmsflag,
        doc: "1 when the setting of CMS (ABBREV, CMSTYPE, EXECTRAC, IMPCP, IMPEX, SUBSET) is on, else 0.",
    },
    Row {
        name: "EXTERNALS",
        args: "",
        count: (0, 0),
        run: externals,
        doc: "The number of lines typed ahead.",
    },
    Row {
        name: "LINESIZE",
        args: "",
        count: (0, 0),
        run: linesize,
        doc: "The width of the terminal.",
    },
    Row {
        name: "USERID",
        args: "",
        count: (0, 0),
        run: userid,
        doc: "The user identification.",
    },
    Row {
        name: "VALUE",
        args: "name,[new],pool",
        count: (1, 3),
        run: value,
        doc: "The value of a variable of GLOBALV (GLOBAL, SESSION or LASTING, and a group), and sets another.",
    },
];

fn userid(env: &mut Env<'_>, _: &Args) -> Outcome {
    Ok(env.cms.info.user.clone())
}

fn externals(env: &mut Env<'_>, _: &Args) -> Outcome {
    Ok(env.cms.stack.typed_count().to_string().into_bytes())
}

fn cmsflag(env: &mut Env<'_>, args: &Args) -> Outcome {
    let settings = &env.cms.settings;
    let on = match text(args, 0).to_ascii_uppercase().as_slice() {
        b"ABBREV" => settings.abbrev.is_on(),
        b"CMSTYPE" => settings.typing == Typing::Resumed,
        b"EXECTRAC" => settings.exectrac.is_on(),
        b"IMPCP" => settings.impcp.is_on(),
        b"IMPEX" => settings.impex.is_on(),
        b"AUTOREAD" | b"DOS" | b"PROTECT" | b"RELPAGE" | b"SUBSET" => false,
        other => {
            let flags = "ABBREV AUTOREAD CMSTYPE DOS EXECTRAC IMPCP IMPEX PROTECT RELPAGE SUBSET";
            return Err(bad("CMSFLAG", 1, flags, other));
        }
    };
    Ok(vec![if on { b'1' } else { b'0' }])
}

/// The width that CP's QUERY TERMINAL tells.
fn linesize(env: &mut Env<'_>, _: &Args) -> Outcome {
    let width = env.cms.linesize(env.port);
    Ok(width.to_string().into_bytes())
}

fn value(env: &mut Env<'_>, args: &Args) -> Outcome {
    let (name, pool) = (text(args, 0), text(args, 2));
    let new = args.get(1).and_then(Option::as_deref);
    let upper = pool.to_ascii_uppercase();
    if env.cms.host_paths.is_on() && matches!(upper.as_slice(), b"SYSTEM" | b"ENVIRONMENT") {
        return Ok(environment(env, name, new));
    }
    let found = globals::pool_value(env.cms, &name.to_ascii_uppercase(), new, &upper);
    found.ok_or_else(|| Error::new(40, 37, &[b"VALUE", pool]))
}

/// A variable of the host's environment, for a program that runs alone. What it sets is seen by itself
/// and by the commands of ADDRESS SYSTEM.
fn environment(env: &mut Env<'_>, name: &[u8], new: Option<&[u8]>) -> Vec<u8> {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let own = env.cms.environment.get(name).cloned();
    let old = own.unwrap_or_else(|| {
        let odd = name.is_empty() || name.contains(&b'=') || name.contains(&0);
        let name = std::ffi::OsStr::from_bytes(name);
        let of_host = (!odd).then(|| std::env::var_os(name)).flatten();
        of_host.map_or_else(Vec::new, OsStringExt::into_vec)
    });
    if let Some(new) = new {
        env.cms.environment.insert(name.to_vec(), new.to_vec());
    }
    old
}
