// Who the visitor is and what else the page tells of them. Kept in memory only: the page says it again on every view.
// `changed` is called once after whatever the page says in one go.

function introductions(changed) {
  let identity = null;
  let attributes = {};
  let timer = 0;
  const soon = (before, now) => {
    if (JSON.stringify(before) === JSON.stringify(now)) return;
    clearTimeout(timer);
    timer = setTimeout(changed);
  };
  const text = (value) => (value === undefined || value === null ? undefined : String(value));
  return {
    about: () => ({ ...(identity && { identity }), attributes }),
    identify: (given) => {
      const before = identity;
      identity = given && { id: text(given.id), hash: text(given.hash), name: text(given.name), email: text(given.email) };
      soon(before, identity);
    },
    attributes: (given) => {
      const before = attributes;
      attributes = { ...attributes, ...given };
      soon(before, attributes);
    },
    forget: () => { identity = null; attributes = {}; },
  };
}
