// The way between the widget and the server: the session, what is sent, and what comes (by socket, else by polling).
// It knows nothing of how things look. The pieces of the widget are joined by the server into one file and one scope.

// Keeps small values for this site in the browser. Where storage is blocked, memory does for the page view.
function keeper(prefix) {
  const memory = new Map();
  const at = (name) => prefix + name;
  const pick = (area) => {
    try {
      const store = window[area];
      store.setItem(at('probe'), '1');
      store.removeItem(at('probe'));
      return store;
    } catch {
      return { getItem: (k) => memory.get(k) ?? null, setItem: (k, v) => memory.set(k, v), removeItem: (k) => memory.delete(k) };
    }
  };
  const lasting = pick('localStorage');
  const tab = pick('sessionStorage');
  return {
    get: (name) => lasting.getItem(at(name)),
    // Writing can fail when the storage is full; the chat goes on without it.
    set: (name, value) => { try { value === null ? lasting.removeItem(at(name)) : lasting.setItem(at(name), value); } catch { /* see above */ } },
    outbox: () => { try { return JSON.parse(tab.getItem(at('outbox'))) || []; } catch { return []; } },
    // Whether this tab asks for the first time.
    newVisit: () => {
      if (tab.getItem(at('visit'))) return false;
      try { tab.setItem(at('visit'), '1'); } catch { /* as above */ }
      return true;
    },
    // Everything, as if the visitor had never been here.
    clear: () => {
      for (const store of [lasting, tab]) for (const key of Object.keys(store)) if (key.startsWith(prefix)) store.removeItem(key);
      memory.clear();
    },
    // A file is in memory only: of one that a reload cuts off its name is left, so that the visitor hears of it.
    keepOutbox: (items) => { try { tab.setItem(at('outbox'), JSON.stringify(items.map(({ file, ...item }) => ({ ...item, lost: file && 1 })))); } catch { /* as above */ } },
    owns: (key) => key === at('token'),
  };
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

// `about` says on which page and who the visitor is. `hear` gets what happens: session(answer), anew(), events(answer), queue(queue or null), progress(item, share), sent(item), refused(item), lost(item), line('live' | 'lost').
function wire(base, site, keep, about, hear) {
  let token = keep.get('token');
  let conversation = null; // its id
  let last = 0; // the last event number seen in it
  let starting = null; // the session request under way, shared by all who need one
  const kept = keep.outbox();
  const lost = kept.filter((item) => item.lost); // files that a reload cut off
  let outbox = kept.filter((item) => !item.lost); // sent strictly one after the other, so that nothing overtakes
  let pumping = false;
  let sending; // what is under way, settled when it is over
  let listening = false;
  let socket = null;
  let leave = () => {}; // gives the socket up at once; a broken line would keep it closing for a minute
  let generation = 0; // grows when the visitor is forgotten, so that late answers find nobody

  // Waits, but not longer than until the browser is online again, the line is back or somebody asks to try now.
  const sleepers = new Set();
  const wake = () => { for (const up of sleepers) up(); };
  const pause = (ms) => new Promise((done) => {
    const up = () => { clearTimeout(timer); sleepers.delete(up); done(); };
    const timer = setTimeout(up, ms);
    sleepers.add(up);
  });
  const backoff = (failures) => Math.min(30000, 800 * 2 ** Math.min(failures, 6)) * (0.7 + Math.random() * 0.6);
  let missed = 0; // attempts in a row to be heard that failed
  // What failed while there was no network says nothing of the server.
  addEventListener('online', () => { missed = 0; wake(); });
  addEventListener('offline', () => { hear.line('lost'); leave(); });

  async function call(method, path, body, patience = 20000, blob = false) {
    const headers = {};
    const by = token;
    if (by) headers.Authorization = `Bearer ${by}`;
    if (body) headers['Content-Type'] = 'application/json';
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), patience);
    try {
      const response = await fetch(base + path, {
        method, headers, body: body && JSON.stringify(body), credentials: 'omit', cache: 'no-store', signal: abort.signal,
      });
      if (blob && response.ok) return await response.blob();
      let answer = null;
      try { answer = await response.json(); } catch { /* an answer without a body */ }
      if (response.ok) return answer;
      throw failure(answer, response.status, response.headers.get('Retry-After'), by);
    } finally {
      clearTimeout(timer);
    }
  }

  const failure = (answer, status, after, by) => Object.assign(new Error(answer?.error?.message || ''), {
    by, code: answer?.error?.code, status, after: 1000 * (Number(after) || 0),
  });

  // A file goes by the older kind of call: only that one tells how far it has got.
  const upload = (item) => new Promise((done, fail) => {
    const by = token;
    const request = new XMLHttpRequest();
    request.open('POST', base + item.path);
    request.timeout = 300000;
    const headers = { Authorization: `Bearer ${by}`, 'X-File-Name': encodeURIComponent(item.file.name), 'X-Client-Id': item.id };
    for (const name in headers) request.setRequestHeader(name, headers[name]);
    request.upload.onprogress = ({ loaded, total }) => hear.progress(item, loaded / total);
    request.onloadend = () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { /* as above */ }
      if (request.status === 200) done(answer);
      else fail(failure(answer, request.status, request.status && request.getResponseHeader('Retry-After'), by));
    };
    request.send(item.file);
  });

  // Whatever brings events comes through here. Another conversation than the one we know means that ours ended and a
  // new one began: its events are fetched from the start, because the server counted after the old number. Ids grow with
  // time, so a late word from an older conversation is recognised. Only what comes in order (`stream`) moves our place, and
  // goes back to an older conversation, which went on here by a link in another tab: the answer to a message may be ahead of
  // what a broken line still owes us.
  function take(answer, stream) {
    if (!answer) return;
    const id = answer.conversation?.id ?? null;
    if (!stream && id < conversation) return;
    if (id && id !== conversation) {
      const known = conversation;
      conversation = id;
      last = 0;
      if (known) catchUp();
    }
    if (stream && answer.last > last) last = answer.last;
    hear.events(answer);
    if ('queue' in answer) hear.queue(answer.queue);
  }

  async function catchUp() {
    try { take(await call('GET', 'api/visitor/events?after=0&wait=0'), true); } catch { /* the next push or poll brings it */ }
  }

  // Starts or resumes. With `greet`, the bot may open a conversation where none is open.
  function start(greet, language) {
    if (starting) return starting;
    const mine = generation;
    starting = (async () => {
      const body = { ...about(), greet: Boolean(greet) };
      if (site) body.site = site;
      if (language) body.language = language;
      let answer;
      // What is under way goes to the conversation that it was written in, before the browser may become somebody else's.
      await sending;
      try {
        answer = await call('POST', 'api/visitor/session', body);
      } catch (error) {
        if (error.status !== 401 || !token) throw error;
        forgetToken(error.by); // the server does not know this visitor any more
        answer = await call('POST', 'api/visitor/session', body);
      }
      if (mine !== generation) return null;
      if (answer.token) {
        // The browser goes on as somebody else: what was shown is theirs no longer, and the line to it is given up.
        if (token) { conversation = null; last = 0; hear.anew(); socket?.close(); }
        token = answer.token;
        keep.set('token', token);
      }
      hear.session(answer);
      take(answer, true);
      keep.keepOutbox(outbox);
      for (const item of lost.splice(0)) if (!answer.events.some((e) => e.client_id === item.id)) hear.lost(item);
      hear.line('live');
      listen();
      return answer;
    })().finally(() => { starting = null; });
    return starting;
  }

  // A late answer to an old token says nothing of the one that took its place.
  function forgetToken(by = token) {
    if (by !== token) return;
    token = null;
    conversation = null;
    last = 0;
    keep.set('token', null);
  }

  function send(item) {
    outbox.push(item);
    keep.keepOutbox(outbox);
    pump();
  }

  async function pump() {
    if (pumping) { wake(); return; }
    pumping = true;
    let failures = 0;
    while (outbox.length) {
      const item = outbox[0];
      const mine = generation;
      const settled = () => {
        outbox = outbox.filter((other) => other !== item);
        keep.keepOutbox(outbox);
      };
      try {
        if (!token) await start(false);
        const by = token;
        const asked = item.file ? upload(item) : call('POST', item.path, { ...item.body, client_id: item.id });
        sending = asked.catch(() => {});
        const answer = await asked;
        if (mine !== generation) continue;
        settled();
        if (by === token) take(answer);
        hear.sent(item);
        failures = 0;
      } catch (error) {
        if (mine !== generation) continue;
        if (error.status === 401) { forgetToken(error.by); failures += 1; if (failures < 3) continue; }
        const later = !error.status || error.status >= 500 || [401, 408, 425, 429].includes(error.status);
        if (later) {
          failures += 1;
          hear.waiting(item);
          await pause(error.after || backoff(failures));
        } else {
          settled();
          hear.refused(item, error.code);
          console.warn(`frontdesk: ${error.message}`); // in English, for whoever builds the page
        }
      }
    }
    pumping = false;
  }

  // One loop for as long as the page lives: sockets where they open, polling where they do not, a pause after failures.
  async function listen() {
    if (listening || !token) return;
    listening = true;
    const mine = generation;
    let deaf = 0; // sockets in a row that never spoke
    let polls = 0;
    while (mine === generation && token) {
      const bySocket = deaf < 2 && 'WebSocket' in window;
      let well;
      if (bySocket) {
        well = await hearSocket();
        deaf = well ? 0 : deaf + 1;
      } else {
        well = await poll(mine);
        polls += 1;
        if (polls % 8 === 0) deaf = 1; // sometimes a proxy learns to speak WebSocket
        if (well) { missed = 0; continue; }
      }
      if (mine !== generation) break;
      missed = well ? 0 : missed + 1;
      if (!well) hear.line('lost');
      await pause(backoff(missed));
    }
    if (mine === generation) listening = false;
  }

  // Resolves when the socket is gone: true if it had worked.
  function hearSocket() {
    return new Promise((done) => {
      let spoke = false;
      let pulse;
      let heard; // when the server last said anything: a line that broke in silence is left
      try {
        socket = new WebSocket(base.replace(/^http/, 'ws') + 'api/visitor/socket');
      } catch {
        done(false);
        return;
      }
      const mine = socket;
      const slow = setTimeout(() => mine.close(), 10000);
      mine.onopen = () => {
        // The ping is answered, also where there is nothing new: so the line is known to work.
        const ping = () => mine.send('{"type":"ping"}');
        mine.send(JSON.stringify({ token, after: last, conversation }));
        ping();
        pulse = setInterval(() => (Date.now() - heard > 60000 ? leave() : ping()), 25000);
      };
      mine.onmessage = ({ data }) => {
        heard = Date.now();
        let frame;
        try { frame = JSON.parse(data); } catch { return; }
        if (!spoke) { spoke = true; clearTimeout(slow); hear.line('live'); wake(); }
        if (frame.type === 'events') take(frame, true);
        if (frame.type === 'queue') hear.queue(frame.position ? frame : null);
        if (frame.type === 'read') hear.read(frame.read);
        if (frame.type === 'typing') hear.types(frame.agent.name);
      };
      const gone = () => {
        clearTimeout(slow);
        clearInterval(pulse);
        if (socket === mine) socket = null;
        done(spoke);
      };
      mine.onclose = gone;
      leave = () => {
        mine.onmessage = mine.onclose = null;
        mine.close();
        gone();
      };
    });
  }

  async function poll(mine) {
    try {
      const by = token;
      const answer = await call('GET', `api/visitor/events?after=${last}&wait=25`, null, 40000);
      if (mine !== generation || by !== token) return true;
      hear.line('live');
      take(answer, true);
      return true;
    } catch (error) {
      if (error.status === 401 && mine === generation) forgetToken(error.by);
      return false;
    }
  }

  // Signs out: the server forgets the token, even while the page is being left.
  function signOut() {
    if (token) {
      fetch(`${base}api/visitor/forget`, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, credentials: 'omit', keepalive: true }).catch(() => {});
    }
    forget();
    keep.clear();
  }

  // Forgets the visitor in this browser: the next message starts as a stranger.
  function forget() {
    generation += 1;
    forgetToken();
    outbox = [];
    keep.keepOutbox(outbox);
    listening = false;
    starting = null;
    socket?.close();
    wake();
  }

  // What is worth nothing later: by the socket where it is open, else by a call that is not repeated.
  async function hint(type, body) {
    if (socket?.readyState === 1) socket.send(JSON.stringify({ ...body, type }));
    else if (token) await call('POST', `api/visitor/${type}`, body);
  }

  return {
    start, send, signOut, hint,
    link: () => call('POST', 'api/visitor/continue'),
    file: (id, no) => call('GET', `api/visitor/files/${id}/${no}`, null, 60000, true),
    transcript: (language) => call('GET', `api/visitor/transcript?language=${encodeURIComponent(language)}&zone=${
      encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone || '')}`, null, 20000, true),
    // Asked without a token, so that the browser may keep the answer for a while.
    invites: async (language) => {
      const query = new URLSearchParams({ ...(site && { site }), language });
      try {
        const response = await fetch(`${base}api/visitor/invites?${query}`, { credentials: 'omit' });
        return response.ok ? (await response.json()).invites : [];
      } catch {
        return [];
      }
    },
    known: () => Boolean(token),
    pause: (failures) => pause(backoff(failures)),
    pending: () => outbox.slice(),
    flush: () => { pump(); },
    tryNow: () => wake(),
    // Another tab became a visitor, or forgot who it was: this one follows.
    follow: (theirs) => {
      if (theirs === token) return false;
      const waiting = outbox;
      forget();
      token = theirs;
      // What was not sent yet goes on; only a sign-out takes it away.
      if (theirs) keep.keepOutbox(outbox = waiting);
      if (theirs) keep.set('token', theirs);
      return true;
    },
  };
}
