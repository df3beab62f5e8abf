//! A line of source with a place in it marked, for whoever sits at a terminal.

/// How long the part of a line is that is shown.
const WIDTH: usize = 72;

/// How much of what stands before a place far to the right is shown.
const BEFORE: usize = 20;

/// The part of a line around the place `from..to`, and a line of marks under the place, each behind a margin
/// of the same width.
pub fn marked(margin: &str, line: &[u8], from: usize, to: usize) -> Vec<Vec<u8>> {
    let from = from.min(line.len());
    let to = to.min(line.len()).max(from + 1);
    // What lies far to the right is brought into view.
    let cut = match to > WIDTH {
        true => from.saturating_sub(BEFORE),
        false => 0,
    };
    let shown = &line[cut..line.len().min(cut + WIDTH)];
    let marks = (to - cut).min(shown.len().max(from - cut + 1)) - (from - cut);
    let mut text = margin.as_bytes().to_vec();
    text.extend(shown.iter().map(|b| match b.is_ascii_control() {
        true => b' ',
        false => *b,
    }));
    let bar = margin.trim_end().len();
    let mut under = vec![b' '; bar.saturating_sub(1)];
    under.push(b'|');
    under.resize(margin.len() + from - cut, b' ');
    under.resize(under.len() + marks, b'^');
    vec![text, under]
}
