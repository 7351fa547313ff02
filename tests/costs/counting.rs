//! What this process has allocated, and the processor time that it has had.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

static CALLS: AtomicUsize = AtomicUsize::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// How long nothing may change before a measurement begins, and how often that is tried.
const SETTLING: Duration = Duration::from_millis(1);
const MAX_SETTLING: usize = 4;

/// Counts what all threads hold.
struct Counting;

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(held, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What something has cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Calls of the allocator.
    pub allocations: usize,
    /// The most bytes that were held at a time, beyond what was held before.
    pub peak: usize,
    /// What is still held.
    pub kept: usize,
    /// The processor time of all threads.
    pub cpu: Duration,
}

/// A measurement that has begun.
pub struct Begun {
    calls: usize,
    held: usize,
    cpu: Duration,
}

/// Begins when what the last request has left is gone: a connection ends a little after its client has.
pub fn begin() -> Begun {
    let mut held = HELD.load(Relaxed);
    for _ in 0..MAX_SETTLING {
        std::thread::sleep(SETTLING);
        let before = std::mem::replace(&mut held, HELD.load(Relaxed));
        if held == before {
            break;
        }
    }
    PEAK.store(held, Relaxed);
    Begun { calls: CALLS.load(Relaxed), held, cpu: cpu() }
}

impl Begun {
    pub fn end(&self) -> Cost {
        Cost {
            allocations: CALLS.load(Relaxed) - self.calls,
            peak: PEAK.load(Relaxed).saturating_sub(self.held),
            kept: HELD.load(Relaxed).saturating_sub(self.held),
            cpu: cpu() - self.cpu,
        }
    }
}

fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("a time since the start")
}
