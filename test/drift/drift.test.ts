import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Departure, detectDrift, LEAST_SETS, type Measured } from '../../src/backup/coverage/detect-drift.ts'
import { FAULTS, history, KINDS, seeded } from './histories.ts'

const PAGE = fileURLToPath(new URL('../../docs/proofs/drift.md', import.meta.url))
const [SERIES, DAYS, FIRST_DAY] = [120, 400, 60]

interface Levels {
  readonly suspicious: number
  /** Including those. */
  readonly any: number
}

const NONE: Levels = { suspicious: 0, any: 0 }
const levelsOf = (found: readonly Departure[]): Levels => ({
  suspicious: Number(found.some(({ level }) => level === 'suspicious')),
  any: Number(found.length > 0),
})
const plus = (a: Levels, b: Levels): Levels => ({ suspicious: a.suspicious + b.suspicious, any: a.any + b.any })

/** As sets are compared: a suspicious set is not part of the history; a false alarm is accepted at once, and begins a new one. */
function alarms(sets: readonly Measured[]): Levels {
  let from = 0
  let all = NONE
  for (let day = LEAST_SETS; day < sets.length; day++) {
    const found = levelsOf(detectDrift(sets.slice(from, day), sets[day] as Measured))
    if (found.suspicious > 0) from = day
    all = plus(all, found)
  }
  return all
}

function replay() {
  const random = seeded(20261126)
  const all = KINDS.map((kind) => ({ kind, series: Array.from({ length: SERIES }, () => history(kind, DAYS, random)) }))
  const years = (SERIES * (DAYS - LEAST_SETS)) / 365
  const falseAlarms = all.map(({ kind, series }) => ({ name: kind.name, years, found: series.map(alarms).reduce(plus, NONE) }))
  const recall = FAULTS.map((fault) => {
    const compared = all.map(({ series }) =>
      series
        .map((sets) => {
          const day = FIRST_DAY + Math.floor(random() * (DAYS - FIRST_DAY))
          return levelsOf(detectDrift(sets.slice(0, day), fault.apply(sets[day] as Measured, random)))
        })
        .reduce(plus, NONE),
    )
    return { name: fault.name, compared }
  })
  return { falseAlarms, recall }
}

function render({ falseAlarms, recall }: ReturnType<typeof replay>): string {
  const perYear = (count: number, years: number) => (count / years).toFixed(2)
  const percent = (count: number, of: number) => `${Math.round((100 * count) / of)} %`
  const total = falseAlarms.reduce((sum, { found }) => plus(sum, found), NONE)
  const allYears = falseAlarms.reduce((sum, { years }) => sum + years, 0)
  const alarmRows = [...falseAlarms, { name: '**all**', years: allYears, found: total }].map(
    ({ name, found, years }) => `| ${name} | ${perYear(found.suspicious, years)} | ${perYear(found.any, years)} |`,
  )
  const recallRows = recall.map(({ name, compared }) => {
    const sum = compared.reduce(plus, NONE)
    const cells = compared.map(({ suspicious }) => percent(suspicious, SERIES))
    return `| ${name} | ${percent(sum.suspicious, SERIES * KINDS.length)} | ${percent(sum.any, SERIES * KINDS.length)} | ${cells.join(' | ')} |`
  })
  return `# What the comparison of a set with its history finds

Each object of a new set is compared with the same object of the sets before it (\`src/backup/coverage/detect-drift.ts\`; [what it means](../decisions/0044-suspicious-sets.md)). This table is made by
\`test/drift/drift.test.ts\`, which plays ${SERIES * KINDS.length} simulated histories of ${DAYS} days (\`test/drift/histories.ts\`): growth, weekends, noise that persists, releases, clean-ups of 5 to 40 %, lumps of one
day. They are simulated because no public histories of backups with rows and ratios were found; real ones may differ.

## Alarms without a fault

Per object and year. *suspicious*: rotation waits until the set is accepted. *reported*: with those that are only a note of the run. Nearly all are clean-ups and releases of the simulation, which
are real changes.

| object | suspicious | reported |
| --- | --- | --- |
${alarmRows.join('\n')}

## Faults found

Each fault occurs on a random day from the ${FIRST_DAY}th on, and is compared on that day only.

| fault | suspicious | reported | ${KINDS.map(({ name }) => name).join(' | ')} |
| --- | --- | --- | ${KINDS.map(() => '---').join(' | ')} |
${recallRows.join('\n')}

The last columns are those found as suspicious, by the kind of object.

## What it does not find

- Losses within what the object usually changes: most of those in logs, and a table or folder of less than a fifth.
- Losses that are spread over many days.
- Data that never compressed, if it is encrypted.
- Anything in the first ${LEAST_SETS} sets, or in the first ${LEAST_SETS} after a suspicious one was accepted: then a set is only compared with the last one (less than half of the entries, or a quarter of the rows or the size; a database without rows or tables that had some).
`
}

describe('the comparison of a set with its history', () => {
  it('has the rates of detection and of false alarms in the table', () => {
    const page = render(replay())
    if (process.env['UPDATE']) writeFileSync(PAGE, page)
    assert.equal(readFileSync(PAGE, 'utf8'), page, 'run "UPDATE=1 node --test test/drift/drift.test.ts"')
  })
})
