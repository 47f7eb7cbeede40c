//! More words than the catalogue has, as a larger catalogue would.

use rand::Rng;

/// Draws ranks by Zipf's law: the nth is drawn in proportion to 1/(n + 1)^exponent.
#[derive(Debug)]
pub struct Zipf {
    /// Of each rank: its weight and those of the ranks before it.
    cumulative: Vec<f64>,
}

impl Zipf {
    pub fn new(ranks: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        let weights = (1..=ranks.max(1)).map(|rank| {
            sum += (rank as f64).powf(-exponent);
            sum
        });
        Self {
            cumulative: weights.collect(),
        }
    }

    pub fn draw(&self, random: &mut impl Rng) -> usize {
        let all = self.cumulative.last().copied().unwrap_or(1.0);
        let point = random.random_range(0.0..all);
        self.cumulative.partition_point(|sum| *sum <= point)
    }
}

/// Words, or whatever else is more varied in a larger catalogue: those of the real one by their frequency, then coined ones.
#[derive(Debug)]
pub struct Vocabulary {
    words: Vec<String>,
    ranks: Zipf,
}

impl Vocabulary {
    /// At least as many as `real` has.
    pub fn new(mut real: Vec<String>, size: usize, exponent: f64) -> Self {
        real.extend((0..size.saturating_sub(real.len())).map(coined));
        Self {
            ranks: Zipf::new(real.len(), exponent),
            words: real,
        }
    }

    pub fn draw(&self, random: &mut impl Rng) -> &str {
        &self.words[self.ranks.draw(random)]
    }
}

/// A word that nobody uses, another for each number.
pub fn coined(mut number: usize) -> String {
    const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
    const VOWELS: &[u8] = b"aeiou";
    let mut word = String::new();
    // At least three syllables, as words of two are often somebody's.
    for least in (0..3).rev() {
        loop {
            word.push(CONSONANTS[number % CONSONANTS.len()].into());
            number /= CONSONANTS.len();
            word.push(VOWELS[number % VOWELS.len()].into());
            number /= VOWELS.len();
            if least > 0 || number == 0 {
                break;
            }
        }
    }
    word
}

/// The words of a text, as search cuts it.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn no_word_is_coined_twice() {
        let coined: HashSet<String> = (0..500_000).map(coined).collect();
        assert_eq!(coined.len(), 500_000);
    }

    #[test]
    fn the_second_rank_is_drawn_half_as_often_as_the_first() {
        let (zipf, mut random) = (Zipf::new(1_000, 1.0), StdRng::seed_from_u64(1));
        let mut counts = vec![0u32; 1_000];
        for _ in 0..200_000 {
            counts[zipf.draw(&mut random)] += 1;
        }
        let ratio = f64::from(counts[0]) / f64::from(counts[1]);
        assert!((1.9..2.1).contains(&ratio), "{ratio}");
        assert!(counts[999] > 0);
    }
}
