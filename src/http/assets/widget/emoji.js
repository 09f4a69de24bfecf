// A small picker of emoji for keyboards that have none. Phones have their own, so there it is not shown.

const EMOJI = '😀😄😂🙂😉😊😍🤗🤔😐😕😢😭😡😱🙈👍👎👏🙏🤝💪👋👌❤️💔🎉🔥⭐✨✅❌❓❗💡📦🚚💶📞⏰';
const EMOJI_ROW = 8;

function emojiPicker(say, input) {
  const all = EMOJI.match(/\p{Emoji}\uFE0F?/gu);
  const put = (emoji) => {
    input.setRangeText(emoji, input.selectionStart, input.selectionEnd, 'end');
    input.dispatchEvent(new Event('input'));
    show(false);
    input.focus();
  };
  const list = h('div', { class: 'emoji', role: 'group', id: 'emoji', hidden: true, onkeydown: move },
    ...all.map((emoji) => h('button', { type: 'button', tabindex: '-1', onclick: () => put(emoji) }, emoji)));
  const button = h('button', { type: 'button', class: 'icon emojis', 'aria-expanded': 'false', 'aria-controls': 'emoji', onclick: () => show(list.hidden) }, icon(ICONS.smile));

  function show(to) {
    list.hidden = !to;
    button.setAttribute('aria-expanded', String(to));
    if (to) list.firstChild.focus();
  }

  // The arrows go through the grid as it is seen; Escape leaves it.
  function move(event) {
    const forward = getComputedStyle(list).direction === 'rtl' ? -1 : 1;
    const step = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: EMOJI_ROW, ArrowUp: -EMOJI_ROW }[event.key];
    if (event.key === 'Escape') {
      show(false);
      button.focus();
    } else if (step) {
      const at = [...list.children].indexOf(event.target);
      list.children[Math.min(all.length - 1, Math.max(0, at + step))].focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  return {
    button, list,
    hide: () => show(false),
    speak: () => {
      button.setAttribute('aria-label', say.t('emoji'));
      list.setAttribute('aria-label', say.t('emoji'));
    },
  };
}
