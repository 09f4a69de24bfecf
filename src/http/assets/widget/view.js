// What the visitor sees: the launcher and the panel, built with DOM calls only. Text is text: nothing is read as HTML.
// It knows nothing of the network; what the visitor does goes out through `act`.

function h(name, props, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function icon(path) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

const ICONS = {
  chat: 'M4 5h16v11H9l-5 4z',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M4 12l16-7-5 15-3-6z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-5 8-5s7 1 8 5',
};

// A link may leave the page only by these ways; anything else is shown as text.
function safeUrl(given, schemes = /^(https?|mailto|tel):$/, base = undefined) {
  try {
    const url = new URL(given, base);
    return schemes.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function anchor(href, text) {
  return h('a', { href, target: '_blank', rel: 'noopener noreferrer' }, text);
}

// Bare addresses become links; the dot or bracket that ends a sentence does not belong to them.
function linked(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"]+/gi)) {
    const bare = match[0].replace(/[.,;:!?'»”)\]]+$/u, '');
    const href = safeUrl(bare);
    if (!href) continue;
    parts.push(text.slice(from, match.index), anchor(href, bare));
    from = match.index + bare.length;
  }
  parts.push(text.slice(from));
  return parts;
}

// The owner's colour, made readable: what stands on it is black or white, and where it is used as ink it is darkened or
// lightened until it can be read on the panel.
function palette(given, dark) {
  const context = document.createElement('canvas').getContext('2d');
  context.fillStyle = '#2457c5';
  context.fillStyle = given || '#2457c5';
  const hex = /^#[0-9a-f]{6}$/.test(context.fillStyle) ? context.fillStyle : '#2457c5';
  const brand = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const light = (rgb) => rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const panel = dark ? [35, 38, 45] : [242, 244, 247];
  let ink = brand;
  for (let i = 0; i < 20 && contrast(ink, panel) < 4.6; i += 1) ink = ink.map((v) => Math.round(v + ((dark ? 255 : 0) - v) * 0.12));
  const css = (rgb) => `rgb(${rgb.join(' ')})`;
  const white = contrast(brand, [255, 255, 255]) >= 4.5 || contrast(brand, [255, 255, 255]) >= contrast(brand, [17, 17, 17]);
  return { brand: css(brand), on: white ? '#fff' : '#111', ink: css(ink) };
}

function view(settings, labels, act) {
  let texts = { ...labels };
  let conversation = null;
  let open = false;
  let unread = 0;
  let language = settings.language;
  let lastVoice = '';
  let queued = null;
  const seen = new Set(); // conversation and number of every event on the screen
  const waitingItems = new Map(); // what was sent and is not confirmed: id → element
  const t = (key) => texts[key] || '';
  const fill = (key, values) => t(key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const number = (n) => { try { return new Intl.NumberFormat(language).format(n); } catch { return String(n); } };
  // A button that is only a number (a rating) is written as the reader writes numbers.
  const shown = (label) => (/^\d{1,2}$/.test(label) ? number(Number(label)) : label);
  const clock = (ms) => { try { return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(ms); } catch { return ''; } };

  const host = document.createElement('frontdesk-chat');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS_TEXT);
  const colours = new CSSStyleSheet();
  root.adoptedStyleSheets = [sheet, colours];

  const badge = h('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
  const launcherText = h('span', { class: 'launcher-text' });
  const launcher = h('button', { class: 'launcher', type: 'button', 'aria-expanded': 'false', 'aria-controls': 'panel', onclick: () => toggle(!open) },
    icon(ICONS.chat), launcherText, badge);
  const title = h('bdi');
  const owner = h('p', { class: 'owner', role: 'status' });
  const closeButton = h('button', { class: 'icon', type: 'button', onclick: () => toggle(false) }, icon(ICONS.close));
  const log = h('div', { class: 'log', role: 'log', 'aria-live': 'polite', tabindex: '0' });
  const typing = h('div', { class: 'typing', 'aria-hidden': 'true', hidden: true }, h('i'), h('i'), h('i'));
  log.append(typing);
  const line = h('p', { class: 'line', role: 'status' });
  const place = h('p', { class: 'place', role: 'status' });
  const person = h('button', { class: 'person', type: 'button', onclick: () => act.send(t('person')) }, icon(ICONS.person), h('span'));
  const again = h('button', { class: 'again', type: 'button', hidden: true, onclick: () => { act.again(); input.focus(); } });
  const input = h('textarea', { rows: '1', maxlength: '4000', enterkeyhint: 'send', id: 'message' });
  const sendButton = h('button', { class: 'send', type: 'submit' }, icon(ICONS.send));
  const form = h('form', { class: 'composer', onsubmit: (event) => { event.preventDefault(); submit(); } }, input, sendButton);
  const panel = h('section', { id: 'panel', class: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: true },
    h('header', {}, h('div', { class: 'heads' }, h('h2', { id: 'title' }, title), owner), closeButton), log, h('footer', {}, line, place, again, person, form));
  const shell = h('div', { class: 'shell' }, panel, settings.launcher === 'none' ? null : launcher);
  root.append(shell);

  input.addEventListener('keydown', (event) => {
    // While a word is being composed (Greek accents, Chinese, …) Enter belongs to the keyboard, not to us.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      submit();
    }
  });
  input.addEventListener('input', grow);
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) { event.stopPropagation(); toggle(false); }
  });

  function grow() {
    input.dir = input.value ? 'auto' : ''; // the placeholder runs as the panel does
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight + 2, 140)}px`;
  }

  function submit() {
    const text = input.value.trim();
    if (!text) return;
    input.value = '';
    grow();
    act.send(text);
    input.focus();
  }

  const phone = matchMedia('(max-width: 640px)');
  const roomy = () => !phone.matches && !matchMedia('(pointer: coarse)').matches;
  let before = null; // what the page looked like before a phone's screen was filled

  // On a phone the panel is the whole screen: the page behind neither scrolls nor takes the focus, and the panel keeps to
  // the part of the screen that the keyboard leaves.
  function fit() {
    const whole = open && phone.matches;
    const html = document.documentElement;
    if (whole && !before) {
      before = { overflow: html.style.overflow, inert: document.body?.inert };
      html.style.overflow = 'hidden';
      if (document.body) document.body.inert = true;
    } else if (!whole && before) {
      html.style.overflow = before.overflow;
      if (document.body) document.body.inert = before.inert;
      before = null;
    }
    const seenPart = window.visualViewport;
    if (whole && seenPart) {
      panel.style.setProperty('--top', `${seenPart.offsetTop}px`);
      panel.style.setProperty('--height', `${seenPart.height}px`);
    }
  }
  phone.addEventListener('change', fit);
  window.visualViewport?.addEventListener('resize', fit);
  window.visualViewport?.addEventListener('scroll', fit);

  const wide = settings.theme === 'auto' || !settings.theme ? matchMedia('(prefers-color-scheme: dark)') : null;
  function paint(theme) {
    const dark = theme ? theme === 'dark' : wide ? wide.matches : settings.theme === 'dark';
    const colour = palette(settings.color, dark);
    shell.dataset.theme = dark ? 'dark' : 'light';
    shell.dataset.side = settings.position === 'left' ? 'left' : 'right';
    colours.replaceSync(`.shell{--brand:${colour.brand};--on-brand:${colour.on};--ink:${colour.ink}}`);
  }
  wide?.addEventListener('change', () => paint());
  paint();

  function toggle(to) {
    if (open === to) return;
    open = to;
    panel.hidden = !open;
    launcher.setAttribute('aria-expanded', String(open));
    shell.classList.toggle('open', open);
    fit();
    if (open) {
      toEnd();
      (roomy() ? input : closeButton).focus({ preventScroll: true });
      clearUnread();
    } else {
      launcher.focus({ preventScroll: true });
    }
    act.toggled(open);
  }

  function clearUnread() {
    unread = 0;
    showUnread();
  }

  function showUnread() {
    badge.hidden = unread === 0;
    badge.textContent = unread > 9 ? `${number(9)}+` : number(unread);
    nameLauncher();
    act.unread(unread);
  }

  function nameLauncher() {
    const text = settings.launcher && settings.launcher !== 'icon' ? settings.launcher : '';
    launcherText.textContent = text;
    launcher.classList.toggle('wide', Boolean(text));
    const name = text || t('launcher');
    launcher.setAttribute('aria-label', unread ? `${name}. ${fill('unread', { n: number(unread) })}` : name);
  }

  function speak(given, dir, lang) {
    texts = { ...labels, ...given };
    language = lang || language;
    shell.dir = dir || 'ltr';
    shell.lang = language;
    closeButton.setAttribute('aria-label', t('close'));
    sendButton.setAttribute('aria-label', t('send'));
    log.setAttribute('aria-label', t('messages'));
    input.placeholder = t('placeholder');
    input.setAttribute('aria-label', t('placeholder'));
    person.lastChild.textContent = t('person');
    again.textContent = t('again');
    nameLauncher();
    showOwner();
    showQueue(queued);
  }

  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const toEnd = () => { log.scrollTop = log.scrollHeight; };
  // Whoever reads the end stays there when the space changes: the keyboard, a notice below, a picture that arrives.
  let reading = true;
  log.addEventListener('scroll', () => { reading = atEnd(); }, { passive: true });
  new ResizeObserver(() => { if (reading) toEnd(); }).observe(log);

  // New things stand above what is still being sent, and the view follows only a reader who is at the end.
  function put(node, always) {
    const end = always || atEnd();
    log.insertBefore(node, waitingItems.values().next().value || typing);
    if (end) toEnd();
  }

  function showOwner() {
    const names = { bot: t('assistant'), queue: t('waiting'), agent: conversation?.agent?.name || t('agent') };
    const over = conversation?.phase === 'closed' || conversation?.phase === 'resolved';
    const now = conversation?.phase === 'closed' ? t('closed') : names[conversation?.owner] || t('assistant');
    if (owner.textContent !== now) owner.textContent = now;
    person.hidden = !conversation || conversation.owner !== 'bot' || over;
    again.hidden = conversation?.phase !== 'closed';
    if (conversation?.owner !== 'queue') showQueue(null);
  }

  function showQueue(queue) {
    queued = queue;
    place.hidden = !queue?.position;
    if (place.hidden) { place.textContent = ''; return; }
    let text = fill('queue', { n: number(queue.position) });
    if (queue.estimate) {
      const minutes = (s) => Math.max(1, Math.round(s / 60));
      const [from, to] = [minutes(queue.estimate.from_s), minutes(queue.estimate.to_s)];
      text += ` ${from === to ? fill('estimate_one', { n: number(to) }) : fill('estimate', { from: number(from), to: number(to) })}`;
    }
    if (place.textContent !== text) place.textContent = text;
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
        if (roomy()) input.focus();
        act.press(no, b.option, shown(b.label), id);
      },
    }, shown(b.label))));
  }

  function picture(image) {
    const src = image && safeUrl(image.url, /^https?:$/, settings.base);
    return src && h('img', { src, alt: image.alt || '', loading: 'lazy', onload: () => { if (reading) toEnd(); } });
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
      body, at ? h('time', { datetime: new Date(at).toISOString() }, clock(at)) : null);
  }

  // Who comes and goes is said by the bot, and stands in the header; here stands what nobody else says.
  function status(event) {
    const text = { closed: t('closed'), rated: t('rated') }[event.status];
    lastVoice = '';
    return text ? h('p', { class: 'status' }, text) : null;
  }

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
      put(bubble('visitor', t('you'), e.text, e.at), true);
      return false;
    }
    const name = e.type === 'agent' ? e.agent?.name || t('agent') : t('assistant');
    const node = bubble(e.type === 'agent' ? 'agent' : 'bot', name, e.text, e.at);
    const body = node.querySelector('.bubble');
    body.append(...[picture(e.image), linkLine(e.link)].filter(Boolean));
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

  return {
    host, paint, speak, toggle, fit,
    isOpen: () => open,
    name: (text) => { title.textContent = text; },
    // What the site's owner set on the server holds where the tag says nothing.
    look: (look) => {
      for (const key of ['color', 'position', 'launcher']) settings[key] = settings[key] || look[key];
      paint();
      nameLauncher();
    },
    // Shows events; what others said while nobody looked is counted.
    events: (answer) => {
      if (answer.conversation) conversation = answer.conversation;
      showOwner();
      const first = seen.size === 0;
      if (first) log.setAttribute('aria-busy', 'true');
      let fresh = 0;
      for (const e of answer.events || []) if (event(answer.conversation?.id, e) && !first) fresh += 1;
      if (first) log.removeAttribute('aria-busy');
      if (fresh && (!open || document.hidden)) { unread += fresh; showUnread(); }
    },
    setUnread: (n) => { unread = n; showUnread(); },
    clearUnread,
    queue: showQueue,
    pending: (item) => {
      if (item.press) retire();
      const node = bubble('visitor', t('you'), item.label, 0);
      node.classList.add('pending');
      waitingItems.set(item.id, node);
      log.insertBefore(node, typing);
      if (conversation?.owner === 'bot' && conversation?.phase !== 'closed') typing.hidden = false;
      toEnd();
    },
    settle,
    waiting: (item) => { waitingItems.get(item.id)?.setAttribute('data-note', t('not_sent_yet')); typing.hidden = true; },
    refused: (item) => {
      const node = waitingItems.get(item.id);
      waitingItems.delete(item.id);
      typing.hidden = true;
      if (!node) return;
      node.classList.replace('pending', 'failed');
      node.append(h('p', { class: 'why', role: 'alert' }, t('not_sent'), ' ',
        h('button', { type: 'button', class: 'retry', onclick: () => { node.remove(); act.retry(item); } }, t('retry'))));
      toEnd();
    },
    line: (text, retry) => {
      line.replaceChildren(...(text ? [text, ...(retry ? [' ', h('button', { type: 'button', class: 'retry', onclick: retry }, t('retry'))] : [])] : []));
      line.hidden = !text;
    },
    empty: () => {
      log.replaceChildren(typing);
      typing.hidden = true;
      seen.clear();
      waitingItems.clear();
      conversation = null;
      lastVoice = '';
      clearUnread();
      showOwner();
    },
  };
}
