// What the peers in JavaScript have in common: reading messages, timing, writing predictions.
const fs = require('fs')

// Answering may take so long; a slow peer answers as many messages as it can, spread over all.
const SECONDS = 120

const read = (path) =>
  fs
    .readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim())
    .map((line) => [line.slice(0, line.lastIndexOf('\t')), line.slice(line.lastIndexOf('\t') + 1)])

// `learn` takes the rows [text, intent]; `answer` gives {intent, confidence} of a text, intent null where there is none.
exports.measure = async (name, learn, answer, extra = {}) => {
  const bot = process.argv[2]
  const train = read(`${bot}/train.tsv`).filter(([, intent]) => intent !== 'oos')
  let started = process.hrtime.bigint()
  const model = await learn(train)
  const compile_seconds = Number(process.hrtime.bigint() - started) / 1e9
  const rows = read(`${bot}/val.tsv`)
  const times = []
  const lines = []
  const end = Date.now() + SECONDS * 1000
  // Seven steps through the file, so that an early end leaves a sample of all of it.
  for (let start = 0; start < 7; start += 1) {
    for (let at = start; at < rows.length && Date.now() < end; at += 7) {
      const [text, expected] = rows[at]
      started = process.hrtime.bigint()
      const { intent, confidence } = await answer(model, text)
      times.push(Number(process.hrtime.bigint() - started) / 1e3)
      lines.push(JSON.stringify({ text, expected, intent, confidence }))
    }
  }
  times.sort((a, b) => a - b)
  fs.writeFileSync(`${bot}/${name}.jsonl`, lines.join('\n') + '\n')
  const microseconds_per_message_p50 = times[times.length >> 1]
  fs.writeFileSync(`${bot}/${name}.json`, JSON.stringify({ compile_seconds, microseconds_per_message_p50, ...extra }))
}
