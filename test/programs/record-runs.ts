// record-runs.ts FILE PREFIX COUNT
// Records COUNT runs called PREFIX-1, PREFIX-2, … in the journal FILE, and writes the id of each to stdout once the journal has it.
import { writeSync } from 'node:fs'
import { openJournal } from '../../src/journal/open-journal.ts'
import { HERE, ORIGIN, plainRun } from '../support/journal.ts'

const [file = '', prefix = '', count = '0'] = process.argv.slice(2)
const note = (text: string) => process.stderr.write(`${text}\n`)
for (let number = 1; number <= Number(count); number += 1) {
  const journal = openJournal(file, { clock: () => new Date(), note, observer: HERE })
  const watch = await journal.watch(ORIGIN)
  for (const event of plainRun(`${prefix}-${number}`)) watch(event)
  // Some are told while the journal is open yet, others when it is closed.
  if (number % 2 === 0) writeSync(1, `${prefix}-${number}\n`)
  await journal.close()
  if (number % 2 === 1) writeSync(1, `${prefix}-${number}\n`)
}
