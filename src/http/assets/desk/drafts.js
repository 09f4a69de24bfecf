// Half-typed answers: kept by the browser for each agent and conversation, over reloads and restarts, until they are sent or
// the agent logs out. A draft knows its kind (a note must not come back as an answer) and what had been said when it began.

const DRAFTS = 'frontdesk:draft:';
const DRAFT_DAYS = 14;
const draftKey = (conversation) => `${DRAFTS}${body.dataset.agent}:${conversation}`;

function readDraft(conversation) {
  try { return JSON.parse(localStorage.getItem(draftKey(conversation))); } catch { return null; }
}

function keepDraft(conversation, draft) {
  try {
    if (draft.text) localStorage.setItem(draftKey(conversation), JSON.stringify({ ...draft, at: Date.now() }));
    else localStorage.removeItem(draftKey(conversation));
  } catch { /* kept on the page */ }
}

function dropDrafts(goes) {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(DRAFTS) && goes(key)) localStorage.removeItem(key);
    }
  } catch { /* nothing is kept */ }
}

// Whoever logs out leaves nothing behind for the next who sits here.
const forgetDrafts = () => dropDrafts((key) => key.startsWith(`${DRAFTS}${body.dataset.agent}:`));
if ('live' in body.dataset) {
  dropDrafts((key) => {
    try { return Date.now() - JSON.parse(localStorage.getItem(key)).at > DRAFT_DAYS * 86400000; } catch { return true; }
  });
}
