//! Who may come in: how many clients there may be, how many of one address, and how often an address
//! may connect.
//!
//! IPv6 addresses count by /64, because that much is at everyone's disposal. Loopback is exempt.
//!
//! Not here: telling those who may not (`writer`), and finding the table's place for those who may.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use super::Limits;
use crate::chat::Timestamp;
use crate::wire::Bucket;
use crate::wire::render::{CROWDED, FULL, HASTY};

/// Counts who is in, by address.
pub(super) struct Admission {
    limits: Limits,
    present: usize,
    addresses: BTreeMap<Address, Visits>,
    /// When there are so many addresses, those that nothing need be remembered of are forgotten.
    sweep_at: usize,
}

/// Who counts as one visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address(IpAddr);

struct Visits {
    present: usize,
    bucket: Option<Bucket>,
}

/// Why someone may not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Crowded,
    Hasty,
}

impl Refused {
    /// What to tell the peer.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Full => FULL,
            Self::Crowded => CROWDED,
            Self::Hasty => HASTY,
        }
    }

    /// What to tell the operator.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Crowded => "too many connections from its address",
            Self::Hasty => "its address connects too often",
        }
    }
}

impl Visits {
    fn can_be_forgotten(&self, now: Timestamp) -> bool {
        self.present == 0 && self.bucket.as_ref().is_none_or(|bucket| bucket.is_full(now))
    }
}

impl Admission {
    /// The fewest addresses that are worth a look at which of them can be forgotten.
    const SWEEP: usize = 1024;

    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, present: 0, addresses: BTreeMap::new(), sweep_at: Self::SWEEP }
    }

    /// Lets someone in, who is to [leave](Self::leave) with what this returns.
    pub(super) fn enter(&mut self, now: Timestamp, ip: IpAddr) -> Result<Option<Address>, Refused> {
        if self.present >= self.limits.clients {
            return Err(Refused::Full);
        }
        let address = self.address(ip);
        if let Some(address) = address {
            self.sweep(now);
            let limits = &self.limits;
            let visits = self.addresses.entry(address).or_insert_with(|| Visits {
                present: 0,
                bucket: limits.connect_rate.map(Bucket::new),
            });
            if limits.per_ip.is_some_and(|limit| visits.present >= limit) {
                return Err(Refused::Crowded);
            }
            if let Some(bucket) = &mut visits.bucket {
                if !bucket.wait(now).is_zero() {
                    return Err(Refused::Hasty);
                }
                bucket.take(now);
            }
            visits.present += 1;
        }
        self.present += 1;
        Ok(address)
    }

    /// Someone who was let in has gone.
    pub(super) fn leave(&mut self, address: Option<Address>) {
        self.present -= 1;
        if let Some(visits) = address.and_then(|address| self.addresses.get_mut(&address)) {
            visits.present -= 1;
        }
    }

    /// Whether so many are there, with these addresses.
    #[cfg(debug_assertions)]
    pub(super) fn check(&self, present: usize, addresses: &[Address]) {
        assert_eq!(self.present, present, "present, by admission control");
        for (address, visits) in &self.addresses {
            let count = addresses.iter().filter(|other| *other == address).count();
            assert_eq!(visits.present, count, "present of {address:?}");
        }
    }

    /// What the visits of an address are counted by, if they are.
    fn address(&self, ip: IpAddr) -> Option<Address> {
        const NETWORK: u128 = !0 << 64;
        let ip = ip.to_canonical();
        let is_counted = self.limits.per_ip.is_some() || self.limits.connect_rate.is_some();
        (is_counted && !ip.is_loopback()).then_some(match ip {
            IpAddr::V6(ip) => Address(Ipv6Addr::from_bits(ip.to_bits() & NETWORK).into()),
            IpAddr::V4(_) => Address(ip),
        })
    }

    fn sweep(&mut self, now: Timestamp) {
        if self.addresses.len() >= self.sweep_at {
            self.addresses.retain(|_, visits| !visits.can_be_forgotten(now));
            self.sweep_at = Self::SWEEP.max(2 * self.addresses.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::wire::Rate;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn admission(change: fn(&mut Limits)) -> Admission {
        let mut limits = Limits::default();
        change(&mut limits);
        Admission::new(limits)
    }

    fn ip(ip: &str) -> IpAddr {
        ip.parse().unwrap()
    }

    /// How many of ten get in.
    fn ten(admission: &mut Admission, from: &str) -> usize {
        (0..10).filter(|_| admission.enter(NOW, ip(from)).is_ok()).count()
    }

    #[test]
    fn no_more_come_in_than_there_is_room_for() {
        let mut admission = admission(|limits| limits.clients = 2);
        let first = admission.enter(NOW, ip("192.0.2.1")).unwrap();
        assert!(admission.enter(NOW, ip("192.0.2.2")).is_ok());
        assert_eq!(admission.enter(NOW, ip("192.0.2.3")), Err(Refused::Full));
        admission.leave(first);
        assert!(admission.enter(NOW, ip("192.0.2.3")).is_ok());
    }

    #[test]
    fn an_address_is_counted_and_a_network_of_ipv6_is_one() {
        let mut admission = admission(|limits| limits.per_ip = Some(3));
        assert_eq!(ten(&mut admission, "192.0.2.1"), 3);
        assert_eq!(admission.enter(NOW, ip("192.0.2.1")), Err(Refused::Crowded));
        assert_eq!(ten(&mut admission, "::ffff:192.0.2.1"), 0);
        assert_eq!(ten(&mut admission, "192.0.2.2"), 3);
        assert_eq!(ten(&mut admission, "2001:db8:0:1::1"), 3);
        assert_eq!(ten(&mut admission, "2001:db8:0:1:ffff::2"), 0);
        assert_eq!(ten(&mut admission, "2001:db8:0:2::1"), 3);
    }

    #[test]
    fn who_leaves_makes_room() {
        let mut admission = admission(|limits| limits.per_ip = Some(1));
        let address = admission.enter(NOW, ip("192.0.2.1")).unwrap();
        assert_eq!(ten(&mut admission, "192.0.2.1"), 0);
        admission.leave(address);
        assert_eq!(ten(&mut admission, "192.0.2.1"), 1);
    }

    #[test]
    fn loopback_is_exempt_and_so_is_everyone_if_it_is_off() {
        let exempt = |limits: &mut Limits| {
            (limits.per_ip, limits.connect_rate) = (Some(1), Some(Rate::new(1, 1)));
        };
        for loopback in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(ten(&mut admission(exempt), loopback), 10, "{loopback}");
        }
        let off = |limits: &mut Limits| (limits.per_ip, limits.connect_rate) = (None, None);
        assert_eq!(ten(&mut admission(off), "192.0.2.1"), 10);
    }

    #[test]
    fn an_address_may_connect_so_often() {
        let mut admission = admission(|limits| {
            (limits.per_ip, limits.connect_rate) = (None, Some(Rate::new(2, 1)));
        });
        assert_eq!(ten(&mut admission, "192.0.2.1"), 2);
        assert_eq!(admission.enter(NOW, ip("192.0.2.1")), Err(Refused::Hasty));
        assert!(admission.enter(Timestamp(NOW.0 + 1000), ip("192.0.2.1")).is_ok());
    }

    /// Whoever has many addresses cannot make the table grow for ever.
    #[test]
    fn addresses_are_forgotten_when_nothing_need_be_remembered() {
        let mut admission = admission(|limits| limits.connect_rate = Some(Rate::new(2, 1)));
        let mut present = Vec::new();
        for number in 0..10_000_u32 {
            let now = Timestamp(NOW.0 + u64::from(number) * 1000);
            let entered = admission.enter(now, IpAddr::V4(number.into())).unwrap();
            match number % 100 {
                0 => present.push(entered),
                _ => admission.leave(entered),
            }
        }
        assert!(admission.addresses.len() <= Admission::SWEEP, "{}", admission.addresses.len());
        assert_eq!(admission.present, present.len());
        let kept =
            present.iter().flatten().filter(|address| admission.addresses.contains_key(address));
        assert_eq!(kept.count(), present.len());
    }
}
