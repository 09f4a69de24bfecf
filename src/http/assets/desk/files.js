// Files that an agent sends: chosen, dropped on the conversation or pasted into the answer, one after the other. What was
// sent comes back in the transcript like everything else.

// The same id for every try: what arrived although the answer was lost is not sent twice.
const FILE_TRIES = 5;

async function sendFile(url, file) {
  const headers = {
    'X-CSRF-Token': body.dataset.csrf || '',
    'Content-Type': 'application/octet-stream',
    'X-File-Name': encodeURIComponent(file.name),
    'X-Client-Id': crypto.getRandomValues(new Uint32Array(4)).join('-'),
  };
  for (let tries = 1; ; tries += 1) {
    let response;
    try {
      response = await fetch(url, { method: 'POST', headers, body: file, credentials: 'same-origin' });
    } catch {
      if (tries === FILE_TRIES) throw new Error(errors.offline);
      await new Promise((done) => setTimeout(done, 500 * 2 ** tries));
      continue;
    }
    if (response.ok) return;
    throw new Error(sentence((await response.json().catch(() => null))?.error));
  }
}

onPage('#composer', (composer) => {
  const chosen = document.getElementById('file');
  const state = document.getElementById('sending');
  const error = composer.querySelector('.error');
  const url = `/api/agent/conversations/${composer.dataset.conversation}/files`;
  let queue = Promise.resolve();

  const give = (files) => {
    for (const file of Array.from(files)) {
      queue = queue.then(async () => {
        state.textContent = `${state.dataset.sending} ${file.name}`;
        try {
          if (file.size > Number(chosen.dataset.most)) throw new Error(errors.file_too_large);
          await sendFile(url, file);
        } catch (failure) {
          error.textContent = `${file.name}: ${failure.message}`;
        }
        state.textContent = '';
      });
    }
  };
  const take = (event) => {
    const { files } = event.dataTransfer || event.clipboardData;
    if (!files.length) return; // a text stays a text
    event.preventDefault();
    give(files);
  };

  document.getElementById('attach').addEventListener('click', () => chosen.click());
  chosen.addEventListener('change', () => { give(chosen.files); chosen.value = ''; });
  document.getElementById('text').addEventListener('paste', take);
  conversation().addEventListener('dragover', (event) => { if (event.dataTransfer.types.includes('Files')) event.preventDefault(); });
  conversation().addEventListener('drop', take);
});
