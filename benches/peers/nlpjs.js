// nlp.js: its neural network over stems, as its documentation sets it up.
const { containerBootstrap } = require('@nlpjs/core')
const { LangEn } = require('@nlpjs/lang-en')
const { Nlp } = require('@nlpjs/nlp')
const { measure } = require('./peer.js')

const learn = async (train) => {
  const container = await containerBootstrap()
  container.use(Nlp)
  container.use(LangEn)
  const nlp = container.get('nlp')
  nlp.settings.autoSave = false
  nlp.settings.forceNER = false
  nlp.addLanguage('en')
  for (const [text, intent] of train) nlp.addDocument('en', text, intent)
  await nlp.train()
  return nlp
}

const answer = async (nlp, text) => {
  const { intent, score } = await nlp.process('en', text)
  return intent === 'None' ? { intent: null, confidence: 0 } : { intent, confidence: score }
}

measure('nlpjs', learn, answer)
