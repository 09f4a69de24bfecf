// Puts what the server renders anew into the page. It holds no data of its own; what somebody does there goes on.

const shown = new WeakMap(); // the HTML last put into a place, so that only changes touch the page

async function fragment(url) {
  const response = await fetch(url, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
  if (response.status === 401 || response.redirected) { location.assign('/desk/login'); throw new Error('logged out'); }
  // Somebody passed the open conversation on to where this agent sees nothing.
  if (response.status === 404 && url.startsWith(conversation()?.dataset.fragment)) go('/desk');
  if (!response.ok) throw new Error(body.dataset.failed);
  const date = Date.parse(response.headers.get('Date'));
  if (date && Math.abs(date - Date.now()) > 5000) offset = date - Date.now();
  return response.text();
}

// Puts new HTML into a place. What somebody does there goes on: open menus, half-filled fields, and the focus, by ids and
// names. Where the focused element is gone (a button that did its work), the focus goes to where one writes.
function put(place, html) {
  if (shown.get(place) === html) return;
  shown.set(place, html);
  const focused = place.contains(document.activeElement) ? document.activeElement.id : '';
  const open = Array.from(place.querySelectorAll('details[open] > summary[id]'), (summary) => summary.id);
  const scrolled = place.scrollTop;
  const tabs = place.querySelector('.tabs')?.scrollLeft;
  const named = () => Array.from(place.querySelectorAll('[data-api] :is(textarea, select, input:not([type=hidden], [type=checkbox], [type=radio]))'), (field) => [field.form.dataset.api + field.name, field]);
  const filled = new Map(named().map(([name, field]) => [name, field.value]));
  place.innerHTML = html;
  for (const [name, field] of named()) if (filled.has(name)) field.value = filled.get(name);
  place.scrollTop = scrolled;
  if (tabs) place.querySelector('.tabs').scrollLeft = tabs;
  for (const id of open) document.getElementById(id)?.parentElement.setAttribute('open', '');
  if (focused) (document.getElementById(focused) || document.getElementById(roomy() ? 'text' : 'main'))?.focus({ preventScroll: true });
  times(place);
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
const refreshAll = () => Promise.all([inboxChanged(), conversationChanged()]);
