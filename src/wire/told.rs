//! How much rooms and users may be told, whoever tells them.
//!
//! A user who reads all the time must be able to: however many talk, each within what one may say, no more is
//! told to a room, or to one user alone, than a slow link takes. Those who talk wait.
//!
//! Not here: making them wait (`server`), and how much one client may say (`session`).

use alloc::collections::BTreeMap;
use core::time::Duration;

use super::{Bucket, Rate};
use crate::chat::{Audience, Timestamp};

/// The bytes that audiences have been told of late.
///
/// ```
/// use core::time::Duration;
///
/// use chinwag::chat::{Audience, ClientId, Timestamp};
/// use chinwag::wire::{Rate, Told};
///
/// let (mut told, now) = (Told::new(Some(Rate::new(2000, 1000))), Timestamp(0));
/// let ann = Audience::User(ClientId(1));
/// told.tell(now, ann, 2500);
/// assert_eq!(told.wait(now, ann), Duration::from_millis(501));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// So many bytes at once, then so many a second.
    rate: Option<Rate>,
    buckets: BTreeMap<Audience, Bucket>,
    /// When there are so many, those that are full are forgotten: they are like new ones.
    sweep_at: usize,
}

impl Told {
    /// The fewest that are worth a look at which of them are full.
    const SWEEP: usize = 1024;

    /// Nobody has been told anything.
    #[must_use]
    pub fn new(rate: Option<Rate>) -> Self {
        Self { rate, buckets: BTreeMap::new(), sweep_at: Self::SWEEP }
    }

    /// How long it takes until an audience may be told something: zero if it may now.
    pub fn wait(&mut self, now: Timestamp, audience: Audience) -> Duration {
        self.buckets.get_mut(&audience).map_or(Duration::ZERO, |bucket| bucket.wait(now))
    }

    /// Notes that an audience has been told so many bytes, although it may have had to wait.
    pub fn tell(&mut self, now: Timestamp, audience: Audience, bytes: usize) {
        let Some(rate) = self.rate.filter(|_| audience != Audience::Nobody && bytes > 0) else {
            return;
        };
        if self.buckets.len() >= self.sweep_at {
            self.buckets.retain(|_, bucket| !bucket.is_full(now));
            self.sweep_at = Self::SWEEP.max(2 * self.buckets.len());
        }
        let bucket = self.buckets.entry(audience).or_insert_with(|| Bucket::new(rate));
        bucket.take_many(now, u32::try_from(bytes).unwrap_or(u32::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::ClientId;

    #[test]
    fn each_audience_has_its_own() {
        let mut told = Told::new(Some(Rate::new(1000, 1000)));
        let (ann, bob) = (Audience::User(ClientId(1)), Audience::User(ClientId(2)));
        told.tell(Timestamp(0), ann, 5000);
        assert_eq!(told.wait(Timestamp(0), ann), Duration::from_millis(4001));
        assert_eq!(told.wait(Timestamp(4001), ann), Duration::ZERO);
        assert_eq!(told.wait(Timestamp(0), bob), Duration::ZERO);
    }

    #[test]
    fn nothing_is_kept_of_those_who_may_be_told_all() {
        let mut told = Told::new(Some(Rate::new(1000, 1000)));
        for client in 0..2000 {
            told.tell(Timestamp(10 * client), Audience::User(ClientId(client)), 1000);
        }
        assert!(told.buckets.len() <= Told::SWEEP, "{}", told.buckets.len());
        let mut unlimited = Told::new(None);
        unlimited.tell(Timestamp(0), Audience::User(ClientId(0)), 1000);
        assert_eq!(unlimited, Told::new(None));
    }
}
