// A little Markdown in what bot and agents say: bold, italic, code, links, lists, bare addresses. It becomes elements, never
// HTML; what is no mark of ours stays as it was written. It knows nothing of chats.

const MARKS = /`([^`\n]+)`|\*\*(?=\S)([^\n]*?\S)\*\*|(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?=[^\s_])([^_\n]*?[^\s_])_(?![\p{L}\p{N}_])|\[([^\]\n]+)\]\(([^\s()]+)\)|\bhttps?:\/\/[^\s<>"]+/giu;

// The marks inside marks may be nested so deep; what is deeper is shown as it stands.
const NESTED = 4;

function inline(text, depth = 0) {
  const parts = [];
  let from = 0;
  for (const match of depth > NESTED ? [] : text.matchAll(MARKS)) {
    if (match.index < from) continue;
    const [all, code, bold, star, under, label, url] = match;
    let node;
    let length = all.length;
    if (code) node = h('code', {}, code);
    else if (bold) node = h('strong', {}, ...inline(bold, depth + 1));
    else if (star || under) node = h('em', {}, ...inline(star || under, depth + 1));
    else {
      // The dot or bracket that ends a sentence does not belong to a bare address.
      const bare = label || all.replace(/[.,;:!?'»”)\]*_]+$/u, '');
      const href = safeUrl(url || bare);
      node = href && anchor(href, bare);
      if (!label) length = bare.length;
    }
    if (!node) continue;
    parts.push(text.slice(from, match.index), node);
    from = match.index + length;
  }
  parts.push(text.slice(from));
  return parts;
}

// A list has at least two points: one line that begins with a dash or a number is a sentence.
function rich(text) {
  const kind = (line) => (/^\s*[-*•] +\S/u.test(line) ? 'ul' : /^\s*\p{Nd}{1,3}[.)] +\S/u.test(line) ? 'ol' : '');
  const lines = text.split('\n');
  const parts = [];
  let plain = [];
  const flush = () => { if (plain.length) parts.push(...inline(plain.join('\n'))); plain = []; };
  for (let i = 0; i < lines.length;) {
    const list = kind(lines[i]);
    let end = i;
    while (list && end < lines.length && kind(lines[end]) === list) end += 1;
    if (end - i < 2) { plain.push(lines[i]); i += 1; continue; }
    flush();
    const start = list === 'ol' && parseInt(lines[i], 10);
    parts.push(h(list, { start: start > 1 && start }, ...lines.slice(i, end).map((line) => h('li', {}, ...inline(line.replace(/^\s*\S+ +/u, ''))))));
    i = end;
    if (i < lines.length && !lines[i].trim()) i += 1; // the list has a space of its own
  }
  flush();
  return parts;
}
