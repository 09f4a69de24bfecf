// Invitations: what the closed chat says by itself, as the bot's author wrote it. At most one on a page view, three a day, each
// once a day; none while the visitor types, and none for a time after one was dismissed. `can` says whether it may speak now,
// `show` shows a text and tells what became of it, `accept` gets the name of one that was taken.

function invitations(keep, rules, can, show, accept) {
  const aDay = 3;
  let kept = {};
  try { kept = JSON.parse(keep.get('invites')) || {}; } catch { /* begins anew */ }
  const today = new Date().toDateString();
  if (kept.day !== today) kept = { ...kept, day: today, shown: [] };
  // Every tab is a visit, however many pages it sees.
  if (keep.newVisit()) kept.visits = (kept.visits || 0) + 1;
  const save = () => keep.set('invites', JSON.stringify(kept));
  save();
  if (kept.quiet > Date.now() || kept.shown.length >= aDay) return;
  const left = rules.filter((rule) => !kept.shown.includes(rule.name) && kept.visits >= rule.visits);
  if (!left.length) return;
  let typed = 0;
  addEventListener('keydown', () => { typed = Date.now(); }, true);
  const fits = (pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(pattern[0] === '/' ? location.pathname : location.origin + location.pathname);
  };
  const since = {}; // since when the page fits: pages may change without a load
  const timer = setInterval(() => {
    const now = Date.now();
    for (const rule of left) {
      if (rule.pages.length && !rule.pages.some(fits)) delete since[rule.name];
      else since[rule.name] = since[rule.name] || now;
    }
    if (document.hidden || now - typed < 4000 || !can()) return;
    const due = left.find((rule) => now - since[rule.name] >= rule.after_s * 1000);
    if (!due) return;
    clearInterval(timer);
    kept.shown.push(due.name);
    save();
    show(due.text, (how) => {
      if (how === 'taken') accept(due.name);
      if (how === 'closed') { kept.quiet = Date.now() + due.rest_s * 1000; save(); }
    });
  }, 500);
}
