import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type KristaOutcome, loadText, renderPlan, tell } from '../../../test/support/krista.ts'
import { mutate, randomFrom } from '../../../test/support/mutations.ts'
import { describeStep } from '../../plan/steps/describe-step.ts'

// Configurations of the ancestor, broken in thousands of ways: whatever stands in a file, loading it ends with a plan or with issues that a person can read.

const RUNS = process.env['HOLDFAST_LONG_TESTS'] === '1' ? 50_000 : 3000
const SEED = Number(process.env['HOLDFAST_SEED'] ?? 20_261)

const recorded = fileURLToPath(new URL('../../../test/golden/krista/recorded/', import.meta.url))
const bases = [
  readFileSync(new URL('../../../examples/krista/config.yaml', import.meta.url), 'utf8'),
  ...readdirSync(recorded)
    .filter((name) => /^(?:basic|move|naming|script|rsync|pgdump|misc|conf-\w+)\.yaml$/u.test(name))
    .map((name) => readFileSync(recorded + name, 'utf8')),
]

const PIECES = [
  '"', "'", '{', '}', '[', ']', ',', ': ', ':', '- ', '&a ', '*a', '<<: ', '!!python/tuple ', '!x ', '|', '#', '\n', '\n  ', '\t', '\0', '%', '@', '?', '~', 'null', 'yes',
  '{}', '[]', '""', '0', '-1', '.inf', '.nan', '1e99', '99999999999999999999', '__proto__', 'constructor', 'toString', '{date}', '{dbname}', '{{', '../', '/', '$x', '`', '007',
  '2020-13-01', '12:30', '\ufeff', 'é', 'source: ', 'type: tar', 'default',
] as const // biome-ignore format: a table
function check({ plan, issues }: KristaOutcome, text: string): void {
  const hasError = issues.some((it) => it.severity === 'error')
  assert.ok(plan !== undefined || hasError, text)
  for (const { line, column, message } of issues) assert.ok(message !== '' && (line ?? 0) >= 1 && (column ?? 0) >= 1, text)
  assert.ok(tell(issues).length < 200_000, text)
  if (!plan) return
  renderPlan(plan)
  const units = [...plan.tasks.values(), ...(plan.parts?.values() ?? [])]
  for (const { steps } of units) for (const step of steps) assert.ok(describeStep(step) !== '')
  // What is wrong fails when it is run; nothing wrong is passed over.
  // Without a project or region in "naming", tasks may say it, and actions cannot be run by themselves: a warning.
  if (!hasError && !/missing "(?:project|region)"/u.test(tell(issues)))
    assert.ok(!units.some(({ steps }) => steps.some((step) => step.kind === 'issue' && step.issue.severity === 'error')), text)
}

describe('broken configurations', () => {
  it(`are handled in ${RUNS} ways (seed ${SEED})`, async () => {
    const random = randomFrom(SEED)
    let refused = 0
    let partly = 0
    let whole = 0
    for (let run = 0; run < RUNS; run += 1) {
      let text = bases[random(bases.length)] ?? ''
      for (let times = random(2); times >= 0; times -= 1) text = mutate(text, PIECES, random)
      const loaded = await loadText(text)
      check(loaded, text)
      if (!loaded.plan) refused += 1
      else if (loaded.errors === '') whole += 1
      else partly += 1
    }
    for (const count of [refused, partly, whole]) assert.ok(count > RUNS / 50, `${refused} refused, ${partly} in parts, ${whole} whole`)
  })
})
