//! Whole sessions at a console: a guest looked at with CP's debugging commands, and a day in CMS.

use std::fs;

use crate::support::{Place, transcript};

#[test]
fn a_guest_is_traced_displayed_and_changed() {
    let script = "\
#CP SYSTEM CLEAR
TRACE I R 10000
QUERY TRACE
IPL 200
DISPLAY PSW
DISPLAY G
DISPLAY I10000.10
TRACE END 1
TRACE STORE INTO 300010-300013
BEGIN
TRACE END ALL
TRACE INSTR PSWA 101000-101100 COUNT
BEGIN
#CP DISPLAY 300010.4
COUNT
#CP TRACE QUERY
#CP TRACE END
#CP STORE 300010 0000002A
COUNT
#CP STOP
DISPLAY PSW
STORE G5 1234 5678
DISPLAY G5-6
STORE X0 0
DISPLAY X0
DISPLAY T300000.20
TRACE PROG
TRACE SVC
TRACE PSWA
BEGIN
SVC 7
BEGIN
CRASH OPERATION
DISPLAY PSW
BEGIN
SYSTEM RESET
DISPLAY PSW
SYSTEM RESTART
LOGOFF
";
    transcript("debugging", &Place::new().typing(&[], script).out);
}

#[test]
fn a_day_in_cms() {
    let place = Place::new();
    fs::write(
        place.work().join("names.data"),
        "anna paris\nbert rome\ncarl paris\n",
    )
    .unwrap();
    fs::write(
        place.work().join("town.exec"),
        "/* who lives in a town */\nparse arg town\n'PIPE < names data a | locate w2' '/'town'/ | specs w1 1 | stem who.'\n\
         do i = 1 to who.0\n say who.i 'lives in' town\nend\nexit who.0\n",
    )
    .unwrap();
    let script = "\
QUERY USERID
QUERY DISK
LISTFILE
town paris
TYPE NAMES DATA
COPYFILE NAMES DATA A = OLD =
LISTFILE NAMES * A
ERASE NAMES OLD
ERASE NAMES OLD
STATE NAMES DATA A
EXEC NOSUCH
NOSUCH
CP NOSUCH
MAKEBUF
SENTRIES
DROPBUF
PIPE literal c b a | split | sort | console
PIPE literal a | nosuch | console
SET EMSG CODE
ERASE NAMES OLD
SET EMSG TEXT
ERASE NAMES OLD
SET EMSG ON
SET RDYMSG SMSG
IDENTIFY
ACCESS 190 B
QUERY SEARCH
RELEASE B
QUERY ACCESSED
";
    transcript("cms_day", &place.typing(&[], script).out);
}
