//! What the commands do, on a running server or on a data folder that nobody holds: the same code, told apart only by what
//! it has at hand.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::bots::Bots;
use crate::cli::control::{Replies, Reply, Request};
use crate::cli::events;
use crate::cli::serve::search_folder;
use crate::config::Config;
use crate::engine::{self, Account, AccountChange, Accounts, Audit, Engine, NewAccount, Role};
use crate::id::{ContactId, ConversationId, SiteId};
use crate::store::{self, Store, transfer};

/// What a command has at hand.
pub(super) struct World {
    store: Arc<dyn Store>,
    data: PathBuf,
    sites: Vec<SiteId>,
    hands: Hands,
}

enum Hands {
    /// A server runs.
    Server(Engine, Bots),
    /// Only the data folder.
    Folder(Accounts),
}

impl World {
    /// A data folder that nobody holds; `make` makes one where there is none.
    pub(super) fn open(config: &Config, make: bool) -> anyhow::Result<Self> {
        let open = if make { store::open } else { store::open_existing };
        let store = open(&config.data, "a command")?;
        let accounts = engine::open_accounts(Arc::clone(&store))?;
        let sites = config.sites.keys().cloned().collect();
        Ok(Self { store, data: config.data.clone(), sites, hands: Hands::Folder(accounts) })
    }

    /// A running server.
    pub(super) fn of_server(config: &Config, engine: Engine, bots: Bots) -> Self {
        let sites = config.sites.keys().cloned().collect();
        let store = Arc::clone(engine.store());
        Self { store, data: config.data.clone(), sites, hands: Hands::Server(engine, bots) }
    }

    /// Writes down what a command did. It is done, so a trail that takes no entry is no reason to fail.
    async fn audit(&self, what: Audit) {
        let now = engine::Clock::system().now();
        if let Err(error) = engine::audit(&*self.store, now, None, vec![what]).await {
            tracing::warn!(%error, "the audit trail misses an entry");
        }
    }

    /// The running server.
    fn server(&self) -> Result<(&Engine, &Bots), String> {
        match &self.hands {
            Hands::Server(engine, bots) => Ok((engine, bots)),
            Hands::Folder(_) => Err("no server runs on this data folder".to_owned()),
        }
    }

    fn accounts(&self) -> &Accounts {
        match &self.hands {
            Hands::Server(engine, _) => engine.accounts(),
            Hands::Folder(accounts) => accounts,
        }
    }
}

/// Does what is asked. What is to be read goes to `replies`; an error is one sentence.
pub(super) async fn perform(world: &World, request: Request, replies: &Replies) -> Result<(), String> {
    match request {
        Request::AgentAdd { name, email, role, password_hash, sites, queues, capacity } => {
            let role = role_named(&role)?;
            let sites = sites.iter().map(|site| known_site(world, site)).collect::<Result<Vec<_>, _>>()?;
            let queues = queues.into_iter().map(Into::into).collect();
            let new = NewAccount {
                name,
                email,
                role,
                password: Some(password_hash),
                sites,
                queues,
                capacity,
                ..NewAccount::default()
            };
            let account = world.accounts().create(new).await.map_err(words)?;
            world.audit(Audit::AccountCreated { account: account.agent(), role: account.role }).await;
            line(replies, account.id.to_string()).await
        }
        Request::AgentList { json } => agent_list(world, json, replies).await,
        Request::AgentDisable { email, disabled } => {
            let account = account(world, &email)?;
            let change = AccountChange { disabled: Some(disabled), ..AccountChange::default() };
            let after = world.accounts().update(account.id, change).await.map_err(words)?;
            for what in Audit::of_change(&account, &after, false) {
                world.audit(what).await;
            }
            Ok(())
        }
        Request::AgentPassword { email, password_hash } => {
            let account = account(world, &email)?;
            world.accounts().set_password(account.id, password_hash).await.map_err(words)?;
            world.audit(Audit::PasswordSet { account: account.agent() }).await;
            Ok(())
        }
        Request::Export => export(world, replies).await,
        Request::Erase { who, site } => erase(world, &who, site.as_deref(), replies).await,
        Request::Verify { json } => verify(world, json, replies).await,
        Request::Compact => compact(world, replies).await,
        Request::Reload => {
            let (engine, bots) = world.server()?;
            reload(engine, bots, replies).await
        }
        Request::EventList { failed, json } => events::list(world.server()?.0, failed, json, replies).await,
        Request::EventResend { id } => events::resend(world.server()?.0, &id, replies).await,
    }
}

async fn agent_list(world: &World, json: bool, replies: &Replies) -> Result<(), String> {
    for account in world.accounts().list() {
        let Account { id, name, email, role, disabled, capacity, .. } = &*account;
        let role = role_name(*role);
        let text = if json {
            let sites: Vec<_> = account.sites.iter().map(SiteId::as_str).collect();
            let queues: Vec<_> = account.queues.iter().map(|queue| queue.as_str()).collect();
            serde_json::json!({
                "id": id, "name": name, "email": email, "role": role, "disabled": disabled, "capacity": capacity,
                "sites": sites, "queues": queues,
            })
            .to_string()
        } else {
            let closed = if *disabled { "  (disabled)" } else { "" };
            format!("{email:<32} {role:<10} {name}{closed}")
        };
        line(replies, text).await?;
    }
    Ok(())
}

async fn export(world: &World, replies: &Replies) -> Result<(), String> {
    let (store, to) = (Arc::clone(&world.store), replies.clone());
    let exported = tokio::task::spawn_blocking(move || {
        let mut out = LinesOut { to, rest: Vec::new() };
        transfer::export(&*store, &mut out)
    });
    let exported = exported.await.map_err(words)?.map_err(words)?;
    world.audit(Audit::Exported).await;
    say(replies, format!("exported {} commits, up to position {}", exported.commits, exported.position)).await
}

/// Erases the person of a contact or of a conversation.
async fn erase(world: &World, who: &str, site: Option<&str>, replies: &Replies) -> Result<(), String> {
    let sites = match site {
        Some(site) => vec![known_site(world, site)?],
        None => world.sites.clone(),
    };
    let mut found = None;
    for site in sites {
        let contact = if who.starts_with(ConversationId::PREFIX) {
            let id: ConversationId = who.parse().map_err(words)?;
            engine::contact_of(&*world.store, &site, id).map_err(words)?
        } else {
            let id: ContactId = who.parse().map_err(words)?;
            engine::has_contact(&*world.store, &site, id).map_err(words)?.then_some(id)
        };
        if let Some(contact) = contact {
            found = Some((site, contact));
            break;
        }
    }
    let (site, contact) = found.ok_or_else(|| format!("there is no {who}"))?;
    let conversations = match &world.hands {
        Hands::Server(engine, _) => engine.erase_contact(&site, contact).await.map_err(words)?,
        Hands::Folder(_) => {
            let erased = engine::erase_contact(&*world.store, &site, contact).await.map_err(words)?;
            forget_index(world).await?;
            erased
        }
    };
    world.audit(Audit::ContactErased { site: site.clone(), contact, conversations }).await;
    let text =
        format!("erased {contact} of {site} with {conversations} conversations; `compact` makes it final on the disk");
    say(replies, text).await
}

/// Without a server nobody rewrites the search index, and it may still have the erased person's words: the next start makes it anew.
async fn forget_index(world: &World) -> Result<(), String> {
    let index = search_folder(&world.data);
    match tokio::fs::remove_dir_all(&index).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("the search index {} could not be removed: {error}; remove it by hand", index.display()))
        }
        _ => Ok(()),
    }
}

async fn verify(world: &World, json: bool, replies: &Replies) -> Result<(), String> {
    let store = Arc::clone(&world.store);
    let checked = tokio::task::spawn_blocking(move || transfer::verify(&*store, &engine::FromEvents));
    let report = checked.await.map_err(words)?.map_err(words)?;
    let (streams, events, commits, rows) = (report.streams, report.events, report.commits, report.rows);
    if json {
        let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
        let figures = serde_json::json!({
            "good": report.is_good(), "streams": streams, "events": events, "commits": commits, "rows": rows,
            "problems": problems, "problem_count": report.problem_count,
        });
        line(replies, figures.to_string()).await?;
    } else {
        for problem in &report.problems {
            line(replies, problem.to_string()).await?;
        }
    }
    if !report.is_good() {
        return Err(format!(
            "{} problems in {streams} streams; keep a copy of the folder, then `export` it and `import` that into an empty one",
            report.problem_count
        ));
    }
    say(replies, format!("good: {streams} streams, {events} events, {commits} commits, {rows} rows")).await
}

async fn compact(world: &World, replies: &Replies) -> Result<(), String> {
    match &world.hands {
        Hands::Server(..) => {
            transfer::compact_at_next_start(&world.data).map_err(words)?;
            say(replies, "a running server cannot let go of its files: they are compacted at its next start".to_owned())
                .await
        }
        Hands::Folder(_) => Err("the folder is open; this command must compact it closed".to_owned()),
    }
}

async fn reload(engine: &Engine, bots: &Bots, replies: &Replies) -> Result<(), String> {
    let mut failed = Vec::new();
    for (site, outcome) in bots.reload(engine).await {
        match outcome {
            Ok(version) => say(replies, format!("{site}: loaded, version {version}")).await?,
            Err(report) => {
                failed.push(format!("{site}: the old bot goes on, because the new one has mistakes\n{report}"))
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
}

/// Lines for whoever asked; a writer for code that blocks.
struct LinesOut {
    to: Replies,
    rest: Vec<u8>,
}

impl Write for LinesOut {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let gone = |_| std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line = self.rest.drain(..=end).collect::<Vec<u8>>();
            let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
            self.to.blocking_send(Reply::Line(text)).map_err(gone)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn known_site(world: &World, site: &str) -> Result<SiteId, String> {
    let known = world.sites.iter().find(|known| known.as_str() == site).cloned();
    known.ok_or_else(|| {
        let names: Vec<_> = world.sites.iter().map(SiteId::as_str).collect();
        format!("there is no site \"{site}\"; the sites are {}", names.join(", "))
    })
}

fn account(world: &World, email: &str) -> Result<Arc<Account>, String> {
    world.accounts().find_by_email(email).ok_or_else(|| format!("there is no account with the address {email}"))
}

fn role_named(name: &str) -> Result<Role, String> {
    match name {
        "agent" => Ok(Role::Agent),
        "supervisor" => Ok(Role::Supervisor),
        "admin" => Ok(Role::Admin),
        _ => Err(format!("there is no role \"{name}\"; the roles are agent, supervisor, admin")),
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Supervisor => "supervisor",
        Role::Admin => "admin",
    }
}

pub(super) async fn line(replies: &Replies, text: String) -> Result<(), String> {
    replies.send(Reply::Line(text)).await.map_err(|_| "whoever asked is gone".to_owned())
}

pub(super) async fn say(replies: &Replies, text: String) -> Result<(), String> {
    replies.send(Reply::Note(text)).await.map_err(|_| "whoever asked is gone".to_owned())
}

pub(super) fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
