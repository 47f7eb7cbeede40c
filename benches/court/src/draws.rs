//! Draws that depend on one number alone.

/// SplitMix64: the same number gives the same draws on every machine and with every compiler.
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    /// Those of one of many things that have a seed in common.
    pub fn of(seed: u64, run: u64, what: u64) -> Self {
        let run = mix(seed).wrapping_add(mix(run ^ 0x5bd1_e995));
        Self(mix(run).wrapping_add(mix(what ^ 0x1b87_3593)))
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below 65,536.
    pub fn short(&mut self) -> u64 {
        self.roll() >> 48
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.short() < of_short(percent)
    }
}

/// So many of a hundred, of the 65,536 that a short draw may give.
pub fn of_short(percent: u64) -> u64 {
    percent.saturating_mul(1 << 16) / 100
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
