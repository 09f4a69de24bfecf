// Completion while somebody types: ready answers after a `/`, and in notes the names of colleagues after an `@`. The list is
// steered by the keys of the field, so that the focus never leaves it.

const texts = JSON.parse(body.dataset.texts || '{}');
const say = (name, values = {}) => Object.entries(values).reduce((text, [key, value]) => text.replaceAll(`{${key}}`, value), texts[name] || '');
const folded = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();
const SHOWN_MAX = 8;

function completion(text, sources) {
  const list = document.getElementById('complete');
  let found = null; // { start, items, source } while the list is open
  let at = 0;

  const close = () => {
    found = null;
    list.hidden = true;
    list.replaceChildren();
    text.removeAttribute('aria-activedescendant');
  };

  const mark = () => {
    Array.from(list.children).forEach((item, number) => item.setAttribute('aria-selected', String(number === at)));
    const item = list.children[at];
    if (item?.id) text.setAttribute('aria-activedescendant', item.id);
    item?.scrollIntoView({ block: 'nearest' });
  };

  const show = (next) => {
    found = next;
    at = 0;
    list.replaceChildren(...next.items.map((item, number) => {
      const row = document.createElement('li');
      row.role = 'option';
      row.id = `complete-${number}`;
      const name = document.createElement('strong');
      const more = document.createElement('span');
      name.textContent = item.name;
      more.textContent = item.text || '';
      name.dir = more.dir = 'auto';
      row.append(name, ' ', more);
      row.addEventListener('pointerdown', (event) => { event.preventDefault(); at = number; choose(); });
      return row;
    }));
    if (!next.items.length) {
      const none = document.createElement('li');
      none.role = 'option';
      none.ariaDisabled = 'true';
      none.textContent = next.source.none;
      list.append(none);
    }
    list.hidden = false;
    if (next.items.length) mark();
  };

  const choose = () => {
    const item = found?.items[at];
    if (!item) return close();
    const { start, source } = found;
    const end = text.selectionEnd;
    close();
    text.setRangeText(source.insert(item), start, end, 'end');
    source.chosen?.(item, start);
    text.dispatchEvent(new Event('input'));
    close();
  };

  const look = async () => {
    const caret = text.selectionEnd;
    if (caret !== text.selectionStart) return close();
    const before = text.value.slice(0, caret);
    for (const source of sources) {
      const fits = source.enabled() && before.match(source.pattern);
      if (!fits) continue;
      const all = await source.items();
      if (text.selectionEnd !== caret || text.value.slice(0, caret) !== before) return;
      const wanted = folded(fits[1]);
      const items = all
        .map((item) => [folded(item.name), item])
        .map(([name, item]) => [name.startsWith(wanted) ? 0 : name.includes(wanted) ? 1 : folded(item.text || '').includes(wanted) ? 2 : 3, item])
        .filter(([rank]) => rank < 3)
        .sort(([a], [b]) => a - b)
        .slice(0, SHOWN_MAX)
        .map(([, item]) => item);
      if (!items.length && !source.none) return close();
      return show({ start: caret - fits[1].length - 1, items, source });
    }
    close();
  };

  text.addEventListener('input', look);
  text.addEventListener('blur', close);
  // Says whether the key was for the list.
  const key = (event) => {
    if (!found || event.isComposing) return false;
    if (event.key === 'Escape') close();
    else if ((event.key === 'Enter' || event.key === 'Tab') && found.items.length && !event.ctrlKey && !event.shiftKey) choose();
    else if (event.key === 'ArrowDown' && found.items.length) { at = (at + 1) % found.items.length; mark(); }
    else if (event.key === 'ArrowUp' && found.items.length) { at = (at + found.items.length - 1) % found.items.length; mark(); }
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { key, look, close };
}
