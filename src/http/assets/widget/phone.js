// On a phone the panel is the whole screen: the page behind neither scrolls nor takes the focus, and the panel keeps to
// the part of the screen that the keyboard leaves.

function phoneScreen(panel, isOpen) {
  const phone = matchMedia('(max-width: 640px)');
  let before = null; // what the page looked like before a phone's screen was filled

  function fit() {
    const whole = isOpen() && phone.matches;
    const html = document.documentElement;
    if (whole && !before) {
      before = { overflow: html.style.overflow, inert: document.body?.inert };
      html.style.overflow = 'hidden';
      if (document.body) document.body.inert = true;
    } else if (!whole && before) {
      html.style.overflow = before.overflow;
      if (document.body) document.body.inert = before.inert;
      before = null;
    }
    const seenPart = window.visualViewport;
    if (whole && seenPart) {
      panel.style.setProperty('--top', `${seenPart.offsetTop}px`);
      panel.style.setProperty('--height', `${seenPart.height}px`);
    }
  }
  phone.addEventListener('change', fit);
  window.visualViewport?.addEventListener('resize', fit);
  window.visualViewport?.addEventListener('scroll', fit);

  return {
    fit,
    // Whether there is room for a keyboard beside the conversation, or a real one.
    roomy: () => !phone.matches && !matchMedia('(pointer: coarse)').matches,
  };
}
