//! Panics of the product's tasks. Their doors catch them, and in a server end the process; here they fail the seed, which
//! runs on one thread.

use std::cell::Cell;
use std::sync::Once;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

/// Counts from now on.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            COUNT.set(COUNT.get() + 1);
            told(panic);
        }));
    });
    COUNT.set(0);
}

/// Whether something has panicked on this thread.
pub fn any() -> bool {
    COUNT.get() > 0
}
