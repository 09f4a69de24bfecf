// The open conversation: what is new in it is fetched and put where it belongs.

const conversation = () => document.getElementById('conversation');

const conversationChanged = single(async () => {
  const open = conversation();
  if (!open) return;
  const log = document.getElementById('transcript');
  const fresh = document.createElement('template');
  fresh.innerHTML = await fragment(`${open.dataset.fragment}?after=${log.dataset.last}`);
  const part = (id) => fresh.content.getElementById(id);
  await released;
  if (open !== conversation()) return; // another page came meanwhile
  put(document.getElementById('head'), part('head').innerHTML);
  const card = document.getElementById('card');
  put(card.querySelector('.inside'), part('card').querySelector('.inside').innerHTML);
  card.querySelector('summary').textContent = part('card').querySelector('summary').textContent;
  newLines(log, part('transcript'));
  put(document.getElementById('suggested'), part('suggested').innerHTML);
  document.getElementById('head').toggleAttribute('data-mentioned', part('head').hasAttribute('data-mentioned'));
  seeMentions();
  const standing = document.getElementById('standing');
  put(standing, part('standing').innerHTML);
  standing.toggleAttribute('data-can-say', part('standing').hasAttribute('data-can-say'));
  kindChanged();
});

function newLines(log, fresh) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  for (const line of Array.from(fresh.children)) {
    const old = document.getElementById(line.id);
    times(line);
    if (!old) log.append(line);
    else if (old.textContent !== line.textContent || old.className !== line.className) {
      line.querySelector('details.why')?.toggleAttribute('open', Boolean(old.querySelector('details.why')?.open));
      old.replaceWith(line);
    }
  }
  days(log);
  log.dataset.last = fresh.dataset.last;
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// A line between days, by the agent's own calendar; today and yesterday by their names.
const dayName = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const near = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
function days(log) {
  for (const old of log.querySelectorAll('.day')) old.remove();
  let before = null;
  for (const line of Array.from(log.children)) {
    const at = new Date(line.querySelector('time')?.dateTime || NaN);
    if (Number.isNaN(at.getTime()) || at.toDateString() === before) continue;
    before = at.toDateString();
    const ago = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86400000);
    const separator = document.createElement('li');
    separator.className = 'day';
    const words = document.createElement('span');
    words.textContent = ago === 0 || ago === 1 ? near.format(-ago, 'day') : dayName.format(at);
    separator.append(words);
    line.before(separator);
  }
}

// Notes that name this agent are seen once the page is before their eyes.
function seeMentions() {
  if (!document.getElementById('head')?.hasAttribute('data-mentioned') || !document.hasFocus()) return;
  document.getElementById('head').removeAttribute('data-mentioned');
  send('POST', `/api/agent/conversations/${conversation().dataset.id}/mentions/seen`).then(inboxChanged, () => {});
}
addEventListener('focus', () => seeMentions());

onPage('#conversation', () => {
  const log = document.getElementById('transcript');
  days(log);
  const marked = location.hash.startsWith('#e') && document.getElementById(location.hash.slice(1));
  if (marked) {
    location.replace(location.hash); // a page that was changed in place has no target before, and the line no mark
    marked.scrollIntoView({ block: 'center' });
  } else log.scrollTop = log.scrollHeight;
  seeMentions();
  // On a small screen the card begins folded: the transcript comes first.
  if (!roomy()) document.querySelector('#card details').open = false;
});

// A link to a line also opens what is folded under it.
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('.tried a[href^="#e"]');
  if (link) document.getElementById(link.hash.slice(1))?.querySelector('details.why')?.setAttribute('open', '');
});
