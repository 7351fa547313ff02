//! Pure: the password of a session, which every server of an ensemble computes alike from the session's id.
//!
//! It is the first 16 bytes of `java.util.Random` seeded with the id and ZooKeeper's constant: protection against
//! mistakes, not against attackers. A session can thus be taken over by Apache ZooKeeper on the same data.

use rkafka_jute::PASSWORD_LENGTH;

const SUPER_SECRET: i64 = 0xB341_5C00;
const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const INCREMENT: u64 = 0xB;
const MASK: u64 = (1 << 48) - 1;

/// The password of session `id`.
pub fn of_session(id: i64) -> [u8; PASSWORD_LENGTH] {
    let mut state = ((id ^ SUPER_SECRET) as u64 ^ MULTIPLIER) & MASK;
    let mut password = [0; PASSWORD_LENGTH];
    for chunk in password.chunks_exact_mut(4) {
        state = state.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT) & MASK;
        // Java's nextInt() is the top 32 of 48 bits, taken apart from the low byte up.
        chunk.copy_from_slice(&((state >> 16) as u32).to_le_bytes());
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_passwords() {
        let known = [
            (0x0100_0010_85aa_001e, 0xd158_d9f6_c1d3_aba5_037c_0795_3c3b_5866_u128),
            (0x0100_0010_85aa_001f, 0xe479_d3f6_611f_8bea_f8be_6ec0_10c4_6c33),
        ];
        for (id, password) in known {
            assert_eq!(of_session(id), password.to_be_bytes());
        }
    }
}
