// One hand on the keys: whatever carries a key's sign in `data-key` is pressed by it, in the row that has the focus first. A
// key typed into a field is the field's, and so is one with a modifier or from an input method.

// The first of two keys, such as the `g` of `g i`.
const FIRST = 'g';
let first = false;

const typing = (element) => element?.closest?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
const visible = (element) => element.checkVisibility ? element.checkVisibility() : element.offsetParent !== null;

function press(sign) {
  const row = document.activeElement?.closest?.('.row');
  const named = (root) => Array.from(root?.querySelectorAll(`[data-key="${sign}"]`) || []);
  const all = [...named(row), ...named(document).filter((element) => !element.closest('.row'))];
  const target = all.find((element) => !element.disabled && (visible(element) || element.type === 'button' || sign.startsWith(FIRST)));
  if (!target) return false;
  if (target.type === 'radio') {
    target.checked = true;
    target.dispatchEvent(new Event('change', { bubbles: true }));
    document.getElementById('text')?.focus();
  } else if (typing(target)) target.focus();
  else {
    target.click();
    // A menu that opens under a key is used by keys.
    const menu = target.tagName === 'SUMMARY' && target.parentElement;
    if (menu?.open) menu.querySelector('select, input:not([type=hidden]), textarea, button')?.focus();
  }
  return true;
}

// The next row of a list, or the next of the agent's own conversations.
function step(by) {
  const links = Array.from(document.querySelectorAll(conversation() ? '.strip a[id]' : 'main .row > a')).filter(visible);
  if (!links.length) return false;
  const here = conversation() ? document.querySelector('.strip a[aria-current]') : document.activeElement?.closest('.row')?.querySelector('a');
  const at = links.indexOf(here);
  const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
  if (!next) return true;
  if (conversation()) next.click();
  else next.focus();
  return true;
}

function sheet() {
  const keys = document.getElementById('keys');
  if (keys && !keys.open) keys.showModal();
  return Boolean(keys);
}

document.addEventListener('keydown', (event) => {
  if (!('live' in body.dataset) || event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (typing(event.target)) {
    if (event.key === 'Escape') { event.target.blur(); document.getElementById('main').focus({ preventScroll: true }); }
    return;
  }
  if (event.key.length !== 1 || event.repeat && !'jk'.includes(event.key)) return;
  const second = first;
  first = !second && event.key === FIRST;
  let done = first;
  if (first) setTimeout(() => { first = false; }, 1500);
  else if (second) done = press(`${FIRST} ${event.key}`);
  else if (event.key === 'j' || event.key === 'k') done = step(event.key === 'j' ? 1 : -1);
  else if (event.key === '?') done = sheet();
  else if (/[a-z/]/.test(event.key)) done = press(event.key);
  if (done) event.preventDefault();
});
document.addEventListener('click', (event) => {
  if (event.target.closest?.('#keys-open')) { closeMenus(); sheet(); }
  if (event.target.id === 'keys') event.target.close(); // beside the sheet
});
