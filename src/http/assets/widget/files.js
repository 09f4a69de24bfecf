// Files: chosen, dropped or pasted, and sent like messages; and those that stand in the log, fetched with the token.

const FILE_BYTES_MAX = 10 * 1024 * 1024;

// The ways in which a visitor gives a file: chosen, dropped on the panel, or pasted into it.
function fileGiver(t, panel, give) {
  const all = (files) => { for (const file of files) give(file); };
  const chosen = h('input', { type: 'file', multiple: true, hidden: true, onchange: () => { all(chosen.files); chosen.value = ''; } });
  const button = h('button', { class: 'icon', type: 'button', onclick: () => chosen.click() }, icon(ICONS.clip));
  const take = (event) => {
    const { files } = event.dataTransfer || event.clipboardData;
    if (!files.length) return; // a text stays a text
    event.preventDefault();
    all(files);
  };
  panel.addEventListener('dragover', (event) => event.preventDefault());
  panel.addEventListener('drop', take);
  panel.addEventListener('paste', take);
  return { field: [chosen, button], speak: () => button.setAttribute('aria-label', t('attach')) };
}

// A file in the log: name and size, saved by a press. A picture is drawn, when it comes into view, on a canvas, which no
// page's policy forbids as it may forbid pictures.
function fileView(file, fetched, number, grown) {
  let blob;
  const get = async () => (blob ||= await fetched());
  const size = file.bytes < 1e6 ? `${number(Math.ceil(file.bytes / 1e3))} kB` : `${number(Math.round(file.bytes / 1e6))} MB`;
  const save = async () => {
    const url = URL.createObjectURL(await get());
    h('a', { href: url, download: file.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  };
  const button = h('button', { class: 'file', type: 'button', onclick: () => save().catch(() => {}) },
    h('span', { dir: 'auto' }, file.name), ' ', h('small', {}, size));
  if (file.picture) {
    new IntersectionObserver(async ([is], watch) => {
      if (!is.isIntersecting) return;
      watch.disconnect();
      try {
        const picture = await createImageBitmap(await get());
        const scale = Math.min(1, 520 / picture.width, 400 / picture.height);
        const [width, height] = [picture.width * scale, picture.height * scale];
        const canvas = h('canvas', { width, height });
        canvas.getContext('2d').drawImage(picture, 0, 0, width, height);
        button.prepend(canvas);
        grown();
      } catch { /* its name stands there */ }
    }).observe(button);
  }
  return button;
}
