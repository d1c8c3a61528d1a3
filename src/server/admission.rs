//! Admission control: limits the number of clients, the number of connections from one address, and
//! how often an address may connect.
//!
//! IPv6 addresses are counted by their /64, because anyone can have a whole /64. Loopback is exempt
//! from the limits on addresses.
//!
//! Not here: refusing connections (`writer`), and the table of the admitted ones (`connections`).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::Limits;
use crate::chat::Timestamp;
use crate::wire::Bucket;
use crate::wire::render::{CROWDED, FULL, HASTY};

/// Counts the clients, in all and by address.
pub(super) struct Admission {
    limits: Limits,
    present: usize,
    addresses: BTreeMap<Address, Visits>,
    /// The number of addresses at which those without any state worth keeping are removed.
    sweep_at: usize,
}

/// An address as it is counted: an IPv4 address, or the /64 of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Address(IpAddr);

/// What is handed over: the number of clients, and the state of each address.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Visited {
    present: usize,
    #[serde(with = "crate::wire::encoding::pairs")]
    addresses: BTreeMap<Address, Visits>,
}

/// The state of one address.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Visits {
    /// The number of its clients.
    present: usize,
    /// Limits how often it may connect.
    #[serde(deserialize_with = "Option::deserialize")]
    bucket: Option<Bucket>,
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There are too many clients.
    Full,
    /// Its address has too many connections.
    Crowded,
    /// Its address connects too often.
    Hasty,
}

impl Refused {
    /// The text for the peer.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Full => FULL,
            Self::Crowded => CROWDED,
            Self::Hasty => HASTY,
        }
    }

    /// The reason for the log.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Crowded => "too many connections from its address",
            Self::Hasty => "its address connects too often",
        }
    }
}

impl Visits {
    /// Whether a new entry would be the same.
    fn can_be_forgotten(&self, now: Timestamp) -> bool {
        self.present == 0 && self.bucket.as_ref().is_none_or(|bucket| bucket.is_full(now))
    }
}

impl Admission {
    /// The smallest number of addresses that is worth a search for those that can be removed.
    const SWEEP: usize = 1024;

    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, present: 0, addresses: BTreeMap::new(), sweep_at: Self::SWEEP }
    }

    /// What is handed over.
    pub(super) fn visited(&self) -> Visited {
        Visited { present: self.present, addresses: self.addresses.clone() }
    }

    /// Continues with what was handed over.
    pub(super) fn with(limits: Limits, visited: Visited) -> Self {
        let Visited { present, mut addresses } = visited;
        for visits in addresses.values_mut() {
            let bucket = visits.bucket.take();
            visits.bucket = limits.connect_rate.map(|rate| Bucket::with_rate(bucket, rate));
        }
        Self { limits, present, addresses, sweep_at: Self::SWEEP }
    }

    /// Admits a client. Pass the result to [`Self::leave`] when it has gone.
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

    /// Removes a client that was admitted, by the result of [`Self::enter`].
    pub(super) fn leave(&mut self, address: Option<Address>) {
        self.present -= 1;
        if let Some(visits) = address.and_then(|address| self.addresses.get_mut(&address)) {
            visits.present -= 1;
        }
    }

    /// Checks the counts against the clients that are present and their addresses.
    #[cfg(debug_assertions)]
    pub(super) fn check(&self, present: usize, addresses: &[Address]) {
        assert_eq!(self.present, present, "present, by admission control");
        for (address, visits) in &self.addresses {
            let count = addresses.iter().filter(|other| *other == address).count();
            assert_eq!(visits.present, count, "present of {address:?}");
        }
    }

    /// The address under which a client is counted; `None` if it is exempt or no limit is set.
    fn address(&self, ip: IpAddr) -> Option<Address> {
        const NETWORK: u128 = !0 << 64;
        let ip = ip.to_canonical();
        let is_counted = self.limits.per_ip.is_some() || self.limits.connect_rate.is_some();
        (is_counted && !ip.is_loopback()).then_some(match ip {
            IpAddr::V6(ip) => Address(Ipv6Addr::from_bits(ip.to_bits() & NETWORK).into()),
            IpAddr::V4(_) => Address(ip),
        })
    }

    /// Removes the addresses that need not be remembered, if there are many.
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

    /// How many of ten connections are admitted.
    fn admitted_of_ten(admission: &mut Admission, from: &str) -> usize {
        (0..10).filter(|_| admission.enter(NOW, ip(from)).is_ok()).count()
    }

    #[test]
    fn clients_beyond_the_limit_are_refused() {
        let mut admission = admission(|limits| limits.clients = 2);
        let first = admission.enter(NOW, ip("192.0.2.1")).unwrap();
        assert!(admission.enter(NOW, ip("192.0.2.2")).is_ok());
        assert_eq!(admission.enter(NOW, ip("192.0.2.3")), Err(Refused::Full));
        admission.leave(first);
        assert!(admission.enter(NOW, ip("192.0.2.3")).is_ok());
    }

    #[test]
    fn connections_are_counted_by_address_or_ipv6_network() {
        let mut admission = admission(|limits| limits.per_ip = Some(3));
        assert_eq!(admitted_of_ten(&mut admission, "192.0.2.1"), 3);
        assert_eq!(admission.enter(NOW, ip("192.0.2.1")), Err(Refused::Crowded));
        assert_eq!(admitted_of_ten(&mut admission, "::ffff:192.0.2.1"), 0);
        assert_eq!(admitted_of_ten(&mut admission, "192.0.2.2"), 3);
        assert_eq!(admitted_of_ten(&mut admission, "2001:db8:0:1::1"), 3);
        assert_eq!(admitted_of_ten(&mut admission, "2001:db8:0:1:ffff::2"), 0);
        assert_eq!(admitted_of_ten(&mut admission, "2001:db8:0:2::1"), 3);
    }

    #[test]
    fn a_client_that_leaves_makes_room() {
        let mut admission = admission(|limits| limits.per_ip = Some(1));
        let address = admission.enter(NOW, ip("192.0.2.1")).unwrap();
        assert_eq!(admitted_of_ten(&mut admission, "192.0.2.1"), 0);
        admission.leave(address);
        assert_eq!(admitted_of_ten(&mut admission, "192.0.2.1"), 1);
    }

    #[test]
    fn loopback_is_exempt_and_without_limits_every_address_is() {
        let exempt = |limits: &mut Limits| {
            (limits.per_ip, limits.connect_rate) = (Some(1), Some(Rate::new(1, 1)));
        };
        for loopback in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(admitted_of_ten(&mut admission(exempt), loopback), 10, "{loopback}");
        }
        let off = |limits: &mut Limits| (limits.per_ip, limits.connect_rate) = (None, None);
        assert_eq!(admitted_of_ten(&mut admission(off), "192.0.2.1"), 10);
    }

    #[test]
    fn the_rate_of_connections_from_an_address_is_limited() {
        let mut admission = admission(|limits| {
            (limits.per_ip, limits.connect_rate) = (None, Some(Rate::new(2, 1)));
        });
        assert_eq!(admitted_of_ten(&mut admission, "192.0.2.1"), 2);
        assert_eq!(admission.enter(NOW, ip("192.0.2.1")), Err(Refused::Hasty));
        assert!(admission.enter(Timestamp(NOW.0 + 1000), ip("192.0.2.1")).is_ok());
    }

    /// An attacker with many addresses must not make the table grow without bound.
    #[test]
    fn addresses_without_clients_are_removed() {
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
