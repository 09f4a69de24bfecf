// What was said, in order, and what is being sent. `act` gets what the visitor does in it: a press, a new try.
// It knows nothing of the panel around it.

// Words of one person within this time stand over one time.
const TOGETHER_MS = 300000;

const initial = (name) => Array.from(name.trim())[0]?.toLocaleUpperCase() || '?';

function transcript(settings, say, act) {
  const { t } = say;
  const log = h('div', { class: 'log', role: 'log', 'aria-live': 'polite', tabindex: '0' });
  const typing = h('div', { class: 'typing', 'aria-hidden': 'true', hidden: true }, h('i'), h('i'), h('i'));
  const types = h('p', { class: 'vh', role: 'status' });
  const own = fate(t);
  log.append(typing);
  const jump = h('button', { class: 'jump', type: 'button', hidden: true, onclick: () => { toEnd(); log.focus({ preventScroll: true }); } }, icon(ICONS.down), h('span'));
  const stage = h('div', { class: 'stage' }, log, jump);
  const divider = h('p', { class: 'divider' });
  let last = null; // who spoke last, when, and where it stands
  let lastDay = 0;
  const seen = new Map(); // what is on the screen: conversation and number of the event → its element
  const waitingItems = new Map(); // what was sent and is not confirmed: id → element

  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const toEnd = () => { log.scrollTop = log.scrollHeight; };
  // Whoever reads the end stays there when the space changes: the keyboard, a notice below, a picture that arrives.
  let reading = true;
  log.addEventListener('scroll', () => { reading = atEnd(); jump.hidden = reading; }, { passive: true });
  const stay = () => { if (reading) toEnd(); };
  new ResizeObserver(stay).observe(log);

  // New things stand above what is still being sent, and the view follows only a reader who is at the end.
  function put(node, always) {
    const end = always || atEnd();
    log.insertBefore(node, waitingItems.values().next().value || typing);
    if (end) toEnd(); else jump.hidden = false;
  }

  // Buttons are for the last word only. The one that was taken, by a press or by its words, stays marked.
  function retire(taken) {
    for (const button of log.querySelectorAll('.options button:not(:disabled)')) {
      if (button.textContent === taken) { button.classList.add('chosen'); taken = null; }
      button.disabled = true;
    }
  }

  function options(buttons, no, id) {
    if (!buttons?.length) return null;
    return h('div', { class: 'options', role: 'group' }, ...buttons.map((b) => h('button', {
      type: 'button', dir: 'auto',
      onclick: (event) => {
        event.currentTarget.classList.add('chosen');
        retire();
        act.press(no, b.option, say.shown(b.label), id);
      },
    }, say.shown(b.label))));
  }

  function picture(image) {
    const src = image && safeUrl(image.url, /^https?:$/, settings.base);
    return src && h('img', { src, alt: image.alt || '', loading: 'lazy', onload: stay });
  }

  function linkLine(link) {
    if (!link) return null;
    const href = safeUrl(link.url);
    const text = link.text || link.url;
    return h('p', { class: 'text', dir: 'auto' }, href ? anchor(href, text) : text);
  }

  // The visitor's own words stand as they were typed.
  function words(text, plain) {
    return h('div', { class: 'text', dir: 'auto' }, ...(plain ? [text] : rich(text)));
  }

  // What one person says in a row stands under one name, and over one time.
  function bubble(kind, name, text, at) {
    const own = kind === 'visitor';
    const fresh = last?.voice !== kind + name;
    const body = h('div', { class: 'bubble' }, h('span', { class: 'vh' }, `${name}: `));
    if (text) body.append(words(text, own));
    const node = h('div', { class: `message ${kind}${fresh ? ' fresh' : ''}` },
      fresh && !own && h('p', { class: 'name', 'aria-hidden': 'true' },
        kind === 'agent' && h('span', { class: 'face' }, initial(name)), h('bdi', {}, name)),
      body, at > 0 && h('time', { datetime: new Date(at).toISOString() }, say.clock(at)));
    if (!fresh && at - last.at < TOGETHER_MS) last.node.classList.add('more');
    last = { voice: kind + name, at, node };
    return node;
  }

  // A new day is said, but for today where nothing is older.
  function newDay(at) {
    const day = new Date(at).setHours(0, 0, 0, 0);
    if (day === lastDay) return;
    if (lastDay || day !== new Date().setHours(0, 0, 0, 0)) {
      put(h('p', { class: 'day' }, say.day(at)));
      last = null;
    }
    lastDay = day;
  }

  // Who comes and goes is said by the bot, and stands in the header; here stands what nobody else says.
  function status(event) {
    const text = { closed: t('closed'), rated: t('rated') }[event.status];
    if (text) last = null;
    return text && h('p', { class: 'status' }, text);
  }

  const sent = (e, id) => (e.file ? [fileView(e.file, () => act.fetched(id, e.no), say.number, stay)] : []);

  // Says whether somebody else spoke.
  function event(id, e) {
    const key = `${id}/${e.no}`;
    if (seen.has(key)) return false;
    seen.set(key, null);
    if (e.type === 'status') {
      if (e.status === 'agent' || e.status === 'closed') retire();
      const node = status(e);
      if (node) put(node);
      return false;
    }
    if (e.type === 'visitor') {
      retire(e.text);
      settle(e.client_id);
      divider.remove();
      newDay(e.at);
      const node = bubble('visitor', t('you'), e.text, e.at);
      node.querySelector('.bubble').append(...sent(e, id));
      own.of(node, e.no);
      seen.set(key, node);
      put(node, true);
      return false;
    }
    typesNow();
    newDay(e.at);
    const name = e.type === 'agent' ? e.agent?.name || t('agent') : t('assistant');
    const node = bubble(e.type === 'agent' ? 'agent' : 'bot', name, e.text, e.at);
    const body = node.querySelector('.bubble');
    body.append(...[picture(e.image), linkLine(e.link)].filter(Boolean), ...sent(e, id));
    if (body.childElementCount === 1) body.remove();
    const time = node.querySelector('time');
    if (e.cards?.length) {
      time.before(h('div', { class: 'cards', tabindex: '0', role: 'group' }, ...e.cards.map((card) => h('article', { class: 'card' },
        picture(card.image), h('h3', { dir: 'auto' }, card.title),
        card.text && words(card.text), linkLine(card.link), options(card.buttons, e.no, id)))));
    }
    const below = options(e.buttons, e.no, id);
    if (below) time.before(below);
    seen.set(key, node);
    put(node);
    return true;
  }

  function settle(id) {
    waitingItems.get(id)?.remove();
    waitingItems.delete(id);
    typing.hidden = true;
  }

  // An agent types, for a few seconds or until they have spoken; without a name nobody does.
  let typesUntil;
  function typesNow(name) {
    clearTimeout(typesUntil);
    types.textContent = name ? say.fill('typing', { name }) : '';
    typing.hidden = !name;
    if (!name) return;
    stay();
    typesUntil = setTimeout(typesNow, 6000);
  }

  return {
    stage, settle, types, own, typesNow,
    // Where a reader begins: at what is new, else at the end.
    toEnd: () => {
      toEnd();
      if (divider.isConnected) log.scrollTop = Math.min(log.scrollTop, divider.offsetTop - log.offsetTop - 12);
    },
    speak: () => {
      log.setAttribute('aria-label', t('messages'));
      jump.lastChild.textContent = t('latest');
      divider.textContent = t('new');
    },
    // Marks where the news begin, if nothing older is unread.
    divide: (id, no) => { if (!divider.isConnected) seen.get(`${id}/${no}`)?.before(divider); },
    undivide: () => divider.remove(),
    // The element of an event, if it is on the screen.
    find: (id, no) => seen.get(`${id}/${no}`),
    // Shows events, and gives those that are news from others: none of the first ones.
    events: (id, events) => {
      const first = seen.size === 0;
      if (first) log.setAttribute('aria-busy', 'true');
      const fresh = events.filter((e) => event(id, e) && !first);
      if (first) log.removeAttribute('aria-busy');
      return fresh;
    },
    // What was sent and is not confirmed; `answered` where the bot will answer at once.
    pending: (item, answered) => {
      if (item.press) retire(item.label);
      const node = bubble('visitor', t('you'), item.label, 0);
      node.classList.add('pending');
      waitingItems.set(item.id, node);
      log.insertBefore(node, typing);
      if (answered) typing.hidden = false;
      toEnd();
    },
    waiting: (item) => { waitingItems.get(item.id)?.setAttribute('data-note', t('not_sent_yet')); typing.hidden = true; },
    progress: (item, share) => waitingItems.get(item.id)?.setAttribute('data-note', `${say.number(Math.round(100 * share))}%`),
    refused: (item, code) => {
      const node = waitingItems.get(item.id);
      waitingItems.delete(item.id);
      typing.hidden = true;
      if (!node) return;
      node.classList.replace('pending', 'failed');
      node.append(h('p', { class: 'why', role: 'alert' }, t(code) || t('not_sent'), ' ',
        !item.lost && h('button', { type: 'button', class: 'retry', onclick: () => { node.remove(); act.retry(item); } }, t('retry'))));
      toEnd();
    },
    empty: () => {
      log.replaceChildren(typing);
      typing.hidden = true;
      seen.clear();
      waitingItems.clear();
      last = null;
      lastDay = 0;
    },
  };
}
