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
  const standing = document.getElementById('standing');
  standing.textContent = part('standing').textContent;
  standing.toggleAttribute('data-can-say', part('standing').hasAttribute('data-can-say'));
  kindChanged();
});

function newLines(log, fresh) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  for (const line of Array.from(fresh.children)) {
    const old = document.getElementById(line.id);
    times(line);
    if (!old) log.append(line);
    else if (old.textContent !== line.textContent || old.className !== line.className) old.replaceWith(line);
  }
  log.dataset.last = fresh.dataset.last;
  if (atEnd) log.scrollTop = log.scrollHeight;
}

onPage('#conversation', () => {
  const log = document.getElementById('transcript');
  log.scrollTop = log.scrollHeight;
  // On a small screen the card begins folded: the transcript comes first.
  if (!roomy()) document.querySelector('#card details').open = false;
});
