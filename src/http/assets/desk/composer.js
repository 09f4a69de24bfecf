// Writing: an answer to the visitor, or a note. What is half typed is kept, and never swapped away.

function kindChanged() {
  const composer = document.getElementById('composer');
  if (!composer) return;
  const kind = composer.elements.kind.value;
  const text = document.getElementById('text');
  const maySay = document.getElementById('standing').hasAttribute('data-can-say');
  text.placeholder = text.dataset[kind];
  composer.classList.toggle('noting', kind === 'note');
  composer.querySelector('button.main').disabled = kind === 'say' && !maySay;
}

// A value that a ready answer left open.
const GAP = /\{\{[^{}]*\}\}/;

onPage('#composer', (composer) => {
  const text = document.getElementById('text');
  const error = composer.querySelector('.error');
  const button = composer.querySelector('button.main');
  const id = composer.dataset.conversation;
  const api = `/api/agent/conversations/${id}`;
  const kind = () => composer.elements.kind.value;
  const draft = readDraft(id);
  let seen = draft?.seen || 0; // the last event when the draft began
  let sending = draft?.sending || null; // the id of what is being sent, kept over a failure and a reload so that a retry is not a second message
  let warned = new Set(); // what the agent was warned of and sends all the same

  const last = () => Number(document.getElementById('transcript').dataset.last);
  const keep = () => keepDraft(id, { kind: kind(), text: text.value, seen, sending });
  const grow = () => {
    text.dir = text.value ? 'auto' : ''; // the placeholder runs as the page does
    text.style.height = 'auto';
    text.style.height = `${Math.min(text.scrollHeight + 2, 220)}px`;
  };
  const selectGap = (from = 0) => {
    const gap = GAP.exec(text.value.slice(from));
    if (gap) text.setSelectionRange(from + gap.index, from + gap.index + gap[0].length);
  };

  let replies = null;
  const complete = completion(text, [
    {
      pattern: /(?:^|\s)\/([^\s/]{0,40})$/,
      enabled: () => true,
      none: texts.no_reply,
      items: () => (replies ||= send('GET', `${api}/replies`).then((answer) => answer.replies, () => [])),
      insert: (reply) => reply.text,
      chosen: (reply, start) => { if (reply.missing.length) setTimeout(() => selectGap(start)); },
    },
    {
      pattern: /(?:^|[\s(])@([^@\n]{0,40})$/,
      enabled: () => kind() === 'note',
      items: async () => JSON.parse(composer.dataset.colleagues).map((name) => ({ name })),
      insert: (colleague) => `@${colleague.name} `,
    },
  ]);
  document.getElementById('ready').addEventListener('click', () => {
    text.focus();
    if (!/(^|\s)\/$/.test(text.value)) text.setRangeText(text.value && !/\s$/.test(text.value) ? ' /' : '/', text.value.length, text.value.length, 'end');
    complete.look();
  });

  document.getElementById('link').addEventListener('click', async () => {
    try {
      const { url } = await send('POST', `${api}/link`, {});
      text.focus();
      text.setRangeText(text.value && !/\s$/.test(text.value) ? ` ${url} ` : `${url} `, text.value.length, text.value.length, 'end');
      text.dispatchEvent(new Event('input', { bubbles: true }));
    } catch (error) {
      composer.querySelector('.error').textContent = error.message;
    }
  });

  const suggested = document.getElementById('suggested');
  suggested.addEventListener('click', (event) => {
    const chosen = event.target.closest('[data-insert]');
    if (!chosen) return;
    composer.elements.kind.value = 'say';
    text.value = chosen.dataset.insert;
    kindChanged();
    text.focus();
    text.dispatchEvent(new Event('input'));
  });

  text.addEventListener('input', () => {
    if (!text.value || !seen) seen = last();
    warned = new Set();
    sending = null;
    error.textContent = '';
    keep();
    grow();
    writing(id, text.value.trim() ? kind() : null);
  });
  text.addEventListener('keydown', (event) => {
    if (complete.key(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });
  composer.addEventListener('change', () => {
    kindChanged();
    keep();
    if (written.kind) writing(id, kind());
  });

  // What may be a mistake is said once; whoever sends again means it.
  const doubt = (code, sentence) => {
    if (warned.has(code)) return false;
    warned.add(code);
    error.textContent = sentence;
    return true;
  };

  composer.addEventListener('submit', async (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (!words || button.disabled) return;
    const how = kind();
    const gap = how === 'say' && GAP.exec(words);
    if (gap && doubt('gap', say('gap', { gap: gap[0] }))) { selectGap(); return; }
    sending ||= Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');
    keep();
    error.textContent = '';
    button.disabled = true;
    text.readOnly = true;
    try {
      const data = { text: words };
      if (how === 'say') data.client_id = sending;
      if (how === 'say' && seen && !warned.has('answered_meanwhile')) data.seen = seen;
      await send('POST', `${api}/${how}`, data);
      sending = null;
      seen = 0;
      warned = new Set();
      text.value = '';
      keep();
      grow();
      writing(id, null);
      const log = document.getElementById('transcript');
      log.scrollTop = log.scrollHeight;
    } catch (failure) {
      error.textContent = failure.message;
      if (failure.code === 'answered_meanwhile') warned.add(failure.code);
    }
    text.readOnly = false;
    button.disabled = false;
    text.focus();
    await conversationChanged();
    kindChanged();
  });

  if (draft) {
    composer.elements.kind.value = draft.kind;
    text.value = draft.text;
  }
  grow();
  kindChanged();
  if (roomy()) text.focus({ preventScroll: true });
  return () => writing(id, null);
});
