//! How state is encoded that JSON has no form of its own for, for [`Session`](super::Session) and what it
//! consists of.
//!
//! Not here: what is encoded, and when.

/// Bytes as a string of the characters with these numbers: most are ASCII, and take a byte each.
pub(crate) mod bytes {
    use alloc::string::String;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Encodes bytes.
    pub(crate) fn serialize<'a, T, S: Serializer>(
        bytes: &'a T,
        serializer: S,
    ) -> Result<S::Ok, S::Error>
    where
        &'a T: IntoIterator<Item = &'a u8>,
    {
        let text: String = bytes.into_iter().map(|byte| char::from(*byte)).collect();
        serializer.serialize_str(&text)
    }

    /// Decodes bytes.
    pub(crate) fn deserialize<'de, T: FromIterator<u8>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes: Result<T, _> = text.chars().map(u8::try_from).collect();
        bytes.map_err(|_| D::Error::custom("a character that stands for no byte"))
    }
}

/// Maps as a list of keys with their values: keys need not be strings.
pub(crate) mod pairs {
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Encodes a map.
    pub(crate) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    /// Decodes a map.
    pub(crate) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}
