// What was said, in order, and what is being sent. `act` gets what the visitor does in it: a press, a new try.
// It knows nothing of the panel around it.

function transcript(settings, say, act) {
  const { t } = say;
  const log = h('div', { class: 'log', role: 'log', 'aria-live': 'polite', tabindex: '0' });
  const typing = h('div', { class: 'typing', 'aria-hidden': 'true', hidden: true }, h('i'), h('i'), h('i'));
  const types = h('p', { class: 'vh', role: 'status' });
  const own = fate(t);
  log.append(typing);
  let lastVoice = '';
  const seen = new Set(); // conversation and number of every event on the screen
  const waitingItems = new Map(); // what was sent and is not confirmed: id → element

  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const toEnd = () => { log.scrollTop = log.scrollHeight; };
  // Whoever reads the end stays there when the space changes: the keyboard, a notice below, a picture that arrives.
  let reading = true;
  log.addEventListener('scroll', () => { reading = atEnd(); }, { passive: true });
  const stay = () => { if (reading) toEnd(); };
  new ResizeObserver(stay).observe(log);

  // New things stand above what is still being sent, and the view follows only a reader who is at the end.
  function put(node, always) {
    const end = always || atEnd();
    log.insertBefore(node, waitingItems.values().next().value || typing);
    if (end) toEnd();
  }

  function retire() {
    for (const button of log.querySelectorAll('.options button:not(:disabled)')) button.disabled = true;
  }

  function options(buttons, no, id) {
    if (!buttons?.length) return null;
    return h('div', { class: 'options', role: 'group' }, ...buttons.map((b) => h('button', {
      type: 'button', dir: 'auto',
      onclick: (event) => {
        retire();
        event.currentTarget.classList.add('chosen');
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
    return h('p', { class: 'text', dir: 'auto' }, href ? anchor(href, link.text || link.url) : link.text || link.url);
  }

  function bubble(kind, name, text, at) {
    const fresh = lastVoice !== kind + name;
    lastVoice = kind + name;
    const body = h('div', { class: 'bubble' }, h('span', { class: 'vh' }, `${name}: `));
    if (text) body.append(h('p', { class: 'text', dir: 'auto' }, ...linked(text)));
    return h('div', { class: `message ${kind}` },
      fresh && kind !== 'visitor' ? h('p', { class: 'name', 'aria-hidden': 'true', dir: 'auto' }, name) : null,
      body, at ? h('time', { datetime: new Date(at).toISOString() }, say.clock(at)) : null);
  }

  // Who comes and goes is said by the bot, and stands in the header; here stands what nobody else says.
  function status(event) {
    const text = { closed: t('closed'), rated: t('rated') }[event.status];
    lastVoice = '';
    return text ? h('p', { class: 'status' }, text) : null;
  }

  const sent = (e, id) => (e.file ? [fileView(e.file, () => act.fetched(id, e.no), say.number, stay)] : []);

  // Says whether somebody else spoke.
  function event(id, e) {
    const key = `${id}/${e.no}`;
    if (seen.has(key)) return false;
    seen.add(key);
    if (e.type === 'status') {
      if (e.status === 'agent' || e.status === 'closed') retire();
      const node = status(e);
      if (node) put(node);
      return false;
    }
    if (e.type === 'visitor') {
      retire();
      settle(e.client_id);
      const node = bubble('visitor', t('you'), e.text, e.at);
      node.querySelector('.bubble').append(...sent(e, id));
      own.of(node, e.no);
      put(node, true);
      return false;
    }
    typesNow();
    const name = e.type === 'agent' ? e.agent?.name || t('agent') : t('assistant');
    const node = bubble(e.type === 'agent' ? 'agent' : 'bot', name, e.text, e.at);
    const body = node.querySelector('.bubble');
    body.append(...[picture(e.image), linkLine(e.link)].filter(Boolean), ...sent(e, id));
    if (body.childElementCount === 1) body.remove();
    const time = node.querySelector('time');
    if (e.cards?.length) {
      time.before(h('div', { class: 'cards', tabindex: '0', role: 'group' }, ...e.cards.map((card) => h('article', { class: 'card' },
        picture(card.image), h('h3', { dir: 'auto' }, card.title),
        card.text ? h('p', { class: 'text', dir: 'auto' }, ...linked(card.text)) : null, linkLine(card.link), options(card.buttons, e.no, id)))));
    }
    const below = options(e.buttons, e.no, id);
    if (below) time.before(below);
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
    log, toEnd, settle, types, own, typesNow,
    speak: () => log.setAttribute('aria-label', t('messages')),
    // Shows events; the number of those that are news from others, and none of the first ones.
    events: (id, events) => {
      const first = seen.size === 0;
      if (first) log.setAttribute('aria-busy', 'true');
      let fresh = 0;
      for (const e of events) if (event(id, e) && !first) fresh += 1;
      if (first) log.removeAttribute('aria-busy');
      return fresh;
    },
    // What was sent and is not confirmed; `answered` where the bot will answer at once.
    pending: (item, answered) => {
      if (item.press) retire();
      const node = bubble('visitor', t('you'), item.label, 0);
      node.classList.add('pending');
      waitingItems.set(item.id, node);
      log.insertBefore(node, typing);
      if (answered) typing.hidden = false;
      toEnd();
    },
    waiting: (item) => { waitingItems.get(item.id)?.setAttribute('data-note', t('not_sent_yet')); typing.hidden = true; },
    refused: (item, code) => {
      const node = waitingItems.get(item.id);
      waitingItems.delete(item.id);
      typing.hidden = true;
      if (!node) return;
      node.classList.replace('pending', 'failed');
      node.append(h('p', { class: 'why', role: 'alert' }, t(code) || t('not_sent'), ' ',
        h('button', { type: 'button', class: 'retry', onclick: () => { node.remove(); act.retry(item); } }, t('retry'))));
      toEnd();
    },
    empty: () => {
      log.replaceChildren(typing);
      typing.hidden = true;
      seen.clear();
      waitingItems.clear();
      lastVoice = '';
    },
  };
}
