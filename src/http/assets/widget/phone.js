// On a phone the panel is the whole screen: the page behind neither scrolls nor takes the focus, and the panel keeps to
// the part of the screen that the keyboard leaves. The phone's way back closes the panel, where it may be closed at all, and leaves
// the visitor on the page: for that the open panel has an entry of its own in the history.

function phoneScreen(panel, isOpen, close) {
  const phone = matchMedia('(max-width: 640px)');
  let before = null; // what the page looked like before a phone's screen was filled

  function fit() {
    const whole = isOpen() && phone.matches;
    const html = document.documentElement;
    if (whole && !before) {
      before = { overflow: html.style.overflow, inert: document.body?.inert };
      html.style.overflow = 'hidden';
      if (document.body) document.body.inert = true;
      // After a reload the entry is there already. What a page keeps of its own in it stays.
      if (close && !history.state?.frontdesk) history.pushState({ ...history.state, frontdesk: true }, '');
    } else if (!whole && before) {
      html.style.overflow = before.overflow;
      if (document.body) document.body.inert = before.inert;
      before = null;
      // Closed by a press: the entry goes, or the next way back would lead nowhere.
      if (!isOpen() && history.state?.frontdesk) history.back();
    }
    const seenPart = window.visualViewport;
    if (whole && seenPart) {
      panel.style.setProperty('--top', `${seenPart.offsetTop}px`);
      panel.style.setProperty('--height', `${seenPart.height}px`);
    }
  }
  addEventListener('popstate', () => { if (close && before && !history.state?.frontdesk) close(); });
  phone.addEventListener('change', fit);
  window.visualViewport?.addEventListener('resize', fit);
  window.visualViewport?.addEventListener('scroll', fit);

  return {
    fit,
    // Whether there is room for a keyboard beside the conversation, or a real one.
    roomy: () => !phone.matches && !matchMedia('(pointer: coarse)').matches,
  };
}
