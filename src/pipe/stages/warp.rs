//! WARP and WARPLIST: a pipeline that is written to by name, from anywhere in the PIPE command
//! (*User's Guide and Reference*, chapter "Inventory of built-in programs").
//!
//! The stages that write to a wormhole are gathered as by FANINANY, those that read from it get a copy each as
//! by FANOUT.

use super::{DRIVER, Delay, PLAIN, Place, Row, task};
use crate::base::Record;
use crate::pipe::args::{Args, Fault};
use crate::pipe::kernel::EofReport;
use crate::pipe::stage::{Body, Stage, Stop};

pub const TABLE: &[Row] = &[
    Row {
        names: "WARP",
        operands: "name",
        doc: "First in a pipeline, reads what is written to that name anywhere in the PIPE command; elsewhere, writes to it.",
        make: warp,
        example: ("(end ?) warp a|console ? literal x|warp a", &["x"]),
        ..DRIVER
    },
    Row {
        names: "WARPLIST",
        operands: "",
        doc: "Writes the names that WARP reads from.",
        place: Place::First,
        delay: Delay::Source,
        make: |a| {
            a.end()?;
            Ok(task(list))
        },
        example: ("(end ?) warp a|hole ? warplist|console", &["a"]),
        ..PLAIN
    },
];

fn warp(args: &mut Args<'_>) -> Result<Body, Fault> {
    let name = args.need()?.to_vec();
    args.end()?;
    match args.first {
        true => Ok(task(|s| read(s, name))),
        false => Ok(task(|s| write(s, name))),
    }
}

async fn read(s: Stage, name: Vec<u8>) -> Result<(), Stop> {
    s.warp_open(&name);
    s.commit(0).await?;
    s.eof_report(EofReport::All);
    loop {
        let port = s.any_input_of_warp().await?;
        let record = s.peekto(port).await?;
        s.output(0, record).await?;
        s.readto(port).await?;
    }
}

async fn write(s: Stage, name: Vec<u8>) -> Result<(), Stop> {
    s.commit(0).await?;
    let mut seen = Vec::new();
    let mut ports = vec![0];
    loop {
        ports.extend(s.warp_connect(&name, &mut seen));
        ports.retain(|&port| s.has_output(port));
        if ports.is_empty() {
            return Ok(());
        }
        s.eof_report(EofReport::All);
        let record = s.peekto(0).await?;
        // A reader may have come while this stage waited.
        ports.extend(s.warp_connect(&name, &mut seen));
        for &port in &ports {
            s.pass(port, record.clone()).await?;
        }
        s.readto(0).await?;
    }
}

async fn list(s: Stage) -> Result<(), Stop> {
    for name in s.warps() {
        s.output(0, Record::from(name)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::pipe::tests::check;

    #[test]
    fn pipelines_in_any_order_meet_by_name() {
        for spec in [
            "(end ?) warp A|sort|console ? literal b|warp A ? literal a|warp A",
            "(end ?) literal b|warp A ? warp A|sort|console ? literal a|warp A",
            "(end ?) literal a|warp A ? literal b|warp A ? warp A|sort|console",
        ] {
            check(spec, 0, &["a", "b"]);
        }
        // Every reader gets a copy, and so does the stage behind a writer.
        check(
            "(end ?) literal x|warp A|change /x/self/|console ? warp A|change /x/one/|console ? warp A|change /x/two/|console",
            0,
            &["self", "one", "two"],
        );
        check("literal a|warp|console", -11, &[]);
        check("literal a|warp A B|console", -112, &[]);
    }

    #[test]
    fn records_keep_their_order_and_ends_of_file_travel_both_ways() {
        // The copy comes when the reader's pipeline is done with the record.
        check(
            "(end ?) literal b a|split|o: fanout|warp A ? o: |specs /=/ 1 1 n|console ? warp A|console",
            0,
            &["b", "=b", "a", "=a"],
        );
        check(
            "(end ?) literal x|dup *|warp A ? warp A|take 2|console",
            0,
            &["x", "x"],
        );
        // A wormhole through another.
        check(
            "(end ?) warp B|console ? warp A|warp B ? literal x|warp A",
            0,
            &["x"],
        );
        // Nobody reads: the writer ends; nobody writes: the reader ends.
        check("literal x|dup *|warp A", 0, &[]);
        check(
            "(end ?) warp A|count lines|console ? literal x|hole",
            0,
            &["0"],
        );
    }

    #[test]
    fn a_loop_through_a_wormhole_stalls_and_is_told() {
        check("(end ?) warp A|warp A ? literal x|warp A", -4095, &[]);
    }

    #[test]
    fn subroutines_write_to_a_wormhole_of_their_caller() {
        check(
            "(end ?) warp A|console ? literal one|append literal two||warp A||specs /own / 1 1-* n|append literal three||warp A|hole",
            0,
            &["two", "three"],
        );
        check("(end ?) warp A|hole ? literal x|warplist|console", -87, &[]);
    }
}
