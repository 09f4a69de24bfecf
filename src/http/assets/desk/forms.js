// Forms with `data-api` go to the API as JSON. `data-then` says which page comes next; without it what changed is fetched.
// `data-show` names the address in the answer that is shown in the form, `data-or` what is shown where there is none.

// A form's fields as the API wants them: lists from fieldsets with a name, numbers and booleans where a field says so,
// empty fields left out, and `to` as the queue or the agent that it names.
function fields(form) {
  const data = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled || ((field.type === 'checkbox' || field.type === 'radio') && !field.checked)) continue;
    if (field.value === '') continue;
    const as = field.dataset.as;
    data[field.name] = as === 'number' ? Number(field.value) : as === 'boolean' ? field.value === 'true' : as === 'list' ? [field.value] : field.value;
  }
  for (const list of form.querySelectorAll('[data-list]')) {
    data[list.dataset.list] = Array.from(list.querySelectorAll('input:checked'), (box) => box.value);
  }
  if (data.to) {
    const at = data.to.indexOf(':');
    data[data.to.slice(0, at)] = data.to.slice(at + 1);
    delete data.to;
  }
  return data;
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.dataset.api) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = 'yes';
  const error = form.querySelector('.error');
  if (error) error.textContent = '';
  try {
    const answer = await send(form.dataset.method || 'POST', form.dataset.api, fields(form));
    const then = form.dataset.then;
    if (then === '/desk/login') forgetDrafts();
    if (form.dataset.show) {
      const shown = answer[form.dataset.show] ?? answer[form.dataset.or];
      form.querySelector('output').textContent = shown.startsWith('/desk') ? location.origin + shown : shown;
    }
    else if (then === 'reload') await go(location.href, { replace: true });
    else if (then) await go(then);
    else {
      form.closest('details.menu')?.querySelector('summary').focus(); // it closes, and the focus must not be lost in it
      closeMenus();
      await refreshAll();
    }
  } catch (failure) {
    if (error) error.textContent = failure.message;
    else toast(failure.message);
    if (failure.status === 409) refreshAll();
  } finally {
    delete form.dataset.busy;
  }
});
