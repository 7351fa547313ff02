//! Pure: the numbers of Java's `SplittableRandom`, so that the messages are the very ones that Kafka's tool sends.

/// A generator; the same seed gives the same numbers.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: i64) -> Random {
        Random { state: seed as u64 }
    }

    #[inline]
    fn next(&mut self) -> u32 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 33)).wrapping_mul(0x62a9_d9ed_7997_05f5);
        ((mixed ^ (mixed >> 28)).wrapping_mul(0xcb24_d0a5_c88c_35b3) >> 32) as u32
    }

    /// A number below `bound`, which is positive.
    #[inline]
    pub fn below(&mut self, bound: u32) -> u32 {
        if bound.is_power_of_two() {
            return self.next() & (bound - 1);
        }
        loop {
            let bits = self.next() >> 1;
            let number = bits % bound;
            // The last numbers do not make a whole round: they would come more often.
            if bits - number <= (i32::MAX as u32) - (bound - 1) {
                return number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `new SplittableRandom(0)` gives in Java 17.
    #[test]
    fn as_java_draws() {
        let mut random = Random::new(0);
        let letters: String = (0..24).map(|_| char::from(65 + random.below(26) as u8)).collect();
        assert_eq!(letters, "YQHHNEBSEPDNSEIFGAMSUJXK");
        assert_eq!([(); 4].map(|()| random.below(16)), [9, 6, 15, 14]);
        let mut random = Random::new(7);
        let large = [(); 4].map(|()| random.below(2_000_000_000));
        assert_eq!(large, [1_332_694_696, 349_607_553, 784_385_053, 493_486_521]);
    }
}
