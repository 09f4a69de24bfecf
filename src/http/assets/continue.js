// The page of a link by which a conversation goes on elsewhere. The code stands behind the # of the address; it is taken from there
// so that it stays in no history of the browser.
(async () => {
  const at = (id) => document.getElementById(id);
  const code = location.hash.slice(1);
  history.replaceState(null, '', location.pathname + location.search);

  async function ask(path, token) {
    const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify({ code }), credentials: 'omit' });
    if (!response.ok) throw new Error(response.status);
    return response.json();
  }

  function over() {
    at('over').hidden = false;
    at('ways').hidden = true;
    at('about').hidden = true;
  }

  let ways;
  try {
    ways = await ask('/api/continue');
  } catch {
    over();
    return;
  }
  const sentence = at('continue').dataset.in;
  at('apps').replaceChildren(...ways.apps.map(({ app, url }) => {
    const link = document.createElement('a');
    link.href = url;
    link.rel = 'noreferrer';
    link.textContent = sentence.replace('{app}', app);
    const item = document.createElement('li');
    item.append(link);
    return item;
  }));
  at('qr').src = `data:image/svg+xml,${encodeURIComponent(ways.qr || '')}`;
  at('code').textContent = code;
  at('ways').hidden = false;

  at('here').addEventListener('click', async () => {
    // Where the chat of this site keeps who its visitor is.
    const key = `frontdesk:${ways.site}:token`;
    try {
      const answer = await ask('/api/continue/here', localStorage.getItem(key));
      if (answer.token) localStorage.setItem(key, answer.token);
      location.assign(`/chat/${encodeURIComponent(answer.site)}`);
    } catch {
      over();
    }
  });
})();
