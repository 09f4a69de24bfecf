// The desk in the browser: sends forms to the API, and swaps fragments that the server renders when the live stream says
// that something changed. It holds no data of its own; a half-typed answer is kept and never swapped away.

const body = document.body;
const csrf = body.dataset.csrf || '';
const language = document.documentElement.lang;

// ── Talking to the server ──

// What an error of the API is called in the page's language. A code without a text is told in the API's English only to those who read English.
const errors = JSON.parse(body.dataset.errors || '{}');
const sentence = (error) => errors[error?.code] || (language === 'en' && error?.message) || body.dataset.failed;

async function send(method, url, data) {
  const headers = { 'X-CSRF-Token': csrf };
  if (data) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(url, { method, headers, body: data && JSON.stringify(data), credentials: 'same-origin' });
  } catch {
    throw new Error(errors.offline);
  }
  let answer = null;
  try { answer = await response.json(); } catch { /* an answer without a body */ }
  if (response.ok) return answer;
  if (answer?.error?.code === 'not_logged_in') location.assign('/desk/login'); // a half-typed answer is kept
  throw Object.assign(new Error(sentence(answer?.error)), { status: response.status });
}

function toast(text) {
  const place = document.getElementById('toast');
  place.textContent = text;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { place.textContent = ''; }, 8000);
}

// A form's fields as the API wants them: lists from fieldsets with a name, numbers and booleans where a field says so,
// empty fields left out, and `to` as the queue or the agent that it names.
function fields(form) {
  const data = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled || ((field.type === 'checkbox' || field.type === 'radio') && !field.checked)) continue;
    if (field.value === '') continue;
    const as = field.dataset.as;
    data[field.name] = as === 'number' ? Number(field.value) : as === 'boolean' ? field.value === 'true' : field.value;
  }
  for (const list of form.querySelectorAll('[data-list]')) {
    data[list.dataset.list] = Array.from(list.querySelectorAll('input:checked'), (box) => box.value);
  }
  if (data.to) {
    const at = data.to.indexOf(':');
    data[data.to.slice(0, at)] = data.to.slice(at + 1);
    delete data.to;
  }
  return data;
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (form.id === 'composer') return;
  if (!form.dataset.api) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = 'yes';
  const error = form.querySelector('.error');
  if (error) error.textContent = '';
  try {
    await send(form.dataset.method || 'POST', form.dataset.api, fields(form));
    const then = form.dataset.then;
    if (then === 'reload') location.reload();
    else if (then) location.assign(then);
    else {
      form.closest('details.menu')?.querySelector('summary').focus(); // it closes, and the focus must not be lost in it
      closeMenus();
      await refreshAll();
    }
  } catch (failure) {
    if (error) error.textContent = failure.message;
    else toast(failure.message);
    if (failure.status === 409) refreshAll();
  } finally {
    delete form.dataset.busy;
  }
});

// ── Small things of every page ──

function closeMenus(except) {
  for (const menu of document.querySelectorAll('details.menu[open]')) if (menu !== except) menu.open = false;
}
document.addEventListener('click', (event) => closeMenus(event.target.closest('details.menu')));
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const menu = document.querySelector('details.menu[open]');
  if (menu) { menu.open = false; menu.querySelector('summary').focus(); }
});

document.getElementById('language')?.addEventListener('change', (event) => {
  document.cookie = `frontdesk_language=${event.target.value}; Path=/; Max-Age=31536000; SameSite=Lax`;
  location.reload();
});

const setup = document.getElementById('setup');
if (setup) {
  setup.elements.token.value = location.hash.slice(1);
  const whole = location.hash.length > 1;
  setup.hidden = !whole;
  document.getElementById('incomplete').hidden = whole;
}

// Times: how long ago is counted on; moments are shown by the agent's own clock.
const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' });
const unit = (name) => new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: 0 });
const units = [[86400, unit('day')], [3600, unit('hour')], [60, unit('minute')], [1, unit('second')]];
let offset = 0; // the server's clock less ours

function times(root = document) {
  for (const time of root.querySelectorAll('time[data-clock]')) {
    const at = new Date(Number(time.dataset.clock));
    const today = at.toDateString() === new Date().toDateString();
    time.textContent = today ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`;
    time.removeAttribute('data-clock');
  }
  for (const time of root.querySelectorAll('time[data-since]')) {
    const seconds = Math.max(0, (Date.now() + offset - Number(time.dataset.since)) / 1000);
    const [size, format] = units.find(([size]) => seconds >= size) || units[3];
    const text = format.format(Math.floor(seconds / size));
    if (time.textContent !== text) time.textContent = text;
  }
}
times();
setInterval(times, 5000);

// ── Fragments ──

const conversation = document.getElementById('conversation');
const shown = new Map(); // the HTML last put into a place, so that only changes touch the page

async function fragment(url) {
  const response = await fetch(url, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
  if (response.status === 401 || response.redirected) { location.assign('/desk/login'); throw new Error('logged out'); }
  // Somebody passed the open conversation on to where this agent sees nothing.
  if (response.status === 404 && url.startsWith(conversation?.dataset.fragment)) location.assign('/desk');
  if (!response.ok) throw new Error(body.dataset.failed);
  const date = Date.parse(response.headers.get('Date'));
  if (date && Math.abs(date - Date.now()) > 5000) offset = date - Date.now();
  return response.text();
}

// Whether there is room to write without a keyboard that covers the screen.
const roomy = () => matchMedia('(min-width: 900px)').matches;

// While a pointer is down nothing is swapped: an element that is replaced between press and release gets no click.
let released = Promise.resolve();
document.addEventListener('pointerdown', () => {
  released = new Promise((done) => {
    for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => setTimeout(done), { once: true });
    setTimeout(done, 2000);
  });
});

// Puts new HTML into a place. What somebody does there goes on: open menus, half-filled fields, and the focus, by ids and
// names. Where the focused element is gone (a button that did its work), the focus goes to where one writes.
function put(place, html) {
  if (shown.get(place.id) === html) return;
  shown.set(place.id, html);
  const focused = place.contains(document.activeElement) ? document.activeElement.id : '';
  const open = Array.from(place.querySelectorAll('details[open] > summary[id]'), (summary) => summary.id);
  const scrolled = place.scrollTop;
  const named = () => Array.from(place.querySelectorAll('[data-api] :is(textarea, select)'), (field) => [field.form.dataset.api + field.name, field]);
  const filled = new Map(named().map(([name, field]) => [name, field.value]));
  place.innerHTML = html;
  for (const [name, field] of named()) if (filled.has(name)) field.value = filled.get(name);
  place.scrollTop = scrolled;
  for (const id of open) document.getElementById(id)?.parentElement.setAttribute('open', '');
  if (focused) (document.getElementById(focused) || document.getElementById(roomy() ? 'text' : 'main'))?.focus({ preventScroll: true });
  times(place);
}

async function refreshInbox() {
  for (const listing of document.querySelectorAll('[data-listing]')) {
    const html = await fragment(listing.dataset.listing);
    await released;
    put(listing, html);
  }
  markHere();
  countInTitle();
}

function markHere() {
  document.getElementById(`strip-${conversation?.dataset.id}`)?.setAttribute('aria-current', 'page');
}

const title = document.title;
function countInTitle() {
  const waiting = Number(document.querySelector('[data-waiting]')?.dataset.waiting || 0);
  document.title = (waiting ? `(${new Intl.NumberFormat(language).format(waiting)}) ` : '') + title;
}

async function refreshConversation() {
  if (!conversation) return;
  const log = document.getElementById('transcript');
  const fresh = document.createElement('template');
  fresh.innerHTML = await fragment(`${conversation.dataset.fragment}?after=${log.dataset.last}`);
  const part = (id) => fresh.content.getElementById(id);
  await released;
  put(document.getElementById('head'), part('head').innerHTML);
  const known = document.getElementById('card').querySelector('.inside');
  known.id = 'card-inside';
  put(known, part('card').querySelector('.inside').innerHTML);
  document.getElementById('card').querySelector('summary').textContent = part('card').querySelector('summary').textContent;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  for (const line of Array.from(part('transcript').children)) {
    const old = document.getElementById(line.id);
    times(line);
    if (!old) log.append(line);
    else if (old.textContent !== line.textContent || old.className !== line.className) old.replaceWith(line);
  }
  log.dataset.last = part('transcript').dataset.last;
  if (atEnd) log.scrollTop = log.scrollHeight;
  const standing = document.getElementById('standing');
  standing.textContent = part('standing').textContent;
  standing.toggleAttribute('data-can-say', part('standing').hasAttribute('data-can-say'));
  kindChanged();
}

// One refresh of a kind at a time; what comes meanwhile asks for one more.
function single(refresh) {
  let running = null;
  let more = false;
  return function run() {
    if (running) { more = true; return running; }
    running = refresh().catch(() => {}).finally(() => {
      running = null;
      if (more) { more = false; run(); }
    });
    return running;
  };
}
const inboxChanged = single(refreshInbox);
const conversationChanged = single(refreshConversation);
const refreshAll = () => Promise.all([inboxChanged(), conversationChanged()]);

// ── The live stream ──

const lost = document.getElementById('lost');
let failures = 0;

function listen() {
  const open = conversation ? `?conversation=${conversation.dataset.id}` : '';
  const stream = new EventSource(`/api/agent/stream${open}`);
  stream.addEventListener('hello', () => {
    if (failures || !lost.hidden) refreshAll();
    failures = 0;
    lost.hidden = true;
  });
  stream.addEventListener('inbox', () => inboxChanged());
  stream.addEventListener('conversation', (event) => {
    try { if (JSON.parse(event.data).id === conversation?.dataset.id) conversationChanged(); } catch { /* not for us */ }
  });
  stream.onerror = async () => {
    lost.hidden = false;
    // The browser tries again by itself, except where the server refused.
    if (stream.readyState !== EventSource.CLOSED) return;
    failures += 1;
    await new Promise((done) => setTimeout(done, Math.min(30000, 1000 * 2 ** failures) * (0.7 + Math.random() * 0.6)));
    try {
      const me = await fetch('/api/agent/me', { credentials: 'same-origin' });
      if (me.status === 401) { location.assign('/desk/login'); return; }
    } catch { /* still no connection */ }
    listen();
  };
}
if ('live' in body.dataset) {
  listen();
  markHere();
  countInTitle();
  addEventListener('pageshow', (event) => { if (event.persisted) refreshAll(); });
}

// ── Writing ──

const composer = document.getElementById('composer');

function kindChanged() {
  if (!composer) return;
  const kind = composer.elements.kind.value;
  const text = document.getElementById('text');
  const maySay = document.getElementById('standing').hasAttribute('data-can-say');
  text.placeholder = text.dataset[kind];
  composer.classList.toggle('noting', kind === 'note');
  composer.querySelector('button').disabled = kind === 'say' && !maySay;
}

if (composer) {
  const text = document.getElementById('text');
  const error = composer.querySelector('.error');
  const key = `frontdesk:draft:${composer.dataset.conversation}`;
  // The draft is kept with its kind: a half-typed note must not come back as an answer to the visitor.
  const keep = () => {
    try {
      if (text.value) sessionStorage.setItem(key, JSON.stringify([composer.elements.kind.value, text.value]));
      else sessionStorage.removeItem(key);
    } catch { /* kept on the page */ }
  };
  try { [composer.elements.kind.value, text.value] = JSON.parse(sessionStorage.getItem(key)) || ['say', '']; } catch { /* no draft */ }
  const grow = () => {
    text.dir = text.value ? 'auto' : ''; // the placeholder runs as the page does
    text.style.height = 'auto';
    text.style.height = `${Math.min(text.scrollHeight + 2, 220)}px`;
  };
  let sending = null; // the id of what is being sent, kept over a failure so that a retry is not a second message

  text.addEventListener('input', () => { keep(); sending = null; grow(); });
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });
  composer.addEventListener('change', () => { kindChanged(); keep(); });
  composer.addEventListener('submit', async (event) => {
    event.preventDefault();
    const words = text.value.trim();
    const button = composer.querySelector('button');
    if (!words || button.disabled) return;
    const kind = composer.elements.kind.value;
    sending ||= Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');
    error.textContent = '';
    button.disabled = true;
    text.readOnly = true;
    try {
      const data = kind === 'say' ? { text: words, client_id: sending } : { text: words };
      await send('POST', `/api/agent/conversations/${composer.dataset.conversation}/${kind}`, data);
      sending = null;
      text.value = '';
      keep();
      grow();
      const log = document.getElementById('transcript');
      log.scrollTop = log.scrollHeight;
    } catch (failure) {
      error.textContent = failure.message;
    }
    text.readOnly = false;
    button.disabled = false;
    text.focus();
    await conversationChanged();
    kindChanged();
  });
  grow();
  kindChanged();

  const log = document.getElementById('transcript');
  log.scrollTop = log.scrollHeight;
  // On a small screen the card begins folded: the transcript comes first.
  if (!roomy()) document.querySelector('#card details').open = false;
  else text.focus({ preventScroll: true });
}
