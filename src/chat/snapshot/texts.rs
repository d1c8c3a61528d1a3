//! The forms of names and texts in a snapshot. Each is checked as it is read: a name is one, a text is clean.
//!
//! Not here: what has names and texts (`parts`).

use alloc::format;
use alloc::string::String;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::chat::username::given_number;
use crate::chat::{Credential, Limits, RoomName, Text, Username};

impl Serialize for Credential {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Credential {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let credential = Self::new(&String::deserialize(deserializer)?);
        credential.ok_or_else(|| D::Error::custom("a credential that cannot be one"))
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Accepts text that [`Text::clean`] leaves as it is. It is not named in the error, as it may be
/// meant for few.
impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        let text = Self::clean(raw.as_str());
        if text.as_str() == raw {
            Ok(text)
        } else {
            Err(D::Error::custom("a text with characters that could act on a terminal"))
        }
    }
}

impl Serialize for Username {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Accepts what [`Username::parse`] leaves as it is, and the usernames that newcomers are given. A
/// username of any length, because its limits are not known here.
impl<'de> Deserialize<'de> for Username {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_username(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Serialize for RoomName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Accepts what [`RoomName::parse`] leaves as it is. A name of any length, because its limits are
/// not known here.
impl<'de> Deserialize<'de> for RoomName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        let parsed = Self::parse(&raw, &any_length())
            .map_err(|error| format!("the room name {}: {error}", excerpt(&raw)))
            .map_err(D::Error::custom)?;
        if parsed.as_str() == raw {
            Ok(parsed)
        } else {
            Err(D::Error::custom(format!("the room name {} is not in NFC", excerpt(&raw))))
        }
    }
}

pub(super) fn parse_username(raw: &str) -> Result<Username, String> {
    if let Some(number) = given_number(raw) {
        return Ok(Username::anonymous(number));
    }
    let parsed = Username::parse(raw, &any_length())
        .map_err(|error| format!("the username {}: {error}", excerpt(raw)))?;
    if parsed.as_str() == raw {
        Ok(parsed)
    } else {
        Err(format!("the username {} is not in NFC", excerpt(raw)))
    }
}

/// Limits that no name exceeds.
fn any_length() -> Limits {
    Limits {
        username_columns: usize::MAX,
        username_bytes: usize::MAX,
        room_columns: usize::MAX,
        room_bytes: usize::MAX,
        ..Limits::default()
    }
}

/// The beginning of what should be a name, for an error.
fn excerpt(raw: &str) -> String {
    const SHOWN: usize = 40;
    let dots = if raw.chars().nth(SHOWN).is_some() { "..." } else { "" };
    format!("{:?}{dots}", raw.chars().take(SHOWN).collect::<String>())
}
