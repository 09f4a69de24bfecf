//! Newtypes for everything that has a name or a number. Ids of streams are UUIDv7 with a typed prefix; they are minted
//! outside (`engine`), because a pure module has no source of randomness.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is wrong with an id that came from outside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{given}\" is not {expected}")]
pub struct IdError {
    given: String,
    expected: &'static str,
}

impl IdError {
    /// What somebody gave, and what it should have been.
    pub(crate) fn new(given: &str, expected: &'static str) -> Self {
        Self { given: given.chars().take(80).collect(), expected }
    }
}

/// A UUIDv7 with a typed prefix, such as `c_0192f0c1a2b37d6e8f901a2b3c4d5e6f`.
macro_rules! prefixed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The prefix that every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// Wraps a UUID that the world made.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID without its prefix.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(given: &str) -> Result<Self, IdError> {
                given
                    .strip_prefix($prefix)
                    .filter(|rest| rest.len() == 32)
                    .and_then(|rest| Uuid::try_parse(rest).ok())
                    .map(Self)
                    .ok_or_else(|| IdError::new(given, $expected))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

prefixed_id!(
    /// One conversation: a stream of events.
    ConversationId, "c_", "the id of a conversation (c_ and 32 hexadecimal digits)"
);
prefixed_id!(
    /// One person on one site, over all channels: a stream of events.
    ContactId, "p_", "the id of a contact (p_ and 32 hexadecimal digits)"
);
prefixed_id!(
    /// One file that somebody sent.
    FileId, "f_", "the id of a file (f_ and 32 hexadecimal digits)"
);
prefixed_id!(
    /// One agent's account: a stream of events.
    AgentId, "a_", "the id of an agent (a_ and 32 hexadecimal digits)"
);

impl AgentId {
    /// Whoever answers where we have no accounts: in the inbox of a messaging app. No account ever has this id.
    pub const NOBODY: Self = Self(Uuid::nil());
}

prefixed_id!(
    /// One atomic append. The writer chooses it, so that after an unknown outcome it can look whether the commit is there.
    CommitId, "k_", "the id of a commit (k_ and 32 hexadecimal digits)"
);

/// A name that an author or operator chose.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, schemars::JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self(name)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// A bot with its allowed origins and its look; everything is keyed by site.
    SiteId
);
name!(
    /// What a visitor wants.
    IntentName
);
name!(
    /// A kind of value.
    EntityName
);
name!(
    /// One task: a list of steps.
    FlowName
);
name!(
    /// A remembered value. `contact.name` belongs to the contact; every other slot lives until its flow ends.
    SlotName
);
name!(
    /// Where people wait for an agent.
    QueueName
);
name!(
    /// A weekly timetable.
    HoursName
);
name!(
    /// Something outside that a flow calls.
    ServiceName
);
name!(
    /// The stable name of a place where a flow waits: `flow/id`, else `flow/<save_as>`, else a hash of kind and text.
    PlaceName
);
name!(
    /// A language as a BCP 47 tag in lower case with `-`, such as `en`, `fil` or `pt-br`.
    Language
);
name!(
    /// A channel, such as `web` or `rest`.
    ChannelName
);

impl SlotName {
    /// Whether the slot belongs to the contact and so outlives its flow. Gives the attribute's name.
    pub fn contact_attribute(&self) -> Option<&str> {
        self.0.strip_prefix("contact.")
    }
}

/// The number of an event in its stream: dense, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventNo(pub u64);

impl EventNo {
    /// The number after this one.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for EventNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of a commit in the store's one order over all streams: growing, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_wrote() {
        let id = ConversationId::from_uuid(Uuid::from_u128(0x0192_f0c1_a2b3_7d6e_8f90_1a2b_3c4d_5e6f));
        assert_eq!(id.to_string(), "c_0192f0c1a2b37d6e8f901a2b3c4d5e6f");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        for given in ["", "c_", "c_12", "p_0192f0c1a2b37d6e8f901a2b3c4d5e6f", "c_0192f0c1-a2b3-7d6e-8f90-1a2b3c4d5e6f"]
        {
            assert!(given.parse::<ConversationId>().is_err(), "{given}");
        }
    }
}
