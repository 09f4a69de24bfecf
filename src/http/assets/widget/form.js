// What a visitor is asked before the chat begins; only what is not known yet. It stands where the chat will stand.
// `begin` asks the server again, which then gets the answers; empty ones were skipped.

function questions(host, keep, begin) {
  const panel = host.shadowRoot.querySelector('.panel');
  const kinds = { name: ['text', 'name'], email: ['email', 'email'], phone: ['tel', 'tel'] };
  let answers = {};
  const skipped = () => (keep.get('skipped') || '').split(',').filter(Boolean);

  function show(fields, t) {
    const typed = Object.fromEntries([...panel.querySelectorAll('.first input')].map((input) => [input.name, input.value]));
    panel.querySelector('.first')?.remove();
    panel.classList.toggle('asks', Boolean(fields?.length));
    if (!fields?.length) { answers = {}; return; }
    const inputs = fields.map((field) => {
      const [type, autocomplete] = kinds[field.name] || ['text', 'off'];
      const input = h('input', {
        id: `ask-${field.name}`, name: field.name, type, autocomplete, maxlength: '200', required: field.required, dir: 'auto',
        'aria-invalid': field.wrong && 'true', 'aria-describedby': field.wrong && `wrong-${field.name}`,
      });
      input.value = typed[field.name] || answers[field.name] || '';
      return input;
    });
    const rows = fields.flatMap((field, i) => [
      h('label', { for: inputs[i].id }, field.label || t(`form_${field.name}`), field.required ? '' : ` (${t('form_optional')})`),
      inputs[i],
      field.wrong ? h('p', { id: `wrong-${field.name}`, class: 'why', role: 'alert' }, t('form_wrong')) : '',
    ]);
    const button = h('button', { type: 'submit', class: 'main' }, t('form_start'));
    panel.append(h('form', {
      class: 'first',
      onsubmit: (event) => {
        event.preventDefault();
        button.disabled = true;
        for (const input of inputs) answers[input.name] = input.value;
        const empty = inputs.filter((input) => !input.value.trim()).map((input) => input.name);
        if (empty.length) keep.set('skipped', [...skipped(), ...empty].join());
        begin();
      },
    }, h('p', {}, t('form_title')), ...rows, button));
    (inputs.find((input) => input.hasAttribute('aria-invalid')) || inputs[0]).focus();
  }

  return { show, about: () => ({ form: true, answers, skipped: skipped() }), forget: () => { answers = {}; show(); } };
}
