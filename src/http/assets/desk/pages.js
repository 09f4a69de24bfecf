// Pages without a flash: a link to another page of the desk swaps what is in the frame, and the address with it. Back and
// forward do the same, and find their place again. Each part says what it does on a page that has its element.

const arrivals = [];
let leaving = [];
let asked = 0;
let here = location.pathname + location.search; // the page that is shown; while somebody goes back the address is ahead of it
// A page of a new version of the desk needs its script: then the next page is loaded whole.
let outdated = false;

// On every page that has an element that fits: start(element). What it returns is called when the page is left.
function onPage(css, start) {
  arrivals.push([css, start]);
}

function arrive() {
  for (const [css, start] of arrivals) {
    const element = document.querySelector(css);
    const end = element && start(element);
    if (end) leaving.push(end);
  }
}

const isDesk = (url) => 'live' in body.dataset && url.origin === location.origin && /^\/desk(\/(?!login|setup)|$)/.test(url.pathname);

// Shows another page. `how.back`: the address is there already, and so is the place on it. `how.replace`: no entry for the way back.
async function go(address, how = {}) {
  const url = new URL(address, location.href);
  if (outdated || !isDesk(url)) { location.assign(url); return; }
  const mine = ++asked;
  if (!how.back) history.replaceState({ ...history.state, top: scrollY }, '');
  body.ariaBusy = 'true';
  try {
    const response = await fetch(url, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    if (mine !== asked) return;
    if (!isDesk(new URL(response.url)) || !page.querySelector('body[data-live] main')) throw new Error('not a page of the desk');
    await released;
    if (mine !== asked) return;
    for (const end of leaving.splice(0)) end();
    const came = here;
    if (!how.back) history[how.replace ? 'replaceState' : 'pushState'](null, '', url);
    show(page);
    arrive();
    if (how.back) scrollTo(0, history.state?.top || 0);
    else if (!how.replace) scrollTo(0, 0);
    takeFocus(came);
  } catch {
    if (mine === asked) location.assign(url);
  } finally {
    if (mine === asked) body.ariaBusy = null;
  }
}

function show(page) {
  for (const css of ['header.top', 'main']) document.querySelector(css).replaceWith(document.adoptNode(page.querySelector(css)));
  document.title = page.title;
  for (const name of ['csrf', 'errors']) body.dataset[name] = page.body.dataset[name];
}

// The focus goes to where one came from, to where one writes, else to the page's content.
function takeFocus(came) {
  if (document.activeElement && document.activeElement !== body) return;
  const row = came.startsWith('/desk/c/') && document.querySelector(`main .row a[href="${came}"]`);
  (row || document.getElementById('main')).focus({ preventScroll: true });
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute('download') || link.getAttribute('href').startsWith('#')) return;
  const url = new URL(link.href);
  if (!isDesk(url) || (url.pathname === location.pathname && url.hash)) return;
  event.preventDefault();
  go(url);
});
if ('live' in body.dataset) {
  history.scrollRestoration = 'manual';
  // A mark on the page (a slot's message) also makes an entry, but is no other page.
  addEventListener('popstate', () => {
    if (location.hash && location.pathname + location.search === here) return;
    go(location.href, { back: true });
  });
  onPage('main', () => { here = location.pathname + location.search; });
}

// While a pointer is down nothing is swapped: an element that is replaced between press and release gets no click.
let released = Promise.resolve();
document.addEventListener('pointerdown', () => {
  released = new Promise((done) => {
    for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => setTimeout(done), { once: true });
    setTimeout(done, 2000);
  });
});
