// Who else has the conversation open and writes in it. Hints come and go: what nobody says again is over after a while.

const WRITING_EVERY = 3000;
const WRITING_OVER = 8000;
let told = { kind: null, at: 0 };

// Tells colleagues that this agent writes an answer or a note here, or has stopped.
function writing(conversation, kind) {
  if (kind === told.kind && (!kind || Date.now() - told.at < WRITING_EVERY)) return;
  told = { kind, at: Date.now() };
  send('POST', `/api/agent/conversations/${conversation}/composing`, { kind }).catch(() => {}); // only a hint
}

function watchersChanged(others) {
  const place = document.getElementById('watchers');
  if (!place) return;
  clearTimeout(watchersChanged.timer);
  const busy = others.find((other) => other.writing);
  const names = others.map((other) => other.name).join(', ');
  place.textContent = busy ? say(busy.writing === 'note' ? 'noting' : 'writing', { name: busy.name }) : names && say('watching', { names });
  place.classList.toggle('busy', Boolean(busy));
  if (busy) watchersChanged.timer = setTimeout(() => watchersChanged(others.map(({ name }) => ({ name }))), WRITING_OVER);
}
onPage('#conversation', () => () => clearTimeout(watchersChanged.timer));
