//! Pure: XXH32 with seed 0, the checksum inside lz4 frames.

const P1: u32 = 0x9e37_79b1;
const P2: u32 = 0x85eb_ca77;
const P3: u32 = 0xc2b2_ae3d;
const P4: u32 = 0x27d4_eb2f;
const P5: u32 = 0x1656_67b1;

/// The hash of `data`.
pub fn xxh32(data: &[u8]) -> u32 {
    let (stripes, rest) = data.as_chunks::<16>();
    let mut hash = if stripes.is_empty() { P5 } else { lanes(stripes) };
    hash = hash.wrapping_add(data.len() as u32);
    let (words, bytes) = rest.as_chunks::<4>();
    for word in words {
        hash = hash.wrapping_add(u32::from_le_bytes(*word).wrapping_mul(P3)).rotate_left(17).wrapping_mul(P4);
    }
    for byte in bytes {
        hash = hash.wrapping_add(u32::from(*byte).wrapping_mul(P5)).rotate_left(11).wrapping_mul(P1);
    }
    hash = (hash ^ hash >> 15).wrapping_mul(P2);
    hash = (hash ^ hash >> 13).wrapping_mul(P3);
    hash ^ hash >> 16
}

fn lanes(stripes: &[[u8; 16]]) -> u32 {
    let mut lane = [P1.wrapping_add(P2), P2, 0, 0u32.wrapping_sub(P1)];
    for stripe in stripes {
        for (lane, word) in lane.iter_mut().zip(stripe.as_chunks::<4>().0) {
            let mixed = lane.wrapping_add(u32::from_le_bytes(*word).wrapping_mul(P2));
            *lane = mixed.rotate_left(13).wrapping_mul(P1);
        }
    }
    lane.iter().zip([1, 7, 12, 18]).fold(0, |hash, (lane, turn)| hash.wrapping_add(lane.rotate_left(turn)))
}

#[cfg(test)]
mod tests {
    use super::xxh32;

    #[test]
    fn known_values() {
        assert_eq!(xxh32(b""), 0x02cc_5d05);
        assert_eq!(xxh32(b"a"), 0x550d_7456);
        assert_eq!(xxh32(b"abc"), 0x32d1_53ff);
        assert_eq!(xxh32(b"Nobody inspects the spammish repetition"), 0xe229_3b2f);
    }
}
