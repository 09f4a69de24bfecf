// Times: how long ago is counted on; moments are shown by the agent's own clock.

const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' });
const unit = (name) => new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: 0 });
const units = [[86400, unit('day')], [3600, unit('hour')], [60, unit('minute')], [1, unit('second')]];
let offset = 0; // the server's clock less ours

function times(root = document) {
  for (const time of root.querySelectorAll('time[data-clock]')) {
    const at = new Date(Number(time.dataset.clock));
    const today = at.toDateString() === new Date().toDateString();
    // Between the days of a transcript the hour is enough.
    time.textContent = today || time.closest('.line') ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`;
    time.removeAttribute('data-clock');
  }
  for (const time of root.querySelectorAll('time[data-since]')) {
    const seconds = Math.max(0, (Date.now() + offset - Number(time.dataset.since)) / 1000);
    const [size, format] = units.find(([size]) => seconds >= size) || units[3];
    const text = format.format(Math.floor(seconds / size));
    if (time.textContent !== text) time.textContent = text;
    // A wait grows into the colour that its queue's target gives it.
    const target = Number(time.parentElement.dataset.target) / 1000;
    if (target) time.parentElement.className = `since ${seconds > target ? 'late' : seconds > target / 2 ? 'near' : 'fresh'}`;
  }
}
onPage('main', () => times());
setInterval(times, 5000);
