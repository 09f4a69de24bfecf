// A word beside the closed launcher: the owner's greeting, or whatever else invites. It stands over the page, so that nothing
// moves; a press opens the chat, and whoever closes it does not see it again.

function teaser(say, open) {
  let gone = () => {};
  const words = h('button', { type: 'button', class: 'words', dir: 'auto', onclick: () => { hide('taken'); open(); } });
  const close = h('button', { type: 'button', class: 'icon', onclick: () => hide('closed') }, icon(ICONS.close));
  const box = h('div', { class: 'teaser', hidden: true, role: 'group' });
  function hide(how) {
    if (box.hidden) return;
    box.hidden = true;
    gone(how);
  }
  return {
    box, hide: () => hide(),
    hidden: () => box.hidden,
    // `then` is told when it was `taken` or `closed`, or is gone because the chat was opened.
    show: (text, then) => {
      gone = then;
      words.textContent = text;
      box.replaceChildren(words, close);
      box.hidden = false;
    },
    speak: () => {
      close.setAttribute('aria-label', say.t('dismiss'));
      box.setAttribute('aria-label', say.t('launcher'));
    },
  };
}
