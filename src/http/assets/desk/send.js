// Talking to the server. It knows the API's errors by the page's texts, and nothing of what is sent.

const body = document.body;
const language = document.documentElement.lang;

// What an error of the API is called in the page's language. A code without a text is told in the API's English only to those who read English.
const errors = JSON.parse(body.dataset.errors || '{}');
const sentence = (error) => errors[error?.code] || (language === 'en' && error?.message) || body.dataset.failed;

async function send(method, url, data) {
  const headers = { 'X-CSRF-Token': body.dataset.csrf || '' };
  if (data) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(url, { method, headers, body: data && JSON.stringify(data), credentials: 'same-origin' });
  } catch {
    throw new Error(errors.offline);
  }
  let answer = null;
  try { answer = await response.json(); } catch { /* an answer without a body */ }
  if (response.ok) return answer;
  if (answer?.error?.code === 'not_logged_in') location.assign('/desk/login'); // a half-typed answer is kept
  throw Object.assign(new Error(sentence(answer?.error)), { status: response.status, code: answer?.error?.code });
}

function toast(text) {
  const place = document.getElementById('toast');
  place.textContent = text;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { place.textContent = ''; }, 8000);
}
