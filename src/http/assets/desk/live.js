// The live stream says that something changed; the page fetches it.

const streams = new Set(); // the last is the page's; those before it are kept until it is there
let failures = 0;
let version = null;

function listen() {
  const open = conversation() ? `?conversation=${conversation().dataset.id}` : '';
  const mine = new EventSource(`/api/agent/stream${open}`);
  const lost = document.getElementById('lost');
  streams.add(mine);
  const latest = () => Array.from(streams).at(-1) === mine;
  const end = () => { mine.close(); streams.delete(mine); };
  mine.addEventListener('hello', (event) => {
    if (!latest()) { end(); return; }
    for (const before of streams) if (before !== mine) { before.close(); streams.delete(before); } // only now, so that the agent is connected all the while
    refreshAll(); // what changed between the making of the page and now
    alertsChanged();
    writingUnheard();
    failures = 0;
    lost.hidden = true;
    try {
      const now = JSON.parse(event.data).version;
      outdated ||= version !== null && version !== now;
      version = now;
    } catch { /* a server that does not say */ }
  });
  mine.addEventListener('inbox', () => { inboxChanged(); alertsChanged(); });
  mine.addEventListener('watchers', (event) => {
    try { if (latest()) watchersChanged(JSON.parse(event.data)); } catch { /* not for us */ }
  });
  mine.addEventListener('conversation', (event) => {
    try {
      if (JSON.parse(event.data).id === conversation()?.dataset.id) conversationChanged();
      else alertsChanged();
    } catch { /* not for us */ }
  });
  mine.addEventListener('signal', (event) => {
    try { signal(JSON.parse(event.data)); } catch { /* not for us */ }
  });
  mine.onerror = async () => {
    if (!latest()) { end(); return; }
    lost.hidden = false;
    // The browser tries again by itself, except where the server refused.
    if (mine.readyState !== EventSource.CLOSED) return;
    failures += 1;
    await new Promise((done) => setTimeout(done, Math.min(30000, 1000 * 2 ** failures) * (0.7 + Math.random() * 0.6)));
    try {
      const me = await fetch('/api/agent/me', { credentials: 'same-origin' });
      if (me.status === 401) { location.assign('/desk/login'); return; }
    } catch { /* still no connection */ }
    if (!latest()) return;
    end();
    listen();
  };
}
onPage('body[data-live] main', listen);
if ('live' in body.dataset) {
  // A page that the browser keeps for the way back would hold one of its few connections to the server: after some, none is left.
  addEventListener('pagehide', () => {
    for (const stream of streams) stream.close();
    streams.clear();
  });
  addEventListener('pageshow', (event) => { if (event.persisted) listen(); });
}
