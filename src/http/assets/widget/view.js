// What the visitor sees: the launcher and the panel with what stands in it. It joins the pieces that show something.
// It knows nothing of the network; what the visitor does goes out through `act`.

function view(settings, labels, keep, act) {
  const say = speech(settings.language, labels);
  const { t, fill, number } = say;
  const notify = notifier(settings, keep);
  let conversation = null;
  let open = false;
  let cameFrom = null; // what had the focus before the panel
  let unread = 0;
  let queued = null;
  let rated = false;

  const host = document.createElement('frontdesk-chat');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS_TEXT);
  const colours = new CSSStyleSheet();
  root.adoptedStyleSheets = [sheet, colours];

  const badge = h('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
  const launcherText = h('span', { class: 'launcher-text' });
  const launcherIcon = h('span', { class: 'picture' });
  const launcher = h('button', { class: 'launcher', type: 'button', 'aria-expanded': 'false', 'aria-controls': 'panel', onclick: () => toggle(!open) },
    launcherIcon, launcherText, badge);
  const inviting = teaser(say, () => toggle(true));
  const logo = h('span', { class: 'picture logo', hidden: true });
  const title = h('bdi');
  const owner = h('p', { class: 'owner', role: 'status' });
  const menu = panelMenu(say, [
    ['person', () => act.send(t('person')), () => conversation && conversation.owner === 'bot'],
    ['transcript', act.transcript, () => conversation],
    ['elsewhere', act.elsewhere, () => conversation?.phase === 'active'],
    ['sound', notify.switch, () => true, notify.loud],
    ['end', act.end, () => conversation?.phase === 'active'],
  ]);
  const closeButton = h('button', { class: 'icon close', type: 'button', onclick: () => toggle(false) }, icon(ICONS.close));
  const said = transcript(settings, say, {
    retry: act.retry,
    fetched: act.fetched,
    press: (...given) => {
      if (screen.roomy()) writing.input.focus();
      act.press(...given);
    },
  });
  const line = h('p', { class: 'line', role: 'status' });
  const place = h('p', { class: 'place', role: 'status' });
  const asking = h('div', { class: 'asking' });
  const person = h('button', { class: 'person', type: 'button', onclick: () => act.send(t('person')) }, icon(ICONS.person), h('span'));
  const again = h('button', { class: 'main', type: 'button', hidden: true, onclick: () => { act.again(); writing.input.focus(); } });
  const writing = composer(say, act.send);
  const withPeople = () => /queue|agent/.test(conversation?.owner);
  writing.input.addEventListener('input', () => { if (writing.input.value && withPeople()) act.typing(); });
  const panel = h('section', { id: 'panel', class: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: true, onclick: menu.leave },
    h('div', { class: 'header' }, logo, h('div', { class: 'heads' }, h('h2', { id: 'title' }, title), owner), menu.button, closeButton, menu.list),
    said.stage, h('div', { class: 'footer' }, said.types, line, place, asking, again, person, writing.form));
  const giver = fileGiver(t, panel, act.file);
  writing.tools.append(...giver.field);
  const shell = h('div', { class: 'shell' }, panel);
  if (settings.launcher !== 'none') shell.append(inviting.box, launcher);
  root.append(shell);
  const screen = phoneScreen(panel, () => open, settings.mode !== 'page' && (() => toggle(false)));

  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing && settings.mode !== 'page') { event.stopPropagation(); toggle(false); }
  });

  const darkness = matchMedia('(prefers-color-scheme: dark)');
  function paint(theme) {
    if (theme) settings.theme = theme;
    const dark = settings.theme === 'dark' || (settings.theme !== 'light' && darkness.matches);
    // A page may set the colour by a style of its own.
    const colour = palette(getComputedStyle(host).getPropertyValue('--frontdesk-color').trim() || settings.color, dark);
    shell.dataset.theme = dark ? 'dark' : 'light';
    shell.dataset.side = settings.position === 'left' ? 'left' : 'right';
    const count = (name, key, unit) => (settings[key] >= 0 ? `--${name}:${Number(settings[key])}${unit};` : '');
    colours.replaceSync(`.shell{--brand:${colour.brand};--on-brand:${colour.on};--ink:${colour.ink};${
      count('x', 'offsetX', 'px')}${count('y', 'offsetY', 'px')}${count('z', 'zIndex', '')}}`);
    showPicture(logo, settings.logo);
    logo.hidden = !logo.firstChild;
    showPicture(launcherIcon, settings.icon, ICONS.chat);
  }
  darkness.addEventListener('change', () => paint());

  function showPicture(place, url, otherwise) {
    const src = url && safeUrl(url, /^https?:$/, settings.base);
    if (src) { if (place.firstChild?.src !== src) place.replaceChildren(h('img', { src, alt: '' })); }
    else if (otherwise && !place.firstChild) place.append(icon(otherwise));
  }

  function toggle(to) {
    if (open === to) return;
    open = to;
    if (open) cameFrom = document.activeElement;
    panel.hidden = !open;
    launcher.setAttribute('aria-expanded', String(open));
    shell.classList.toggle('open', open);
    screen.fit();
    if (open) {
      said.toEnd();
      (screen.roomy() ? writing.input : closeButton).focus({ preventScroll: true });
      setUnread(0);
      inviting.hide();
    } else {
      said.undivide();
      const own = !cameFrom || cameFrom === host || cameFrom === document.body;
      (own ? launcher : cameFrom).focus({ preventScroll: true });
    }
    act.toggled(open);
  }

  function setUnread(count) {
    unread = count;
    badge.hidden = unread === 0;
    badge.textContent = unread > 9 ? `${number(9)}+` : number(unread);
    nameLauncher();
    inTitle();
    act.unread(unread);
  }

  const inTitle = () => notify.count(document.hidden ? unread : 0);
  document.addEventListener('visibilitychange', inTitle);

  // What was said while nobody looked: counted, and marked where it begins.
  function missed(id, events) {
    if (!events.length) return;
    said.divide(id, events[0].no);
    setUnread(unread + events.length);
  }

  function nameLauncher() {
    const text = settings.launcher && settings.launcher !== 'icon' ? settings.launcher : '';
    launcherText.textContent = text;
    launcher.classList.toggle('wide', Boolean(text));
    const name = text || t('launcher');
    launcher.setAttribute('aria-label', unread ? `${name}. ${fill('unread', { n: number(unread) })}` : name);
  }

  function speak(given, dir, lang) {
    say.speak(given, lang);
    shell.dir = dir || 'ltr';
    shell.lang = say.language();
    closeButton.setAttribute('aria-label', t('close'));
    person.lastChild.textContent = t('person');
    again.textContent = t('again');
    for (const piece of [said, writing, menu, inviting, giver]) piece.speak();
    nameLauncher();
    showOwner();
    showQueue(queued);
  }

  function showOwner() {
    const { phase, agent } = conversation || {};
    const names = { bot: t('assistant'), queue: t('waiting'), agent: agent?.name || t('agent') };
    const now = phase === 'closed' ? t('closed') : names[conversation?.owner] || t('assistant');
    if (owner.textContent !== now) owner.textContent = now;
    said.own.shown(withPeople());
    person.hidden = !conversation || conversation.owner !== 'bot' || phase === 'closed';
    again.hidden = phase !== 'closed';
    if (conversation?.owner !== 'queue') showQueue(null);
    askRating(phase === 'resolved' && !rated && keep.get('unrated') !== conversation.id);
  }

  function askRating(wanted) {
    if (!wanted) asking.replaceChildren();
    else if (!asking.firstChild) {
      const { id } = conversation;
      asking.append(ratingForm(say, (score, comment) => {
        rated = true;
        act.rate(score, comment);
        showOwner();
        writing.input.focus();
      }, () => {
        keep.set('unrated', id);
        showOwner();
        writing.input.focus();
      }));
    }
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

  return {
    host, paint, speak, toggle, setUnread, missed,
    isOpen: () => open,
    invite: inviting.show,
    inviting: () => !inviting.hidden(),
    name: (text) => { title.textContent = text; },
    // What the site's owner set on the server holds where the tag says nothing.
    look: (look) => {
      for (const [key, value] of Object.entries(look)) {
        const name = key.replace(/_(\w)/g, (all, letter) => letter.toUpperCase());
        settings[name] = settings[name] || value;
      }
      paint();
      nameLauncher();
    },
    // Shows events; what others said while nobody looked is counted.
    events: (answer) => {
      const id = answer.conversation?.id;
      const events = answer.events || [];
      if (id && id !== conversation?.id) rated = false;
      if (events.some((e) => e.status === 'rated')) rated = true;
      if (id) conversation = answer.conversation;
      said.own.read(answer.read);
      showOwner();
      const fresh = said.events(id, events);
      if (!fresh.length || (open && !document.hidden)) return;
      missed(id, fresh);
      notify.ring(`${id}/${fresh.at(-1).no}`);
    },
    queue: showQueue,
    read: said.own.read,
    types: said.typesNow,
    pending: (item) => said.pending(item, conversation?.owner === 'bot' && conversation?.phase !== 'closed'),
    settle: said.settle,
    waiting: said.waiting,
    progress: said.progress,
    refused: said.refused,
    line: (text, retry) => {
      line.replaceChildren(...(text ? [text, ...(retry ? [' ', h('button', { type: 'button', class: 'retry', onclick: retry }, t('retry'))] : [])] : []));
      line.hidden = !text;
    },
    empty: () => {
      said.empty();
      conversation = null;
      rated = false;
      setUnread(0);
      showOwner();
    },
  };
}
