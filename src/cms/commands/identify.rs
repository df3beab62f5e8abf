//! IDENTIFY: who, where and when.

use super::{Call, Row, Verdict};
use crate::base::abbrev::matches;
use crate::base::msg::dms;
use crate::cms::files::DateForm;
use crate::cms::stack::Order;

/// The family.
pub const ROWS: &[Row] = &[Row {
    name: "IDentify",
    operands: "[(ALL STACK|FIFO|LIFO|Type SHOrtdate|FULldate|ISOdate)]",
    run: identify,
    doc: "Tells user, node, network machine, date, time, time zone and day.",
    example: "IDENTIFY",
}];

fn identify(call: &mut Call<'_>) -> Verdict {
    let operands = call.operands();
    if !operands.words.is_empty() {
        return call.fail(&dms::DMSIDE070E, &[operands.word(0)], 24);
    }
    let mut order = None;
    let mut dates = DateForm::Short;
    for word in &operands.options {
        if matches("STACK", word) || matches("FIFO", word) {
            order = Some(Order::Fifo);
        } else if matches("LIFO", word) {
            order = Some(Order::Lifo);
        } else if matches("Type", word) {
            order = None;
        } else if matches("ALL", word) {
            // There is one network machine at most, so one line is all.
        } else if let Some(form) = DateForm::option(word) {
            dates = form;
        } else {
            return call.fail(&dms::DMSIDE003E, &[word], 24);
        }
    }
    let now = call.cms.clock().local();
    let lossy = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    let line = format!(
        "{:<8} AT {:<8} VIA {:<8} {} {:02}:{:02}:{:02} {:<8} {}",
        lossy(&call.cms.info.user),
        lossy(&call.cms.info.system_name),
        "RSCS",
        dates.text(&now),
        now.hour,
        now.minute,
        now.second,
        call.cms.clock().zone().name,
        now.weekday_name()
    );
    match order {
        Some(order) => call.cms.stack.put(order, line.into_bytes()),
        None => call.say(line.as_bytes()),
    }
    Verdict::Rc(0)
}
