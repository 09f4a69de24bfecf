// Where the widget begins: reads its tag, joins wire and view, and answers the page's commands.

function main() {
  // A second tag, or a page swapped under a running widget, must not draw a second launcher.
  if (window.frontdesk?.loaded) return;
  // A tag manager leaves no current script; then the tag is known by its address.
  const tag = document.currentScript || document.querySelector('script[src*="/widget.js"]');
  const base = new URL('.', tag?.src || location.href).href;
  const data = tag?.dataset || {};
  const site = data.site || (SITE.named ? SITE.id : '');
  const wanted = () => data.lang || document.documentElement.lang || navigator.language || 'en';
  let language = wanted();
  const launchLabels = (lang) => {
    for (let l = lang.toLowerCase(); l; l = l.slice(0, Math.max(0, l.lastIndexOf('-')))) if (LABELS[l]) return [l, LABELS[l]];
    return ['en', LABELS.en];
  };
  const settings = { ...data, base, language };
  const wholePage = settings.mode === 'page'; // nothing to open, nothing to close
  if (wholePage) settings.launcher = 'none';
  const keep = keeper(`frontdesk:${site}:`);
  const listeners = {};
  const tell = (name, detail) => {
    for (const f of listeners[name] || []) try { f(detail); } catch (error) { console.error(error); }
    window.dispatchEvent(new CustomEvent(`frontdesk:${name}`, { detail }));
  };
  const page = () => ({ url: location.origin + location.pathname, title: document.title, referrer: document.referrer.split(/[?#]/)[0] });

  let joined = false; // whether there is a conversation to show
  let typed = 0; // when the visitor's typing was last told
  let broken = false; // whether the line is lost
  let word = null; // the last word of an agent that this tab has
  let live = false; // whether it goes on
  let invite; // the invitation that was accepted, until a conversation has begun
  let furthest = { id: '', no: 0 }; // the last word of somebody else that this tab has
  const seen = () => { const [id, no] = (keep.get('seen') || '/0').split('/'); return { id, no: Number(no) }; };
  const markSeen = () => {
    if (furthest.id && ui.isOpen() && !document.hidden) {
      keep.set('seen', `${furthest.id}/${furthest.no}`);
      ui.setUnread(0);
    }
    if (word) receipts.at(word, ui.isOpen() && !document.hidden);
  };

  const receipts = teller((how) => net.hint('receipts', how));
  const send = (item) => {
    ui.pending(item);
    net.send(item);
  };
  const ui = view(settings, launchLabels(language)[1], keep, {
    send: (text) => send({ id: newId(), path: 'api/visitor/messages', body: { text }, label: text }),
    press: (no, option, label) => send({ id: newId(), path: 'api/visitor/press', body: { event: no, option }, label, press: true }),
    file: (file) => {
      const item = { id: newId(), path: 'api/visitor/files', file, label: file.name };
      if (file.size <= FILE_BYTES_MAX) { send(item); return; }
      ui.pending(item);
      ui.refused(item, 'file_too_large');
    },
    fetched: (id, no) => net.file(id, no),
    retry: send,
    again: () => begin(true),
    rate: (score, comment) => net.send({ id: newId(), path: 'api/visitor/rate', body: { score, comment } }),
    end: () => net.send({ id: newId(), path: 'api/visitor/end', body: {} }),
    transcript: async () => {
      try {
        save(await net.transcript(language), `${new Date().toISOString().slice(0, 10)}.txt`);
      } catch {
        ui.line(launchLabels(language)[1].offline, net.tryNow);
      }
    },
    elsewhere: async () => {
      try {
        const { url } = await net.link();
        open(url) || location.assign(url);
      } catch {
        ui.line(launchLabels(language)[1].offline, net.tryNow);
      }
    },
    typing: () => {
      if (Date.now() - typed < 3000) return;
      typed = Date.now();
      net.hint('typing').catch(() => {});
    },
    toggled: (open) => {
      if (open) { if (!joined || invite) begin(true); markSeen(); }
      tell(open ? 'open' : 'close');
    },
    unread: (count) => tell('unread', count),
  });

  // What was shown belongs to somebody else.
  const anew = () => {
    joined = false;
    live = false;
    furthest = { id: '', no: 0 };
    word = null;
    ui.empty();
  };
  const who = introductions(() => { if (net.known() || ui.isOpen()) begin(ui.isOpen()); });
  const form = questions(ui.host, keep, () => begin(true));
  const net = wire(base, site, keep, () => ({ page: page(), ...who.about(), ...form.about(), invite }), {
    anew: () => {
      anew();
      for (const item of net.pending()) if (item.label) ui.pending(item);
    },
    session: (answer) => {
      for (const note of answer.notes || []) console.warn(`frontdesk: ${note}`);
      if ('verified' in answer) tell('identified', { verified: answer.verified });
      ui.look(answer.site?.look || {});
      ui.name(answer.site?.title || '');
      ui.speak(answer.texts, answer.dir, answer.language || language);
      form.show(answer.ask_first, (key) => answer.texts[key]);
      if (answer.conversation) invite = undefined;
    },
    events: (answer) => {
      const id = answer.conversation?.id;
      if (id) {
        joined = true;
        live = answer.conversation.phase !== 'closed';
      }
      const others = (answer.events || []).filter((e) => e.type === 'bot' || e.type === 'agent');
      const firstLook = furthest.id === '';
      const end = others.at(-1);
      const said = others.findLast((e) => e.type === 'agent');
      if (said && (id !== word?.id || said.no > word.no)) word = { id, no: said.no };
      if (end && (id !== furthest.id || end.no > furthest.no)) furthest = { id, no: end.no };
      ui.events(answer);
      if (firstLook && end) {
        const known = seen();
        if (known.id === id) ui.missed(id, others.filter((e) => e.no > known.no));
      }
      markSeen();
      for (const e of firstLook ? [] : others) tell('message', { text: e.text || e.file?.name || '', from: e.type });
    },
    queue: ui.queue,
    read: ui.read,
    types: ui.types,
    sent: (item) => ui.settle(item.id),
    waiting: ui.waiting,
    progress: ui.progress,
    refused: ui.refused,
    lost: (item) => { ui.pending(item); ui.refused(item, 'file_lost'); },
    line: (state) => {
      const lost = state === 'lost';
      if (broken && !lost) receipts.again();
      broken = lost;
      ui.line(lost ? launchLabels(language)[1].offline : '', net.tryNow);
    },
  });

  // Opening asks for the session once; what fails is tried again until it works or the panel is closed.
  let beginning = false;
  let more = null; // what was asked for meanwhile
  async function begin(greet) {
    if (beginning) { more = more || greet; return; }
    beginning = true;
    more = null;
    for (let failures = 0; ; failures += 1) {
      try {
        await net.start(greet, language);
        ui.line('');
        break;
      } catch (error) {
        // The server will not have this page or does not know its site: a chat that cannot work is not shown. Its owner reads why.
        if (error.status === 403 || error.status === 404) {
          console.error(`frontdesk: ${error.message} (${location.origin})`);
          ui.toggle(false);
          ui.host.remove();
          return;
        }
        // A page may name its language in a way that is no tag; then ours that comes next to it.
        const [found] = launchLabels(language);
        if (error.code === 'bad_language' && language !== found) { language = found; continue; }
        ui.line(launchLabels(language)[1].offline, net.tryNow);
        if (!ui.isOpen()) break;
        await net.pause(failures);
      }
    }
    beginning = false;
    net.flush();
    if (more !== null) begin(more);
  }

  const locale = (lang) => {
    language = String(lang || wanted());
    const [found, labels] = launchLabels(language);
    ui.speak(labels, found === 'fa' ? 'rtl' : 'ltr', found);
    if (net.known()) begin(false);
  };
  const launcher = (hidden) => {
    const button = ui.host.shadowRoot.querySelector('.launcher');
    if (button) button.hidden = hidden;
  };
  const commands = {
    open: () => ui.toggle(true),
    close: () => ui.toggle(wholePage),
    toggle: () => ui.toggle(wholePage || !ui.isOpen()),
    hide: () => launcher(true),
    show: () => launcher(false),
    identify: who.identify,
    attributes: who.attributes,
    reset: () => {
      who.forget();
      form.forget();
      net.signOut();
      anew();
      if (ui.isOpen()) begin(true);
    },
    locale,
    theme: ui.paint,
    on: (name, f) => {
      (listeners[name] ||= []).push(f);
      if (name === 'ready') f();
    },
  };
  const run = (name, ...rest) => {
    if (Object.hasOwn(commands, name)) commands[name](...rest);
    else console.warn(`frontdesk: there is no command "${name}"; there are ${Object.keys(commands).join(', ')}`);
  };

  const early = window.frontdesk?.q || [];
  window.frontdesk = (...given) => run(...given);
  window.frontdesk.loaded = true;

  const [found, labels] = launchLabels(language);
  ui.speak(labels, found === 'fa' ? 'rtl' : 'ltr', found);
  // A script knows one site. The chat of another works, but nobody knows its look and its invitations before it is opened.
  if (site && site !== SITE.id) console.warn(`frontdesk: this script is of the site "${SITE.id}"; for "${site}", load widget.js?site=${encodeURIComponent(site)}`);
  else ui.look(SITE.look);
  // Beside the body, not in it, so that pages which swap their body keep the widget.
  document.documentElement.append(ui.host);
  ui.paint();

  addEventListener('storage', ({ key }) => {
    if (keep.owns(key) && net.follow(keep.get('token'))) {
      anew();
      for (const item of net.pending()) if (item.label) ui.pending(item);
      if (net.known()) begin(false);
      else who.forget();
    } else if (key?.endsWith(':seen') && seen().id === furthest.id && seen().no >= furthest.no) {
      ui.setUnread(0);
    }
  });
  document.addEventListener('visibilitychange', markSeen);

  for (const item of net.pending()) if (item.label) ui.pending(item);
  // A visitor who was here before hears what was said meanwhile; a stranger costs nothing until the panel is opened.
  if (net.known()) begin(false);
  else if (settings.greeting && !keep.get('greeted')) ui.invite(settings.greeting, () => keep.set('greeted', '1'));
  if (settings.invites && settings.launcher !== 'none') {
    net.invites(language).then((rules) => invitations(keep, rules,
      () => !ui.isOpen() && !live && (joined || !net.known()) && !ui.inviting(), ui.invite, (name) => { invite = name; }));
  }
  if (wholePage) {
    ui.host.shadowRoot.querySelector('.shell').classList.add('page');
    ui.toggle(true);
  }
  for (const given of early) run(...given);
  window.dispatchEvent(new CustomEvent('frontdesk:ready'));
}

main();
