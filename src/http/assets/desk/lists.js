// The lists: whatever has `data-listing` is fetched anew from there when the server says that lists changed.

const inboxChanged = single(async () => {
  for (const listing of document.querySelectorAll('[data-listing]')) {
    const html = await fragment(listing.dataset.listing);
    await released;
    put(listing, html);
  }
  listsArrived();
});

function listsArrived() {
  document.getElementById(`strip-${conversation()?.dataset.id}`)?.setAttribute('aria-current', 'page');
  countInTitle();
}

let title = document.title;
function countInTitle() {
  const waiting = Number(document.querySelector('[data-waiting]')?.dataset.waiting || 0);
  document.title = (waiting ? `(${new Intl.NumberFormat(language).format(waiting)}) ` : '') + title;
}
onPage('body[data-live] main', () => {
  title = document.title;
  listsArrived();
});
