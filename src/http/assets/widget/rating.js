// Asks how the chat was: one to five, each with its word, and a comment who wants to give one. `send` gets score and comment.

function ratingForm(say, send, dismiss) {
  const comment = h('textarea', { rows: '2', maxlength: '4000', 'aria-label': say.t('rate_comment'), placeholder: say.t('rate_comment') });
  const choice = (score) => h('label', {},
    h('input', { type: 'radio', name: 'score', value: String(score), onchange: () => { more.hidden = false; } }),
    h('span', { 'aria-hidden': 'true' }, say.number(score)), h('b', {}, say.t(`rate_${score}`)));
  const more = h('div', { class: 'more', hidden: true }, comment, h('button', { class: 'main', type: 'submit' }, say.t('rate_send')));
  const form = h('form', {
    class: 'rating',
    onsubmit: (event) => {
      event.preventDefault();
      const score = form.querySelector(':checked')?.value;
      if (score) send(Number(score), comment.value.trim());
    },
  }, h('fieldset', {}, h('legend', {}, say.t('rate')), h('div', { class: 'scores' }, ...[1, 2, 3, 4, 5].map(choice))), more,
  h('button', { class: 'quiet', type: 'button', onclick: dismiss }, say.t('rate_later')));
  return form;
}
