// Tells a visitor who looks elsewhere that somebody wrote: a count in the page's title, and two quiet notes. The page gets its
// title back. No file is fetched; nothing sounds before the visitor has touched the page, as browsers want it.

function notifier(settings, keep) {
  let shown = ''; // the title that we set
  let original = '';
  let audio = null;

  function count(n) {
    if (document.title !== shown) original = document.title; // the page has a new one
    else if (!n) document.title = original;
    if (!n) { shown = ''; return; }
    shown = `(${n}) ${original}`;
    document.title = shown;
  }

  function sound() {
    try {
      audio ||= new AudioContext();
      for (const [pitch, at] of [[660, 0], [880, 0.12]]) {
        const tone = audio.createOscillator();
        const level = audio.createGain();
        const now = audio.currentTime + at;
        tone.frequency.value = pitch;
        level.gain.setValueAtTime(0.08, now);
        level.gain.exponentialRampToValueAtTime(0.001, now + 0.3);
        tone.connect(level).connect(audio.destination);
        tone.start(now);
        tone.stop(now + 0.3);
      }
    } catch { /* a browser without sound */ }
  }

  // Who wants less motion is spared sounds too, until they switch them on.
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const loud = () => (keep.get('sound') || settings.sound || (calm.matches ? 'off' : 'on')) === 'on';
  return {
    count, loud,
    switch: () => {
      keep.set('sound', loud() ? 'off' : 'on');
      if (loud()) sound();
    },
    // Each message rings once, in one of the tabs.
    ring: (message) => {
      if (!loud() || !navigator.userActivation?.hasBeenActive || keep.get('rang') === message) return;
      keep.set('rang', message);
      sound();
    },
  };
}
