//! Token buckets: a number of tokens at once, then a number a second.
//!
//! Not here: what costs a token, and what waits for one (`session`, `server`).

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use crate::chat::Timestamp;

/// A rate: a number of tokens at once, then a number a second.
///
/// ```
/// use chinwag::wire::Rate;
///
/// let rate: Rate = "20/2".parse()?;
/// assert_eq!((rate.burst(), rate.per_second()), (20, 2));
/// assert_eq!(rate.to_string(), "20/2");
/// # Ok::<(), chinwag::wire::RateError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rate {
    burst: u32,
    per_second: u32,
}

/// The text is not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateError;

impl Rate {
    /// The largest number of tokens at once, or in a second.
    pub const MOST: u32 = 1_000_000;

    /// A rate. Numbers below 1 count as 1, and numbers above [`Self::MOST`] count as that.
    #[must_use]
    pub const fn new(burst: u32, per_second: u32) -> Self {
        // `clamp` is not const.
        const fn within(number: u32) -> u32 {
            match number {
                0 => 1,
                1..=Rate::MOST => number,
                _ => Rate::MOST,
            }
        }
        Self { burst: within(burst), per_second: within(per_second) }
    }

    /// The number of tokens at once.
    #[must_use]
    pub const fn burst(self) -> u32 {
        self.burst
    }

    /// The number of tokens a second after that.
    #[must_use]
    pub const fn per_second(self) -> u32 {
        self.per_second
    }

    /// The time until the next token, in microseconds.
    const fn interval(self) -> u64 {
        1_000_000 / self.per_second as u64
    }

    /// The time to fill an empty bucket, in microseconds.
    const fn span(self) -> u64 {
        self.interval() * self.burst as u64
    }
}

impl FromStr for Rate {
    type Err = RateError;

    /// Parses `BURST/PER_SECOND`.
    fn from_str(text: &str) -> Result<Self, RateError> {
        let (burst, per_second) = text.split_once('/').ok_or(RateError)?;
        let number = |text: &str| match text.parse() {
            Ok(number @ 1..=Self::MOST) => Ok(number),
            _ => Err(RateError),
        };
        Ok(Self::new(number(burst)?, number(per_second)?))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.burst, self.per_second)
    }
}

impl fmt::Display for RateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = Rate::MOST;
        write!(f, "a rate is BURST/PER_SECOND, as in 20/2: two numbers from 1 to {most}")
    }
}

impl core::error::Error for RateError {}

/// A bucket of tokens. It holds at most the burst, and gains tokens as time goes by. Plain data:
/// the time is an argument.
///
/// ```
/// use core::time::Duration;
///
/// use chinwag::chat::Timestamp;
/// use chinwag::wire::{Bucket, Rate};
///
/// let mut bucket = Bucket::new(Rate::new(1, 2));
/// assert_eq!(bucket.wait(Timestamp(1000)), Duration::ZERO);
/// bucket.take(Timestamp(1000));
/// assert_eq!(bucket.wait(Timestamp(1100)), Duration::from_millis(400));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bucket {
    rate: Rate,
    /// The time until the bucket is full, in microseconds, counted from `seen`.
    lack: u64,
    /// When the bucket was last updated, in microseconds since the epoch.
    seen: u64,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub const fn new(rate: Rate) -> Self {
        Self { rate, lack: 0, seen: 0 }
    }

    /// The bucket under another rate, with what it lacks; a full one if there was none.
    #[must_use]
    pub fn with_rate(bucket: Option<Self>, rate: Rate) -> Self {
        Self { rate, ..bucket.unwrap_or(Self::new(rate)) }
    }

    /// The time until there is a token; zero if there is one.
    ///
    /// If the clock is put back, only the tokens for the time since the last update are lost.
    pub fn wait(&mut self, now: Timestamp) -> Duration {
        self.lack = self.lack_at(now);
        self.seen = micros(now);
        let one_left = self.rate.span() - self.rate.interval();
        Duration::from_micros(self.lack.saturating_sub(one_left))
    }

    /// Takes a token. If there is none, the next one is taken in advance, but never more than one.
    pub fn take(&mut self, now: Timestamp) {
        self.take_many(now, 1);
    }

    /// Takes `count` tokens. Missing ones are taken in advance, but never more than `count`.
    pub fn take_many(&mut self, now: Timestamp, count: u32) {
        self.wait(now);
        let price = self.rate.interval().saturating_mul(count.into());
        let most = self.rate.span().saturating_add(price);
        self.lack = self.lack.saturating_add(price).min(most);
    }

    /// Whether the bucket is full, and so equal to a new one.
    #[must_use]
    pub fn is_full(&self, now: Timestamp) -> bool {
        self.lack_at(now) == 0
    }

    fn lack_at(&self, now: Timestamp) -> u64 {
        self.lack.saturating_sub(micros(now).saturating_sub(self.seen))
    }
}

fn micros(time: Timestamp) -> u64 {
    time.0.saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    const RATE: Rate = Rate::new(3, 2);

    /// The number of tokens that can be taken at each of these times.
    fn taken(bucket: &mut Bucket, times: &[u64]) -> alloc::vec::Vec<u32> {
        let at = |&time: &u64| {
            let mut count = 0;
            while count < 99 && bucket.wait(Timestamp(time)).is_zero() {
                bucket.take(Timestamp(time));
                count += 1;
            }
            count
        };
        times.iter().map(at).collect()
    }

    #[test]
    fn a_burst_at_once_and_then_so_many_a_second() {
        let times = [1000, 1499, 1500, 1999, 2000, 2999, 3000, 9000, 9000, 9500];
        assert_eq!(taken(&mut Bucket::new(RATE), &times), [3, 0, 1, 0, 1, 1, 1, 3, 0, 1]);
    }

    #[test]
    fn at_most_one_token_is_taken_in_advance() {
        let mut bucket = Bucket::new(RATE);
        (0..100).for_each(|_| bucket.take(Timestamp(1000)));
        assert_eq!(bucket.wait(Timestamp(1000)), Duration::from_secs(1));
        assert_eq!(taken(&mut bucket, &[1999, 2000, 2499, 2500]), [0, 1, 0, 1]);
    }

    #[test]
    fn a_clock_that_is_put_back_costs_no_token() {
        let mut bucket = Bucket::new(RATE);
        bucket.take(Timestamp(9_000_000));
        assert_eq!(taken(&mut bucket, &[1000, 1499, 1500, 9000]), [2, 0, 1, 3]);
    }

    #[test]
    fn a_bucket_is_full_once_all_taken_tokens_have_come_back() {
        let mut bucket = Bucket::new(RATE);
        assert!(bucket.is_full(Timestamp(0)));
        bucket.take(Timestamp(1000));
        bucket.take(Timestamp(1000));
        assert!(!bucket.is_full(Timestamp(1999)));
        assert!(bucket.is_full(Timestamp(2000)));
    }

    #[test]
    fn a_rate_is_two_numbers() {
        assert_eq!("3/2".parse(), Ok(RATE));
        assert_eq!((RATE.burst(), RATE.per_second()), (3, 2));
        assert_eq!(RATE.to_string(), "3/2");
        assert_eq!(
            RateError.to_string(),
            "a rate is BURST/PER_SECOND, as in 20/2: two numbers from 1 to 1000000"
        );
        assert_eq!("1000000/1".parse(), Ok(Rate::new(u32::MAX, 0)));
        for wrong in ["", "3", "3/", "/2", "3/2/1", "0/2", "3/0", "-3/2", "3 / 2", "1000001/1"] {
            assert_eq!(wrong.parse::<Rate>(), Err(RateError), "{wrong:?}");
        }
    }
}
