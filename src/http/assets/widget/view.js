// What the visitor sees: the launcher and the panel with what stands in it. It joins the pieces that show something.
// It knows nothing of the network; what the visitor does goes out through `act`.

function view(settings, labels, act) {
  const say = speech(settings.language, labels);
  const { t, fill, number } = say;
  let conversation = null;
  let open = false;
  let unread = 0;
  let queued = null;

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
  const person = h('button', { class: 'person', type: 'button', onclick: () => act.send(t('person')) }, icon(ICONS.person), h('span'));
  const again = h('button', { class: 'again', type: 'button', hidden: true, onclick: () => { act.again(); writing.input.focus(); } });
  const writing = composer(say, act.send);
  const withPeople = () => /queue|agent/.test(conversation?.owner);
  writing.input.addEventListener('input', () => { if (writing.input.value && withPeople()) act.typing(); });
  const panel = h('section', { id: 'panel', class: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: true },
    h('header', {}, h('div', { class: 'heads' }, h('h2', { id: 'title' }, title), owner), closeButton),
    said.log, h('footer', {}, said.types, line, place, again, person, writing.form));
  const giver = fileGiver(t, panel, act.file);
  writing.tools.append(...giver.field);
  const shell = h('div', { class: 'shell' }, panel, settings.launcher === 'none' ? null : launcher);
  root.append(shell);
  const screen = phoneScreen(panel, () => open);

  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) { event.stopPropagation(); toggle(false); }
  });

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
    screen.fit();
    if (open) {
      said.toEnd();
      (screen.roomy() ? writing.input : closeButton).focus({ preventScroll: true });
      setUnread(0);
    } else {
      launcher.focus({ preventScroll: true });
    }
    act.toggled(open);
  }

  function setUnread(count) {
    unread = count;
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
    say.speak(given, lang);
    shell.dir = dir || 'ltr';
    shell.lang = say.language();
    closeButton.setAttribute('aria-label', t('close'));
    person.lastChild.textContent = t('person');
    again.textContent = t('again');
    said.speak();
    writing.speak();
    giver.speak();
    nameLauncher();
    showOwner();
    showQueue(queued);
  }

  function showOwner() {
    const names = { bot: t('assistant'), queue: t('waiting'), agent: conversation?.agent?.name || t('agent') };
    const over = conversation?.phase === 'closed' || conversation?.phase === 'resolved';
    const now = conversation?.phase === 'closed' ? t('closed') : names[conversation?.owner] || t('assistant');
    if (owner.textContent !== now) owner.textContent = now;
    said.own.shown(withPeople());
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

  return {
    host, paint, speak, toggle, setUnread,
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
      said.own.read(answer.read);
      showOwner();
      const fresh = said.events(answer.conversation?.id, answer.events || []);
      if (fresh && (!open || document.hidden)) setUnread(unread + fresh);
    },
    queue: showQueue,
    read: said.own.read,
    types: said.typesNow,
    pending: (item) => said.pending(item, conversation?.owner === 'bot' && conversation?.phase !== 'closed'),
    settle: said.settle,
    waiting: said.waiting,
    refused: said.refused,
    line: (text, retry) => {
      line.replaceChildren(...(text ? [text, ...(retry ? [' ', h('button', { type: 'button', class: 'retry', onclick: retry }, t('retry'))] : [])] : []));
      line.hidden = !text;
    },
    empty: () => {
      said.empty();
      conversation = null;
      setUnread(0);
      showOwner();
    },
  };
}
