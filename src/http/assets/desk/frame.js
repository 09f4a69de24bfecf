// Small things of every page: menus, the language, the link of the first account.

function closeMenus(except) {
  for (const menu of document.querySelectorAll('details.menu[open]')) if (menu !== except) menu.open = false;
}
document.addEventListener('click', (event) => closeMenus(event.target.closest?.('details.menu')));
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const menu = document.querySelector('details.menu[open]');
  if (menu) { menu.open = false; menu.querySelector('summary').focus(); }
});

document.addEventListener('change', (event) => {
  if (event.target.id !== 'language') return;
  document.cookie = `frontdesk_language=${event.target.value}; Path=/; Max-Age=31536000; SameSite=Lax`;
  location.reload();
});

onPage('#setup', (setup) => {
  setup.elements.token.value = location.hash.slice(1);
  const whole = location.hash.length > 1;
  setup.hidden = !whole;
  document.getElementById('incomplete').hidden = whole;
});

// Where the tabs do not fit, the one of this page is in sight.
onPage('main', () => {
  for (const tab of document.querySelectorAll(':is(.top nav, .tabs) a[aria-current]')) tab.scrollIntoView({ block: 'nearest', inline: 'center' });
});

// Whether there is room to write without a keyboard that covers the screen.
const roomy = () => matchMedia('(min-width: 900px)').matches;
