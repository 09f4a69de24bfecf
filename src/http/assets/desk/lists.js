// The lists: whatever has `data-listing` is fetched anew from there when the server says that lists changed.

const inboxChanged = single(async () => {
  for (const listing of document.querySelectorAll('[data-listing]')) {
    const html = await fragment(listing.dataset.listing);
    await released;
    put(listing, html);
  }
  listsArrived();
});

// What bots and visitors say to each other is told to no desk, so that many of them cost none anything: the lists that show it
// are looked at again every now and then.
const BOTS_EVERY = 10000;
setInterval(() => { if (!document.hidden && document.getElementById('open-title')) inboxChanged(); }, BOTS_EVERY);

function listsArrived() {
  document.getElementById(`strip-${conversation()?.dataset.id}`)?.setAttribute('aria-current', 'page');
  countInTitle();
}

// The title counts what waits for this agent, so that a tab in the background says it too.
let title = document.title;
let counted = 0;
function countInTitle(count = counted) {
  counted = count;
  document.title = (count ? `(${new Intl.NumberFormat(language).format(count)}) ` : '') + title;
}
onPage('body[data-live] main', () => {
  title = document.title;
  listsArrived();
});
