//! Limits how much each room and each user receives, whoever sends it.
//!
//! A user who reads all the time must be able to keep up. However many clients talk, each within
//! its own limit, a room or a single user receives no more than a slow link can carry. The senders
//! wait.
//!
//! Not here: delaying the senders (`server`), and how much one client may send (`session`).

use alloc::collections::BTreeMap;
use core::time::Duration;

use super::{Bucket, Rate};
use crate::chat::{Audience, Timestamp};

/// The bytes that each audience has received lately.
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Told {
    /// The bytes that an audience may receive at once, and then each second; `None` for no limit.
    rate: Option<Rate>,
    #[cfg_attr(feature = "serde", serde(with = "super::encoding::pairs"))]
    buckets: BTreeMap<Audience, Bucket>,
    /// The number of buckets at which full ones are removed, which are equal to new ones.
    sweep_at: usize,
}

impl Told {
    /// The smallest number of buckets that is worth a search for full ones.
    const SWEEP: usize = 1024;

    /// An empty record. Without a rate, nothing is ever limited.
    #[must_use]
    pub fn new(rate: Option<Rate>) -> Self {
        Self { rate, buckets: BTreeMap::new(), sweep_at: Self::SWEEP }
    }

    /// The same record with another rate.
    #[must_use]
    pub fn with_rate(self, rate: Option<Rate>) -> Self {
        let Some(new) = rate else { return Self::new(None) };
        let buckets = self.buckets.into_iter();
        let buckets =
            buckets.map(|(audience, bucket)| (audience, Bucket::with_rate(Some(bucket), new)));
        Self { rate, buckets: buckets.collect(), ..self }
    }

    /// How long until an audience may receive more; zero if it may now.
    pub fn wait(&mut self, now: Timestamp, audience: Audience) -> Duration {
        self.buckets.get_mut(&audience).map_or(Duration::ZERO, |bucket| bucket.wait(now))
    }

    /// Records that an audience has received this many bytes, even if it should have waited.
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
    fn each_audience_has_its_own_bucket() {
        let mut told = Told::new(Some(Rate::new(1000, 1000)));
        let (ann, bob) = (Audience::User(ClientId(1)), Audience::User(ClientId(2)));
        told.tell(Timestamp(0), ann, 5000);
        assert_eq!(told.wait(Timestamp(0), ann), Duration::from_millis(4001));
        assert_eq!(told.wait(Timestamp(4001), ann), Duration::ZERO);
        assert_eq!(told.wait(Timestamp(0), bob), Duration::ZERO);
    }

    #[test]
    fn full_buckets_are_removed() {
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
