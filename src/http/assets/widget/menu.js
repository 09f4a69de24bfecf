// The panel's menu: what is wanted seldom. Every entry is [key of its text, what it does, whether it is to be had now, whether it
// is a switch that is on].

function panelMenu(say, entries) {
  const list = h('div', { class: 'menu', id: 'menu', hidden: true, role: 'group' });
  const button = h('button', { class: 'icon', type: 'button', 'aria-expanded': 'false', 'aria-controls': 'menu', onclick: () => show(list.hidden) }, icon(ICONS.more));

  function show(to) {
    if (to) {
      list.replaceChildren(...entries.filter(([, , offered]) => offered()).map(([key, act, , on]) => h('button', {
        type: 'button', role: on && 'switch', 'aria-checked': on && String(on()),
        onclick: () => { show(false); button.focus(); act(); },
      }, say.t(key))));
    }
    list.hidden = !to;
    button.setAttribute('aria-expanded', String(to));
    if (to) list.firstChild?.focus();
  }

  list.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape') {
      show(false);
      button.focus();
    } else if (step) {
      const all = [...list.children];
      all.at((all.indexOf(event.target) + step) % all.length).focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    button, list,
    // A press anywhere else closes it.
    leave: (event) => { if (!list.hidden && !event.composedPath().some((e) => e === list || e === button)) show(false); },
    speak: () => {
      button.setAttribute('aria-label', say.t('menu'));
      list.setAttribute('aria-label', say.t('menu'));
      show(false);
    },
  };
}
