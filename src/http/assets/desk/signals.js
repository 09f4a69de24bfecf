// What the desk and a visitor tell each other besides words, for the open conversation: how far the visitor is stands beside
// the agent's lines, and how far the agent is goes out; that the visitor types is shown while it lasts.

const TYPES_FOR = 6000; // a hint of typing lasts so long

let signal = () => {}; // what the live stream says of the page's conversation

onPage('#conversation', (open) => {
  const log = document.getElementById('transcript');
  const typing = document.getElementById('typing');
  const api = `/api/agent/conversations/${open.dataset.id}`;
  const left = new AbortController();

  // How far the visitor is.
  let delivered = 0;
  let seen = 0;
  const label = () => {
    for (const line of log.querySelectorAll('.line.agent')) {
      const by = line.querySelector('.by'); // a style sheet reads an attribute only of the element that it adds to
      const no = Number(line.id.slice(1));
      const state = typing.dataset[no <= seen ? 'seen' : no <= delivered ? 'delivered' : 'sent'];
      if (by.dataset.state !== state) by.dataset.state = state;
    }
  };

  // How far the agent is.
  let told = 0;
  const tellRead = async () => {
    const last = Number(log.dataset.last);
    if (document.hidden || !(last > told)) return;
    const before = told;
    told = last;
    try { await send('POST', `${api}/read`, { read: last }); } catch { told = before; }
  };

  // Who types.
  let timer;
  const visitorTypes = (is) => {
    clearTimeout(timer);
    const text = is ? typing.dataset.typing : '';
    if (typing.textContent !== text) typing.textContent = text;
    if (is) timer = setTimeout(visitorTypes, TYPES_FOR, false);
  };

  signal = (heard) => {
    if (heard.id !== open.dataset.id) return;
    if (heard.typing) visitorTypes(true);
    if ('seen' in heard) {
      ({ delivered, seen } = heard);
      label();
      tellRead(); // the stream is (again) there
    }
  };
  document.addEventListener('visibilitychange', tellRead, { signal: left.signal });
  const watch = new MutationObserver((changes) => {
    label();
    tellRead();
    const words = changes.flatMap((change) => Array.from(change.addedNodes));
    if (words.some((node) => node.classList?.contains('visitor'))) visitorTypes(false);
  });
  watch.observe(log, { childList: true, attributes: true, attributeFilter: ['data-last'] });
  label();
  tellRead();
  return () => {
    left.abort();
    watch.disconnect();
    clearTimeout(timer);
    signal = () => {};
  };
});
