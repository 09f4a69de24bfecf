// What the widget says in the visitor's language: its texts, numbers and times.

function speech(language, labels) {
  let texts = labels;
  let spoken = language;
  const t = (key) => texts[key] || '';
  const number = (n) => { try { return new Intl.NumberFormat(spoken).format(n); } catch { return String(n); } };
  return {
    t, number,
    speak: (given, lang) => {
      texts = { ...labels, ...given };
      spoken = lang || spoken;
    },
    language: () => spoken,
    fill: (key, values) => t(key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all),
    // A button that is only a number (a rating) is written as the reader writes numbers.
    shown: (label) => (/^\d{1,2}$/.test(label) ? number(Number(label)) : label),
    // Today and yesterday by their names, other days by their date.
    day: (ms) => {
      const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);
      const days = Math.round((midnight(ms) - midnight(Date.now())) / 864e5);
      try {
        return days > -2 ? new Intl.RelativeTimeFormat(spoken, { numeric: 'auto' }).format(days, 'day')
          : new Intl.DateTimeFormat(spoken, { weekday: 'long', day: 'numeric', month: 'long' }).format(ms);
      } catch { return new Date(ms).toDateString(); }
    },
    clock: (ms) => { try { return new Intl.DateTimeFormat(spoken, { hour: '2-digit', minute: '2-digit' }).format(ms); } catch { return ''; } },
  };
}
