//! A console that is a screen, in a script.

use crate::support::{Place, fetched_kernel};

#[test]
fn linux_talks_on_a_3270() {
    let Some(kernel) = fetched_kernel() else {
        return;
    };
    let place = Place::new();
    let system =
        place.system("USER LINUX1 NOPASS 128M 128M EG\n MACHINE ESA\n CONSOLE 0009 3270\n");
    let file = |name: &str| kernel.join(name).display().to_string();
    let system = system.display().to_string();
    // Linux asks CP which console it has; a line is typed into the field where the cursor is.
    let run = place.typing(
        &[
            "--system",
            &system,
            "--deterministic",
            "guest",
            "--storage",
            "128M",
            &file("vmlinuz"),
            &file("initrd"),
            "nokaslr quiet",
        ],
        "uname -m\necho $((6 * 7))\n#CP QUERY TERMINAL\n#CP LOGOFF\n",
    );
    let last = run.out.rfind(&"=".repeat(80)).map(|at| &run.out[at..]);
    let last = last.unwrap_or_default();
    for expected in [
        "/ # uname -m\ns390x\n/ # echo $((6 * 7))\n42\n/ #",
        "Running",
        "CONMODE 3270",
    ] {
        assert!(
            last.contains(expected),
            "{expected}: {}{}",
            run.out,
            run.err
        );
    }
}
