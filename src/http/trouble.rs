//! What callers are told when the engine refuses or cannot: one place that knows the engine's errors and HTTP's codes.

use crate::dialog::Refused;
use crate::engine::{AccountError, PersonError, SearchError, TurnError};
use crate::http::error::ApiError;

/// A turn that did not happen.
pub(super) fn turn_failed(error: TurnError) -> ApiError {
    match error {
        TurnError::Refused(refused) => turn_refused(&refused),
        TurnError::NoSuchSite(_)
        | TurnError::NoSuchConversation(_)
        | TurnError::NoSuchButton
        | TurnError::NoSuchAgent => ApiError::not_found(sentence(&error)),
        TurnError::NotAllowed(_) => ApiError::forbidden("not_allowed", sentence(&error)),
        TurnError::BadClientId => ApiError::bad_request("bad_client_id", sentence(&error)),
        TurnError::Invalid(_) => ApiError::bad_request("bad_value", sentence(&error)),
        TurnError::Blocked => ApiError::forbidden("blocked", sentence(&error)),
        TurnError::Busy { retry_after } => {
            ApiError::unavailable("busy", sentence(&error), u64::try_from(retry_after.0 / 1_000).unwrap_or(1))
        }
        TurnError::LowSpace => ApiError::unavailable("low_space", sentence(&error), 60)
            .inside("the disk is nearly full, so new conversations are refused"),
        TurnError::Halted => ApiError::unavailable("store_halted", sentence(&error), 30)
            .inside("the store has stopped writing; its own line in this log says why"),
        TurnError::TooLarge(_) | TurnError::Store(_) => ApiError::internal(&error),
    }
}

/// A command or message that the conversation refuses: its own sentence says why.
fn turn_refused(refused: &Refused) -> ApiError {
    let code = match refused {
        Refused::NotOpened => return ApiError::not_found("There is no such conversation."),
        Refused::Empty => return ApiError::bad_request("empty_message", "The message is empty."),
        Refused::TooLong { .. } => return ApiError::bad_request("message_too_long", sentence(refused)),
        Refused::UnknownQueue { .. } | Refused::NoSuchFollowUp => return ApiError::not_found(sentence(refused)),
        Refused::BadTime { .. } => return ApiError::bad_request("bad_time", sentence(refused)),
        Refused::TooMany { .. } => "too_many",
        Refused::TooManyFiles => "too_many_files",
        Refused::OwnedBy { .. } => "owned_by_another",
        Refused::NotYours => "not_yours",
        Refused::Closed => "conversation_closed",
        _ => "not_possible",
    };
    ApiError::conflict(code, sentence(refused))
}

/// What those are told who would read the archive while too many others do.
pub(super) const ARCHIVE_BUSY: &str = "archive_busy";

/// Too many read the archive.
pub(super) fn archive_busy() -> ApiError {
    ApiError::unavailable(ARCHIVE_BUSY, "Many searches are under way. Please try again in a moment.", 3)
}

/// A search that found nothing because it could not look.
pub(super) fn search_failed(error: SearchError) -> ApiError {
    match error {
        SearchError::NotReady => ApiError::unavailable("search_not_ready", sentence(&error), 5),
        SearchError::Out => ApiError::unavailable("search_out", sentence(&error), 60),
        SearchError::Index(_) => ApiError::internal(&error),
        SearchError::Store(error) => turn_failed(error),
    }
}

/// Something about an account that did not happen.
pub(super) fn account_failed(error: AccountError) -> ApiError {
    match error {
        AccountError::NotFound => ApiError::not_found(sentence(&error)),
        AccountError::EmailTaken(_) => ApiError::conflict("email_taken", sentence(&error)),
        AccountError::LastAdmin => ApiError::conflict("last_admin", sentence(&error)),
        AccountError::BadCapacity => ApiError::bad_request("bad_capacity", sentence(&error)),
        AccountError::Invalid(_) => ApiError::bad_request("bad_value", sentence(&error)),
        AccountError::Store(error) => turn_failed(error.into()),
    }
}

/// Something about a person that did not happen.
pub(super) fn person_failed(error: PersonError) -> ApiError {
    match error {
        PersonError::NotFound => ApiError::not_found(sentence(&error)),
        PersonError::NotAllowed(_) => ApiError::forbidden("not_allowed", sentence(&error)),
        PersonError::Invalid(_) => ApiError::bad_request("bad_value", sentence(&error)),
        PersonError::SamePerson => ApiError::conflict("same_person", sentence(&error)),
        PersonError::OtherSite => ApiError::conflict("other_site", sentence(&error)),
        PersonError::NotMerged => ApiError::conflict("not_merged", sentence(&error)),
        PersonError::Turn(error) => turn_failed(error),
    }
}

/// An error's words as a sentence.
fn sentence(error: &impl std::fmt::Display) -> String {
    let words = error.to_string();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
