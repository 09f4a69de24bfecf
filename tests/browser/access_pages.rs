//! The desk's other pages, and what opens on them, judged as in `access`: with something on them, in both directions.

use super::axe::usable_by_all;
use super::driver::{Browser, Driver};
use super::hands::says;
use super::server::{BOT, Server};
use super::{pictures, sets_up};

#[tokio::test]
async fn everybody_can_search_and_oversee() {
    let (server, driver) = (desk(), Driver::start());
    let agent = driver.browser().await;
    says(&server, &["I want to introduce myself", "Nina Light", "I need a lamp", "kitchen", "Talk to a person"]).await;
    says(&server, &["I need a lamp", "A complaint: the Heron flickers and hums", "when are you open"]).await;
    sets_up(&agent, &server, "Maria").await;
    let found = "fetch('/desk/search?q=heron').then((r) => r.text()).then((page) => { window.found = page.includes('id=\"found\"'); })";
    agent.until("the index has followed", &format!("{found}, window.found")).await;
    for language in ["en", "fa"] {
        agent.ask(&format!("document.cookie = 'frontdesk_language={language}; Path=/'")).await;
        let judged = async |page: &str| judge(&agent, &format!("{page}-{language}")).await;
        let to = async |path: &str, css: &str| {
            agent.go(&format!("{}{path}", server.url)).await;
            agent.find(css).await;
        };
        to("/desk/search?q=heron&from=2020-01-01", "#found .row").await;
        judged("search").await;
        to("/desk/search?q=nothing", ".empty").await;
        judged("search-none").await;
        to("/desk/people?q=nina", "#people .row").await;
        judged("people").await;
        agent.click("#people .row a").await;
        agent.until("the person", "document.querySelector('#add-fact')").await;
        agent.click("#add-fact").await;
        agent.find("#erase").await;
        judged("person").await;
        to("/desk/team", "#live .row").await;
        judged("team").await;
        agent.click("#live .menu summary").await;
        judged("team-menu").await;
        to("/desk/audit", "table.audit tbody tr").await;
        judged("audit").await;
        to("/desk?list=open&language=en", "#open .row").await;
        judged("inbox-open").await;
        to("/desk/c/nothing", "main h1").await;
        judged("nothing-here").await;
    }
    agent.close().await;
}

#[tokio::test]
async fn everybody_can_use_what_opens_in_a_conversation() {
    let (server, driver) = (desk(), Driver::start());
    let agent = driver.browser().await;
    says(&server, &["I want to introduce myself", "Nina Light", "when are you open", "Talk to a person"]).await;
    sets_up(&agent, &server, "Maria").await;
    agent.click("#queue .row a").await;
    agent.click("#do-claim").await;
    agent.find("#do-resolve").await;
    for language in ["en", "fa"] {
        agent.ask(&format!("document.cookie = 'frontdesk_language={language}; Path=/'")).await;
        agent.client.refresh().await.unwrap();
        agent.find("#do-resolve").await;
        let judged = async |page: &str| judge(&agent, &format!("{page}-{language}")).await;
        agent.until("the script runs", "document.querySelector('#text')?.placeholder").await;
        for menu in ["do-file", "do-hand-back", "do-transfer", "alerts-menu"] {
            agent.click(&format!("#{menu}")).await;
            agent.until(menu, &format!("document.getElementById('{menu}').parentElement.open")).await;
            judged(&format!("conversation-{menu}")).await;
            agent.ask(&format!("document.getElementById('{menu}').parentElement.open = false")).await;
        }
        agent.click(".me .menu summary").await;
        judged("conversation-me").await;
        agent.ask("document.querySelector('.me .menu').open = false").await;
        agent.ask("document.querySelectorAll('details.why').forEach((fold) => { fold.open = true })").await;
        agent.click("#ready").await;
        agent.until("the ready answers are there", "document.querySelectorAll('#complete li').length === 2").await;
        judged("conversation-replies").await;
        agent.ask("document.getElementById('text').value = ''; document.getElementById('text').blur()").await;
        agent.click("#main h1").await;
        agent.keys("?".chars()).await;
        agent.until("the sheet is open", "document.getElementById('keys').open").await;
        judged("conversation-keys").await;
        agent.keys(['\u{e00c}']).await;
    }
    agent.close().await;
}

fn desk() -> Server {
    Server::with(BOT, "origins: [], title: Corner Lamps")
}

async fn judge(agent: &Browser, page: &str) {
    pictures(agent, &format!("desk-{page}")).await;
    usable_by_all(agent, page).await;
}
