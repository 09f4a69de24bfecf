// What flows besides words: what became of the visitor's own last message, how far the visitor has read, and who types.

// The line under the visitor's last message, while people answer. It is read with the message, not announced by itself.
function fate(t) {
  const label = h('span', { class: 'fate', 'aria-live': 'off' });
  let no = 0;
  let read = 0;
  const show = () => { label.textContent = t(no <= read ? 'seen' : 'sent'); };
  return {
    of: (node, its) => { no = its; node.append(label); show(); },
    read: (to) => { read = to; show(); },
    shown: (on) => { label.hidden = !on; },
  };
}

// Tells how far the visitor is with what people wrote, a moment later and only what is new; a broken line is told again.
function teller(tell) {
  let now = {};
  let told = '';
  let timer;
  const due = () => { clearTimeout(timer); timer = setTimeout(go, 300); };
  const go = () => {
    const text = JSON.stringify(now);
    if (text === told || !now.conversation) return;
    told = text;
    tell(now).catch(() => { told = ''; });
  };
  return {
    // `word` is the last of an agent; `looked` says whether the visitor sees it.
    at: (word, looked) => {
      now = { conversation: word.id, delivered: word.no, seen: looked ? word.no : 0 }; // the server goes back with nobody
      due();
    },
    again: () => { told = ''; due(); },
  };
}
