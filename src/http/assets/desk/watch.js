// Who else has the conversation open and writes in it, and that this agent does. Hints come and go: what nobody says again is over
// after a while. So it is said again while somebody writes, also where one hint is lost.

const WRITING_EVERY = 3000;
const WRITING_OVER = 8000;
const WRITING_PAUSE = 30000; // whoever thinks for longer does not write any more
const written = { conversation: '', kind: null, key: 0, told: 0, timer: 0 };

// This agent writes an answer or a note here, or has stopped.
function writing(conversation, kind) {
  const anew = kind !== written.kind;
  Object.assign(written, { conversation, kind, key: Date.now() });
  if (anew) tellWriting();
}

// Tells colleagues, and the visitor while keys are pressed.
function tellWriting() {
  const { conversation, kind } = written;
  const typing = kind === 'say' && written.key > written.told;
  written.told = Date.now();
  clearTimeout(written.timer);
  if (kind) written.timer = setTimeout(() => {
    if (Date.now() - written.key > WRITING_PAUSE) written.kind = null;
    tellWriting();
  }, WRITING_EVERY);
  send('POST', `/api/agent/conversations/${conversation}/composing`, { kind, typing }).catch(() => {}); // only a hint
}

// A stream is there (again): what was said before it, nobody heard.
function writingUnheard() {
  if (written.kind) tellWriting();
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
