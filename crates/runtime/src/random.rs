//! Randomness for ids that must not collide; jitter may use `fastrand`.

use rkafka_base::Uuid;

/// Fills `bytes` from the kernel's generator.
///
/// # Panics
/// If the kernel has no randomness to give, which on Linux happens only before the machine has booted.
pub fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the kernel gives random bytes");
}

/// A fresh id for a topic, a cluster or a member. Never one of the reserved ids, and never one whose text starts with
/// `-`, which command lines would take for an option (`Uuid.randomUuid`).
pub fn uuid() -> Uuid {
    loop {
        let mut bytes = [0; 16];
        fill(&mut bytes);
        let id = Uuid::from_random(bytes);
        if !id.is_zero() && id != Uuid::METADATA_TOPIC && !id.to_string().starts_with('-') {
            return id;
        }
    }
}
