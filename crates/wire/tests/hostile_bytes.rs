//! Bytes that no honest peer sends: every message cut short at every byte, with bits flipped, with lengths blown up.
//! A decoder answers with an error or with a message, never with a panic, and never reserves what the bytes cannot hold.

use bytes::Bytes;
use rkafka_wire::messages::{self, MESSAGES};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// The most memory that decoding a frame of a few hundred bytes may hold at a time.
const MAX_HELD: isize = 1 << 20;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// Counts what the current thread holds.
struct Counting;

fn count(change: isize) {
    let held = HELD.get() + change;
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
}

// SAFETY: every call goes to the system's allocator unchanged; the counters are plain thread-locals without destructors.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A small generator with a printed seed: failures replay.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

fn decode(name: &str, version: i16, bytes: Vec<u8>, what: &str) {
    let before = HELD.get();
    PEAK.set(before);
    let shown = bytes.clone();
    let result =
        std::panic::catch_unwind(|| messages::round_trip(name, version, Bytes::from(bytes)).map(|r| r.is_ok()));
    let held = PEAK.get() - before;
    assert!(result.is_ok(), "{name} v{version} panics on {what}: {shown:02x?}");
    assert!(held < MAX_HELD, "{name} v{version} holds {held} bytes for {what}: {shown:02x?}");
}

fn golden() -> Vec<(String, i16, Vec<u8>)> {
    let text = include_str!("golden/apache-3.9.1.txt");
    let mut lines = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let Some(hex) = words[3].strip_prefix('x') else { continue };
        let bytes = (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hex")).collect();
        lines.push((words[0].to_string(), words[1].parse().expect("a version"), bytes));
    }
    assert!(lines.len() > 500);
    lines
}

#[test]
fn cut_short_at_every_byte() {
    for (name, version, bytes) in golden() {
        for end in 0..bytes.len() {
            decode(&name, version, bytes[..end].to_vec(), "a cut");
        }
    }
}

#[test]
fn lengths_blown_up_and_bits_flipped() {
    let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0x5eed_0001);
    println!("SEED={seed}");
    let mut random = Random(seed);
    for (name, version, bytes) in golden().into_iter().filter(|(_, _, bytes)| !bytes.is_empty()) {
        for _ in 0..60 {
            let mut hostile = bytes.clone();
            let at = random.below(hostile.len());
            match random.below(4) {
                0 => hostile[at] ^= 1 << random.below(8),
                1 => hostile[at..].iter_mut().take(4).for_each(|b| *b = 0x7f),
                2 => hostile[at..].iter_mut().take(5).for_each(|b| *b = 0xff),
                _ => hostile[at..].iter_mut().take(4).zip([0x00, 0xff, 0xff, 0xff]).for_each(|(b, v)| *b = v),
            }
            decode(&name, version, hostile, "a change");
        }
    }
}

#[test]
fn noise() {
    let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0x5eed_0002);
    println!("SEED={seed}");
    let mut random = Random(seed);
    for (name, min, max) in MESSAGES {
        for version in *min..=*max {
            for _ in 0..20 {
                let length = random.below(200);
                let bytes = (0..length).map(|_| random.next() as u8).collect();
                decode(name, version, bytes, "noise");
            }
        }
    }
}
