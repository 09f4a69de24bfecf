//! How accounts lie in the store: rows, the key of an address, and the way back from events.

use crate::engine::accounts::account::Account;
use crate::engine::codec;
use crate::engine::rebuild::StateAndRows;
use crate::id::AgentId;
use crate::store::{Row, Space, Store, StreamId};

/// An account is found by one row; everything else of it is in its state.
pub(super) fn rows(account: &Account) -> Vec<(crate::store::Key, Vec<u8>)> {
    if account.version == 0 { Vec::new() } else { vec![(format!("account/{}", account.id).into(), Vec::new())] }
}

/// An account's rows and state as its events make them, for `verify` and `import`.
pub(in crate::engine) fn rebuild<'a>(
    id: AgentId,
    events: impl Iterator<Item = &'a [u8]>,
) -> Result<StateAndRows, codec::CodecError> {
    let account = fold(id, events)?;
    Ok((codec::encode("an account", &account)?, rows(&account)))
}

fn fold<'a>(id: AgentId, events: impl Iterator<Item = &'a [u8]>) -> Result<Account, codec::CodecError> {
    let mut account = Account::blank(id);
    for bytes in events {
        let (at, event) = codec::decode_event(bytes)?;
        account.apply(&event, at);
    }
    Ok(account)
}

pub(super) fn load_account(store: &dyn Store, id: AgentId) -> Result<Option<Account>, crate::store::ReadError> {
    let stream = StreamId::Agent(id);
    let Some(loaded) = store.load(&stream)? else { return Ok(None) };
    if let Ok(account) = codec::decode("an account", &loaded.state) {
        return Ok(Some(account));
    }
    let events = store.events(&stream, crate::id::EventNo(0), usize::MAX)?;
    let account = fold(id, events.iter().map(|event| event.bytes.as_slice()));
    if let Err(error) = &account {
        tracing::error!(agent = %id, %error, "an account cannot be read; its owner cannot log in");
    }
    Ok(account.ok())
}

/// All index rows under a prefix, page by page.
pub(in crate::engine) fn all_rows(store: &dyn Store, prefix: &str) -> Result<Vec<Row>, crate::store::ReadError> {
    const PAGE: usize = 1_000;
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let after = rows.last().map(|row| row.key.clone());
        let page = store.scan(Space::Index, prefix, after.as_deref(), PAGE)?;
        let full = page.len() == PAGE;
        rows.extend(page);
        if !full {
            return Ok(rows);
        }
    }
}

pub(super) fn email_key(email: &str) -> String {
    format!("email/{}", fold_email(email))
}

pub(super) fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}
