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

onPage('#composer', (composer) => {
  const text = document.getElementById('text');
  const error = composer.querySelector('.error');
  const button = composer.querySelector('button.main');
  const key = `frontdesk:draft:${composer.dataset.conversation}`;
  // The draft is kept with its kind: a half-typed note must not come back as an answer to the visitor.
  const keep = () => {
    try {
      if (text.value) sessionStorage.setItem(key, JSON.stringify([composer.elements.kind.value, text.value]));
      else sessionStorage.removeItem(key);
    } catch { /* kept on the page */ }
  };
  try { [composer.elements.kind.value, text.value] = JSON.parse(sessionStorage.getItem(key)) || ['say', '']; } catch { /* no draft */ }
  const grow = () => {
    text.dir = text.value ? 'auto' : ''; // the placeholder runs as the page does
    text.style.height = 'auto';
    text.style.height = `${Math.min(text.scrollHeight + 2, 220)}px`;
  };
  let sending = null; // the id of what is being sent, kept over a failure so that a retry is not a second message

  text.addEventListener('input', () => { keep(); sending = null; grow(); });
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });
  composer.addEventListener('change', () => { kindChanged(); keep(); });
  composer.addEventListener('submit', async (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (!words || button.disabled) return;
    const kind = composer.elements.kind.value;
    sending ||= Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');
    error.textContent = '';
    button.disabled = true;
    text.readOnly = true;
    try {
      const data = kind === 'say' ? { text: words, client_id: sending } : { text: words };
      await send('POST', `/api/agent/conversations/${composer.dataset.conversation}/${kind}`, data);
      sending = null;
      text.value = '';
      keep();
      grow();
      const log = document.getElementById('transcript');
      log.scrollTop = log.scrollHeight;
    } catch (failure) {
      error.textContent = failure.message;
    }
    text.readOnly = false;
    button.disabled = false;
    text.focus();
    await conversationChanged();
    kindChanged();
  });
  grow();
  kindChanged();
  if (roomy()) text.focus({ preventScroll: true });
});
