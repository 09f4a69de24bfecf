// What makes itself heard: a sound, a notification, the number in the title. Each thing is heard once over all open tabs, and
// again after a while, until somebody has touched the desk since. What the agent chose is kept by the browser.

const AGAIN_AFTER = 30000;
const LOOK_EVERY = 15000;
const choice = {
  read() {
    try { return { sound: true, desktop: true, ...JSON.parse(localStorage.getItem(`frontdesk:alerts:${body.dataset.agent}`)) }; } catch { return { sound: true, desktop: true }; }
  },
  keep(chosen) {
    try { localStorage.setItem(`frontdesk:alerts:${body.dataset.agent}`, JSON.stringify(chosen)); } catch { /* for this page only */ }
  },
};

// What all tabs know of: when somebody last touched a desk, and when each thing was last heard.
const shared = {
  get(name, none) { try { return JSON.parse(localStorage.getItem(`frontdesk:${name}:${body.dataset.agent}`)) ?? none; } catch { return none; } },
  set(name, value) { try { localStorage.setItem(`frontdesk:${name}:${body.dataset.agent}`, JSON.stringify(value)); } catch { /* only this tab */ } },
};
const oneAtATime = (work) => (navigator.locks ? navigator.locks.request('frontdesk:alerts', work) : work());

let audio = null;
function touched() {
  if (Date.now() - touched.at > 1000) shared.set('touched', touched.at = Date.now());
  // A browser plays nothing before somebody has touched the page.
  if (!audio && window.AudioContext) audio = new AudioContext();
  if (audio?.state === 'suspended') audio.resume().catch(() => {});
}
touched.at = 0;

// Two soft notes, rising; lower for what has waited too long.
function ring(why) {
  if (!audio || audio.state !== 'running') return false;
  const notes = why === 'late' ? [440, 330, 440] : why === 'waits' ? [660, 880] : [880];
  notes.forEach((pitch, number) => {
    const start = audio.currentTime + number * 0.16;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.18, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.32);
  });
  return true;
}

function notify(alert) {
  if (!window.Notification || Notification.permission !== 'granted') return false;
  try {
    const note = new Notification(say(alert.why, { name: alert.name || texts.visitor }), { tag: `frontdesk-${alert.why}-${alert.id}`, renotify: true, silent: true });
    note.onclick = () => { focus(); go(`/desk/c/${alert.id}`); note.close(); };
    return true;
  } catch { return false; } // a phone's browser wants a worker for it
}

// Makes the things heard that are due, in the first tab that can. A browser needs a moment until its tabs see what one of them has
// stored; so long the next one waits.
const STORED_AFTER = 200;
const heardFor = (alert) => `${alert.why}:${alert.id}:${alert.since}`;
async function makeHeard(alerts) {
  const chosen = choice.read();
  await oneAtATime(() => {
    const last = shared.get('heard', {});
    const seenUntil = shared.get('touched', 0);
    const now = Date.now();
    const kept = {};
    let rung = false;
    for (const alert of alerts) {
      const key = heardFor(alert);
      const before = last[key];
      // Heard already, and touched since: seen.
      const due = !before || (now - before > AGAIN_AFTER && seenUntil < before);
      kept[key] = before;
      if (!due) continue;
      let heard = !chosen.sound && !chosen.desktop;
      if (chosen.sound) { if (!rung) rung = ring(alert.why); heard ||= rung; }
      if (chosen.desktop && !document.hasFocus()) heard = notify(alert) || heard;
      if (heard) kept[key] = now;
    }
    shared.set('heard', Object.fromEntries(Object.entries(kept).filter(([, at]) => at)));
    return Object.values(kept).includes(now) && new Promise((done) => setTimeout(done, STORED_AFTER));
  });
}

const alertsChanged = single(async () => {
  const { alerts } = await send('GET', '/api/agent/alerts');
  // What is open before the agent's eyes makes no noise.
  const open = document.hasFocus() && conversation()?.dataset.id;
  const news = alerts.filter((alert) => alert.id !== open || alert.why === 'late');
  if (new URL(location.href).pathname.startsWith('/desk')) await makeHeard(news);
  countInTitle(alerts.length);
});

function showChoice() {
  const menu = document.getElementById('alerts');
  if (!menu) return;
  const chosen = choice.read();
  for (const name of ['sound', 'desktop']) menu.querySelector(`[name=${name}]`).checked = chosen[name];
  menu.classList.toggle('off', !chosen.sound && !chosen.desktop);
  const state = window.Notification ? Notification.permission : 'none';
  menu.querySelector('#alerts-state').textContent = chosen.desktop ? texts[state] : '';
  menu.querySelector('#alerts-ask').hidden = !chosen.desktop || state !== 'default';
}

if ('live' in body.dataset) {
  for (const name of ['pointerdown', 'keydown']) addEventListener(name, touched, { capture: true, passive: true });
  document.addEventListener('change', (event) => {
    const menu = event.target.closest?.('#alerts');
    if (!menu) return;
    choice.keep({ sound: menu.querySelector('[name=sound]').checked, desktop: menu.querySelector('[name=desktop]').checked });
    if (event.target.name === 'sound' && event.target.checked) ring('wrote');
    showChoice();
  });
  document.addEventListener('click', async (event) => {
    if (event.target.id !== 'alerts-ask') return;
    await Notification.requestPermission();
    showChoice();
  });
  onPage('#alerts', showChoice);
  setInterval(() => alertsChanged(), LOOK_EVERY);
}
