//! The agent API: logging in, the inbox, conversations and what an agent does to them, accounts, and the live stream. The
//! desk's pages are made from the same engine calls.

mod accounts;
mod assist;
pub(super) mod audit;
pub(super) mod commands;
pub(super) mod cookie;
pub(super) mod deliveries;
pub(crate) mod events;
mod files;
mod filing;
mod inbox;
mod lists;
pub(super) mod people;
mod reset;
mod search;
pub(super) mod session;
mod signals;
mod stream;
mod supervise;
mod telegram;
mod watch;
pub(super) mod wire;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::app::App;

/// The routes of the agent API.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(session::setup))
        .routes(routes!(session::login))
        .routes(routes!(session::logout))
        .routes(routes!(session::me))
        .routes(routes!(session::presence))
        .routes(routes!(telegram::offer, telegram::unlink))
        .routes(routes!(inbox::inbox))
        .routes(routes!(lists::list))
        .routes(routes!(search::search))
        .routes(routes!(inbox::conversation))
        .routes(routes!(inbox::events))
        .routes(routes!(assist::replies))
        .routes(routes!(watch::composing))
        .routes(routes!(watch::alerts))
        .routes(routes!(commands::claim))
        .routes(routes!(commands::take_over))
        .routes(routes!(commands::say))
        .routes(routes!(commands::note))
        .routes(routes!(commands::resend))
        .routes(routes!(commands::link))
        .routes(routes!(commands::see_mentions))
        .routes(routes!(commands::give_back))
        .routes(routes!(commands::transfer))
        .routes(routes!(commands::resolve))
        .routes(routes!(commands::hand_back))
        .routes(routes!(files::send))
        .routes(routes!(files::fetch))
        .routes(routes!(signals::read))
        .routes(routes!(signals::typing))
        .routes(routes!(filing::labels))
        .routes(routes!(filing::priority))
        .routes(routes!(filing::snooze))
        .routes(routes!(filing::wake))
        .routes(routes!(filing::follow_up))
        .routes(routes!(filing::follow_up_done))
        .routes(routes!(filing::complaint))
        .routes(routes!(stream::stream))
        .routes(routes!(accounts::list, accounts::create))
        .routes(routes!(accounts::change))
        .routes(routes!(reset::offer))
        .routes(routes!(reset::redeem))
        .routes(routes!(people::find))
        .routes(routes!(people::person, people::edit))
        .routes(routes!(people::merge))
        .routes(routes!(people::unmerge))
        .routes(routes!(people::block))
        .routes(routes!(people::unblock))
        .routes(routes!(people::erase))
        .routes(routes!(supervise::floor))
        .routes(routes!(supervise::presence_of))
        .routes(routes!(supervise::assign))
        .routes(routes!(audit::trail))
        .routes(routes!(deliveries::deliveries))
        .routes(routes!(deliveries::resend_delivery))
}
