// RiveScript: a trigger for every phrase. It matches to the letter and learns nothing, so a message is understood or not.
const RiveScript = require('rivescript')
const { measure } = require('./peer.js')

const NOTHING = 'nothing matched'

// Triggers are lower case and hold letters, digits and blanks only; messages are brought to the same form.
const plain = (text) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} ]+/gu, ' ')
    .replace(/ +/g, ' ')
    .trim()

const learn = async (train) => {
  const bot = new RiveScript({ utf8: true })
  const seen = new Set()
  const lines = ['! version = 2.0', '+ *', `- ${NOTHING}`]
  for (const [text, intent] of train) {
    const trigger = plain(text)
    if (!trigger || seen.has(trigger)) continue
    seen.add(trigger)
    lines.push(`+ ${trigger}`, `- ${intent}`)
  }
  bot.stream(lines.join('\n'))
  bot.sortReplies()
  return bot
}

const answer = async (bot, text) => {
  const reply = await bot.reply('visitor', plain(text))
  return reply === NOTHING || reply.startsWith('ERR') ? { intent: null, confidence: 0 } : { intent: reply, confidence: 1 }
}

measure('rivescript', learn, answer, { judges: false })
