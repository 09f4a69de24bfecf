// Where the visitor writes. `send` gets what was written; `tools` is where other ways of saying something stand.

function composer(say, send) {
  const input = h('textarea', { rows: '1', maxlength: '4000', enterkeyhint: 'send', id: 'message' });
  const button = h('button', { class: 'send', type: 'submit' }, icon(ICONS.send));
  const tools = h('div', { class: 'tools' });
  const emoji = emojiPicker(say, input);
  tools.append(emoji.button);
  const form = h('form', { class: 'composer', onsubmit: (event) => { event.preventDefault(); submit(); } }, emoji.list, tools, input, button);

  input.addEventListener('keydown', (event) => {
    // While a word is being composed (Greek accents, Chinese, …) Enter belongs to the keyboard, not to us.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      submit();
    }
  });
  input.addEventListener('input', grow);

  function grow() {
    input.dir = input.value ? 'auto' : ''; // the placeholder runs as the panel does
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight + 2, 140)}px`;
  }

  function submit() {
    const text = input.value.trim();
    if (!text) return;
    input.value = '';
    emoji.hide();
    grow();
    send(text);
    input.focus();
  }

  return {
    form, input, tools,
    speak: () => {
      emoji.speak();
      button.setAttribute('aria-label', say.t('send'));
      input.placeholder = say.t('placeholder');
      input.setAttribute('aria-label', say.t('placeholder'));
    },
  };
}
