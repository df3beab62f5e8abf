//! Many virtual machines over one saved system.

use crate::support::{Place, transcript};

/// An operator who sees the other machines' consoles, and machines of three sizes.
const DIRECTORY: &str = "\
PROFILE SHARED
 MACHINE ESA
 CONSOLE 0009 3215 T OPER
USER OPER NOPASS 64M 64M ABCDEG
 MACHINE ESA
 IPL CMS
 CONSOLE 0009 3215
 SPOOL 000C 2540 READER *
 MDISK 0190 FB-512 1 END SYS190 RR
 HOST 0190 BUILTIN EXECS
 HOST 0200 BUILTIN GUEST
USER LXA NOPASS 64M 64M G
 INCLUDE SHARED
USER LXB NOPASS 64M 64M G
 INCLUDE SHARED
USER LXC NOPASS 128M 128M G
 INCLUDE SHARED
USER LXD NOPASS 32M 32M G
 INCLUDE SHARED
";

/// Saves LXSHR, starts the machines, then types `lines` as the operator.
fn operator(lines: &str) -> String {
    let place = Place::new();
    let dir = place.system(DIRECTORY);
    let dir = dir.to_str().unwrap();
    assert_eq!(
        place.cms(&["--system", dir, "SAVELX", "LXSHR", "200"]).code,
        0
    );
    let script = format!("#CP SYSTEM CLEAR\n{lines}#CP LOGOFF\n");
    place.typing(&["--system", dir], &script).out
}

#[test]
fn each_machine_has_its_own_counter() {
    let out = operator(
        "XAUTOLOG LXA\nXAUTOLOG LXB\nXAUTOLOG LXC\n\
         SEND CP LXA IPL LXSHR\nSEND CP LXB IPL LXSHR\nSEND CP LXC IPL LXSHR\nSLEEP 1 SEC\n\
         SEND LXA COUNT\nSEND LXA COUNT\nSEND LXB COUNT\nSEND LXC COUNT\nSEND LXC COUNT\nSEND LXC COUNT\nSLEEP 1 SEC\n\
         QUERY NAMES\nQUERY NSS USERS LXSHR\n",
    );
    transcript("counters", &out);
}

#[test]
fn a_machine_smaller_than_minsize_is_refused() {
    let out = operator("XAUTOLOG LXD\nSEND CP LXD IPL LXSHR\nSLEEP 1 SEC\n");
    transcript("minsize", &out);
}

#[test]
fn a_crash_in_one_leaves_the_others_running() {
    let out = operator(
        "XAUTOLOG LXA\nXAUTOLOG LXB\nSEND CP LXA IPL LXSHR\nSEND CP LXB IPL LXSHR\nSLEEP 1 SEC\n\
         SEND LXA CRASH\nSLEEP 1 SEC\nSEND LXB COUNT\nSLEEP 1 SEC\nSEND LXB COUNT\nSLEEP 1 SEC\n",
    );
    transcript("crash", &out);
}
