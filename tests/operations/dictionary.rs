//! Dictionaries for COMPRESSION CALL, made of a tree of strings: trained on data, or at random.

use std::collections::HashMap;

/// A string of the tree: what it adds to its parent's, and what may follow.
#[derive(Clone, Debug)]
pub struct Node {
    /// One character and up to four additional ones.
    pub characters: Vec<u8>,
    /// What may follow.
    pub children: Vec<Node>,
}

/// Which sibling descriptors a dictionary has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Siblings {
    /// Up to seven characters in one entry.
    Format0,
    /// Up to fourteen in two entries.
    Format1,
}

/// A pair of dictionaries.
#[derive(Clone)]
pub struct Pair {
    /// Bits of a symbol less eight.
    pub size: u32,
    /// Its sibling descriptors.
    pub siblings: Siblings,
    /// The compression dictionary, in format 1 with the expansion dictionary's parts of descriptors in place.
    pub compression: Vec<u64>,
    /// The expansion dictionary.
    pub expansion: Vec<u64>,
    /// The string of every symbol that has one.
    pub strings: HashMap<u16, Vec<u8>>,
}

impl Pair {
    /// Both, as they stand in storage.
    pub fn bytes(&self) -> Vec<u8> {
        let both = self.compression.iter().chain(&self.expansion);
        both.flat_map(|e| e.to_be_bytes()).collect()
    }

    /// Bytes of one of them.
    pub fn length(&self) -> u64 {
        8 << (8 + self.size)
    }

    /// Register 0 for a compression.
    pub fn control(&self) -> u64 {
        u64::from(self.size) << 12
            | if self.siblings == Siblings::Format1 {
                0x200
            } else {
                0
            }
    }
}

/// Lays a tree out, the 256 nodes of which are the alphabet's; children for which there is no room are left out.
pub fn build(size: u32, siblings: Siblings, alphabet: &[Node]) -> Pair {
    let entries = 1usize << (8 + size);
    let mut pair = Pair {
        size,
        siblings,
        compression: vec![0; entries],
        expansion: vec![0; entries],
        strings: HashMap::new(),
    };
    let mut free = 256;
    let mut queue = std::collections::VecDeque::new();
    for (n, node) in alphabet.iter().enumerate() {
        pair.expansion[n] = 1 << 56 | (n as u64) << 48;
        pair.strings.insert(n as u16, vec![n as u8]);
        queue.push_back((n, node, vec![n as u8]));
    }
    while let Some((number, node, string)) = queue.pop_front() {
        let additional = if number < 256 {
            &[]
        } else {
            &node.characters[1..]
        };
        let mut count = node.children.len();
        if string.len() > 240 {
            count = 0;
        }
        if additional.len() > 1 {
            count = count.min(1);
        }
        while slots(siblings, count, additional.len()) > entries - free {
            count -= 1;
        }
        let children = &node.children[..count];
        let first = free;
        free += slots(siblings, count, additional.len());
        let places = place(&mut pair, number, additional, first, children);
        for (place, child) in places.into_iter().zip(children) {
            let mut whole = string.clone();
            whole.extend(&child.characters);
            pair.expansion[place] = expansion(number, &string, &child.characters);
            pair.strings.insert(place as u16, whole.clone());
            queue.push_back((place, child, whole));
        }
    }
    pair
}

/// Children in the entry itself.
fn direct(count: usize, additional: usize) -> usize {
    match count {
        0 | 1 => count,
        _ => count.min(5 - additional),
    }
}

/// Entries that children and their descriptors take.
fn slots(siblings: Siblings, count: usize, additional: usize) -> usize {
    let each = if siblings == Siblings::Format0 { 7 } else { 14 };
    count + (count - direct(count, additional)).div_ceil(each)
}

fn examined(child: &Node) -> bool {
    // A bit that need not be on does no harm.
    !child.children.is_empty()
        || child.characters.len() > 1
        || child.characters[0].is_multiple_of(3)
}

/// Writes the parent's entry and the descriptors; where the children's entries are.
fn place(
    pair: &mut Pair,
    number: usize,
    additional: &[u8],
    first: usize,
    children: &[Node],
) -> Vec<usize> {
    let here = direct(children.len(), additional.len());
    let more = children.len() > here;
    let mut entry = (here as u64 + u64::from(more)) << 61;
    entry |= (additional.len() as u64) << 53;
    if !children.is_empty() {
        entry |= (first as u64) << 40;
    }
    let characters = additional
        .iter()
        .chain(children[..here].iter().map(|c| &c.characters[0]));
    for (n, character) in characters.enumerate() {
        entry |= u64::from(*character) << (32 - 8 * n);
    }
    for (n, child) in children[..here].iter().enumerate() {
        entry |= u64::from(examined(child)) << (60 - n);
    }
    let mut places: Vec<usize> = (first..first + here).collect();
    let mut at = first + here;
    let mut rest = &children[here..];
    let mut is_first = true;
    while !rest.is_empty() {
        let most = if pair.siblings == Siblings::Format0 {
            7
        } else {
            14
        };
        let n = rest.len().min(most);
        let last = &rest[n.min(most - 2)..n];
        let bits = last
            .iter()
            .enumerate()
            .fold(0, |v, (i, c)| v | u64::from(examined(c)) << (1 - i));
        if is_first {
            entry |= bits << 54;
        }
        descriptor(pair, at, &rest[..n], rest.len() > n);
        places.extend(at + 1..at + 1 + n);
        at += 1 + n;
        rest = &rest[n..];
        is_first = false;
    }
    pair.compression[number] = entry;
    places
}

fn descriptor(pair: &mut Pair, at: usize, children: &[Node], more: bool) {
    let n = children.len() as u64;
    let bits = |most: usize| {
        children[..children.len().min(most)]
            .iter()
            .enumerate()
            .fold(0u64, |v, (i, c)| {
                v | u64::from(examined(c)) << (most - 1 - i)
            })
    };
    let character = |i: usize| children.get(i).map_or(0, |c| u64::from(c.characters[0]));
    if pair.siblings == Siblings::Format0 {
        let mut entry = if more { 0 } else { n << 61 } | bits(5) << 56;
        for i in 0..7 {
            entry |= character(i) << (48 - 8 * i);
        }
        pair.compression[at] = entry;
        return;
    }
    let mut entry = if more { 15 } else { n } << 60 | bits(12) << 48;
    for i in 0..6 {
        entry |= character(i) << (40 - 8 * i);
    }
    pair.compression[at] = entry;
    let second = (0..8).fold(0, |v, i| v | character(6 + i) << (56 - 8 * i));
    pair.expansion[at] = second;
}

/// The entry of a string that is the parent's and some characters more.
fn expansion(parent: usize, before: &[u8], added: &[u8]) -> u64 {
    let whole: Vec<u8> = before.iter().chain(added).copied().collect();
    let (mut entry, characters, shift) = if whole.len() <= 7 && !whole[0].is_multiple_of(5) {
        ((whole.len() as u64) << 56, &whole[..], 48)
    } else {
        let preceded = (added.len() as u64) << 61 | (parent as u64) << 48 | before.len() as u64;
        (preceded, added, 40)
    };
    for (n, character) in characters.iter().enumerate() {
        entry |= u64::from(*character) << (shift - 8 * n as u32);
    }
    entry
}

/// The alphabet's nodes without children.
pub fn alphabet() -> Vec<Node> {
    (0..=255)
        .map(|c| Node {
            characters: vec![c],
            children: Vec::new(),
        })
        .collect()
}

/// The tree of what occurs often in data: strings grow by a character each time they are met again, and chains
/// without forks become one entry of several characters.
pub fn trained(data: &[u8], nodes: usize) -> Vec<Node> {
    let mut tree = alphabet();
    let mut left = nodes;
    let mut rest = data;
    while let [first, behind @ ..] = rest {
        let mut node = &mut tree[usize::from(*first)];
        let mut at = behind;
        while let [next, behind @ ..] = at {
            let known = node.children.iter().position(|c| c.characters[0] == *next);
            at = behind;
            if let Some(known) = known {
                node = &mut node.children[known];
                continue;
            }
            if left > 0 {
                left -= 1;
                node.children.push(Node {
                    characters: vec![*next],
                    children: Vec::new(),
                });
            }
            break;
        }
        rest = at;
    }
    tree.iter_mut().for_each(|n| {
        n.children.iter_mut().for_each(shorten);
    });
    tree
}

/// Makes chains into nodes of several characters.
fn shorten(node: &mut Node) {
    while node.children.len() == 1
        && node.characters.len() < 5
        && node.children[0].children.len() < 2
    {
        let child = node.children.remove(0);
        if node.characters.len() + child.characters.len() > 5 {
            node.children.push(child);
            break;
        }
        node.characters.extend(child.characters);
        node.children = child.children;
    }
    if node.characters.len() > 2 {
        node.children.truncate(1);
    }
    node.children.iter_mut().for_each(shorten);
}
