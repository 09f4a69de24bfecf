//! Files in real browsers: a visitor sends a picture and an agent sees it, and the other way round; names of files are text.

use super::driver::{Browser, Driver};
use super::server::Server;
use super::signals::talking;
use super::{WIDGET, in_widget, open_widget, pictures};

/// Makes a picture of this colour in the page and gives it to whatever takes files there, as a drop does.
fn drop_picture(place: &str, name: &str, colour: &str) -> String {
    format!(
        "const done = arguments[0]; const canvas = document.createElement('canvas'); canvas.width = 300; canvas.height = 200; \
         const context = canvas.getContext('2d'); context.fillStyle = '{colour}'; context.fillRect(0, 0, 300, 200); \
         canvas.toBlob((blob) => {{ const data = new DataTransfer(); \
         data.items.add(new File([blob], {name:?}, {{ type: 'image/png' }})); \
         {place}.dispatchEvent(new DragEvent('drop', {{ dataTransfer: data, bubbles: true, cancelable: true }})); done(true); }})"
    )
}

async fn drops(browser: &Browser, script: &str) {
    browser.client.execute_async(script, Vec::new()).await.unwrap();
}

/// Chooses a file in a field, as a person does.
async fn chooses(browser: &Browser, field: &fantoccini::elements::Element, content: &[u8], name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    field.send_keys(path.to_str().unwrap()).await.unwrap();
    // The browser reads it when it sends it.
    browser.until("the file was read", "true").await;
    std::mem::forget(folder);
}

#[tokio::test]
async fn a_visitor_sends_a_picture_that_the_agent_sees_and_the_agent_a_text() {
    let (server, driver) = (Server::start(), Driver::start());
    let (visitor, agent) = talking(&server, &driver).await;
    let hostile = "<img src=x onerror=\"document.title='owned'\">.png";
    drops(&visitor, &drop_picture(&format!("{WIDGET}.querySelector('.panel')"), hostile, "green")).await;
    let image = "document.querySelector('#transcript .visitor .sent img')";
    agent.until("the picture is at the desk", &format!("{image}?.complete && {image}.naturalWidth === 300")).await;
    let named = "document.querySelector('#transcript .sent bdi').textContent";
    let shown = agent.ask(&format!("return {named}")).await;
    assert_eq!(shown, "_img src=x onerror=_document.title='owned'__.png", "a name is text, and a harmless one");
    visitor.until("the visitor sees it too", &format!("{WIDGET}.querySelector('.visitor .file canvas')")).await;
    visitor.until("nothing waits", &format!("!{WIDGET}.querySelector('.pending')")).await;
    pictures(&visitor, "widget-file").await;
    pictures(&agent, "desk-file").await;

    // A reload shows it again, fetched with the token.
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    visitor
        .until("it is there again", &format!("{WIDGET}.querySelector('.visitor .file canvas')?.width === 300"))
        .await;

    // The agent chooses a file.
    let field = agent.client.find(fantoccini::Locator::Id("file")).await.unwrap();
    chooses(&agent, &field, b"name;price\nHeron;20\n", "prices.csv").await;
    let line = format!("{WIDGET}.querySelector('.agent .file')");
    visitor.until("the visitor has it", &format!("{line}?.textContent === 'prices.csv 1 kB'")).await;
    let own = "document.querySelector('#transcript .agent .sent')";
    agent.until("and the desk shows it", &format!("{own}?.textContent.includes('prices.csv')")).await;
    assert_eq!(agent.ask(&format!("return {own}.download")).await, "prices.csv", "it is saved, not shown");

    // The agent drops one on the conversation.
    drops(&agent, &drop_picture("document.getElementById('transcript')", "heron.png", "blue")).await;
    visitor.until("it is drawn", &format!("{WIDGET}.querySelector('.agent .file canvas')")).await;

    // What may not be sent is said beside it.
    let field = in_widget(&visitor, "input[type=file]").await;
    chooses(&visitor, &field, b"<svg onload=alert(1)></svg>", "logo.svg").await;
    let why = format!("{WIDGET}.querySelector('.failed .why')");
    visitor.until("the refusal is told", &format!("{why}?.textContent.startsWith('Files of this kind')")).await;
    chooses(&agent, &agent.client.find(fantoccini::Locator::Id("file")).await.unwrap(), b"MZ\0\0", "run.exe").await;
    let error = "document.querySelector('#composer .error').textContent";
    agent.until("and at the desk", &format!("{error} === 'run.exe: Files of this kind cannot be sent.'")).await;
    visitor.close().await;
    agent.close().await;
}

#[tokio::test]
async fn a_file_says_how_far_it_is_and_what_a_reload_cut_off() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = driver.browser().await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    open_widget(&visitor).await;
    let panel = format!("{WIDGET}.querySelector('.panel')");
    drops(&visitor, &drop_picture(&panel, "lamp.png", "green")).await;
    visitor.until("the visitor sees it", &format!("{WIDGET}.querySelector('.visitor .file canvas')")).await;

    // A line so slow that the rest of this one never leaves; a reload cuts it off.
    let slow = "XMLHttpRequest.prototype.send = function () { \
         this.upload.dispatchEvent(new ProgressEvent('progress', { lengthComputable: true, loaded: 42, total: 100 })); }";
    visitor.ask(slow).await;
    drops(&visitor, &drop_picture(&panel, "chair.png", "blue")).await;
    let pending = format!("{WIDGET}.querySelector('.pending')");
    visitor.until("it waits", &format!("{pending}?.textContent.includes('chair.png')")).await;
    visitor.until("how far it is", &format!("{pending}.dataset.note === '42%'")).await;
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    let failed = format!("{WIDGET}.querySelector('.failed')");
    visitor.until("the loss is told", &format!("{failed}?.textContent.includes('chair.png')")).await;
    visitor
        .until(
            "with its reason",
            &format!("{failed}.querySelector('.why').textContent.startsWith('This file was not sent')"),
        )
        .await;
    assert_eq!(visitor.ask(&format!("return {failed}.querySelector('button')")).await, serde_json::Value::Null);
    visitor.client.refresh().await.unwrap();
    open_widget(&visitor).await;
    visitor.until("the first is there", &format!("{WIDGET}.querySelector('.visitor .file canvas')")).await;
    assert_eq!(visitor.ask(&format!("return {failed}")).await, serde_json::Value::Null, "told once");
    visitor.close().await;
}
