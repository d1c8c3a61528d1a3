//! Origins: numbers that stand for addresses, from which nobody without the key can infer the addresses.
//!
//! Not here: what depends on an origin (`chat`).

use core::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::string::String;
use std::vec::Vec;

use argon2::password_hash::rand_core::{OsRng, RngCore};
use blake2::Blake2sMac;
use blake2::digest::Mac;
use blake2::digest::consts::U8;

use crate::chat::Origin;

/// The key by which addresses become origins. With the same key, they become the same ones.
#[derive(Clone, PartialEq, Eq)]
pub struct OriginKey([u8; Self::SIZE]);

impl OriginKey {
    const SIZE: usize = 32;

    /// A new key.
    #[must_use]
    pub fn random() -> Self {
        let mut key = [0; Self::SIZE];
        OsRng.fill_bytes(&mut key);
        Self(key)
    }

    /// Reads a key as [`Self::to_text`] writes it; `None` if it is none.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim_end();
        let byte = |at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
        Some(Self(bytes?.try_into().ok()?))
    }

    /// The key as hexadecimal digits.
    #[must_use]
    pub fn to_text(&self) -> String {
        use fmt::Write;
        let mut text = String::new();
        for byte in self.0 {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// The origin of an address: of an IPv4 address, or of the /64 of an IPv6 address. Never 0.
    #[must_use]
    pub fn origin(&self, address: IpAddr) -> Origin {
        let mut mac = Blake2sMac::<U8>::new_from_slice(&self.0).expect("the key has a valid size");
        match address.to_canonical() {
            IpAddr::V4(address) => mac.update(&address.octets()),
            IpAddr::V6(address) => mac.update(&network(address)),
        }
        Origin(u64::from_be_bytes(mac.finalize().into_bytes().into()).max(1))
    }
}

/// The network that one customer has.
fn network(address: Ipv6Addr) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = address.octets();
    [a, b, c, d, e, f, g, h]
}

/// Without the key, which would reveal addresses.
impl fmt::Debug for OriginKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_that_of_the_address_and_of_the_key() {
        let key = OriginKey::from_text(&"0f".repeat(32)).unwrap();
        let origin = |key: &OriginKey, address: &str| key.origin(address.parse().unwrap());
        let of = |address| origin(&key, address);
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), origin(&OriginKey::random(), "192.0.2.1"));
        // Stored, so it must stay. By Python: hashlib.blake2s(address, digest_size=8, key=key).
        assert_eq!(of("192.0.2.1"), Origin(12_147_735_822_923_294_041));
    }

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = OriginKey::random();
        assert_eq!(OriginKey::from_text(&key.to_text()), Some(key.clone()));
        assert_eq!(OriginKey::from_text(&(key.to_text() + "\n")), Some(key));
        for text in ["", "0f", "ж", &"0".repeat(63), &"0".repeat(66), &"g".repeat(64)] {
            assert_eq!(OriginKey::from_text(text), None, "{text}");
        }
    }
}
