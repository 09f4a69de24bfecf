//! Passwords of agents: argon2id, off the async threads, two at a time, because each takes 19 MB and tens of milliseconds.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::http::limits::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};

/// Why a password cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too easy to guess.
    #[error("The password is too short: at least {PASSWORD_CHARS_MIN} characters are needed.")]
    TooShort,
    /// Not a password.
    #[error("The password is too long: at most {PASSWORD_BYTES_MAX} bytes are possible.")]
    TooLong,
    /// The hash could not be made; not the caller's mistake.
    #[error("hashing a password failed: {0}")]
    Failed(String),
}

static TURNS: Semaphore = Semaphore::const_new(2);

/// What an unknown account's password is compared with, so that the time of an answer does not tell whether it exists.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

/// Makes the stored form of a new password.
pub(super) async fn hash(password: String) -> Result<String, PasswordError> {
    check_new(&password)?;
    off_thread(move || hash_now(&password)).await.and_then(|hash| hash)
}

/// Makes the stored form of a new password on this thread, for commands without a server.
pub fn hash_blocking(password: &str) -> Result<String, PasswordError> {
    check_new(password)?;
    hash_now(password)
}

/// Whether the password is the one of the stored form. Without a stored form the answer is no, after the same time.
pub(super) async fn verify(password: String, stored: Option<String>) -> Result<bool, PasswordError> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Ok(false);
    }
    off_thread(move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.clone());
        let fits = PasswordHash::new(&stored)
            .is_ok_and(|stored| Argon2::default().verify_password(password.as_bytes(), &stored).is_ok());
        fits && known
    })
    .await
}

fn check_new(password: &str) -> Result<(), PasswordError> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(PasswordError::TooShort);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::TooLong);
    }
    Ok(())
}

fn hash_now(password: &str) -> Result<String, PasswordError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| PasswordError::Failed(error.to_string()))
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
    let failed = |error: &dyn std::fmt::Display| PasswordError::Failed(error.to_string());
    let turn = TURNS.acquire().await.map_err(|error| failed(&error))?;
    // The turn goes with the work: a caller who hangs up does not let a third one in.
    let work = move || {
        let result = work();
        drop(turn);
        result
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let stored = hash("correct horse".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert!(verify("correct horse".to_owned(), Some(stored.clone())).await.unwrap());
        assert!(!verify("wrong horse!".to_owned(), Some(stored)).await.unwrap());
        assert!(!verify("nobody has this password".to_owned(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_short_password_is_refused() {
        assert!(matches!(hash("short".to_owned()).await, Err(PasswordError::TooShort)));
        assert!(matches!(hash("x".repeat(2_000)).await, Err(PasswordError::TooLong)));
    }
}
