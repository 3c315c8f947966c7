import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseDocument } from 'yaml'
import { mutate, randomFrom } from '../../../test/support/mutations.ts'
import { NATIVE_HOST } from '../../../test/support/native.ts'
import { memoryReader } from '../../../test/support/readers.ts'
import type { Loaded } from '../../plan/loading.ts'
import type { Plan } from '../../plan/plan.ts'
import { renderIssues } from '../render-issues.ts'
import { renderPlan } from '../show.ts'
import { zodOf } from './form/zod-form.ts'
import { loadNative } from './load.ts'
import { nativeSchema } from './schema/schema.ts'

// Good configurations, broken in thousands of ways: whatever stands in a file, loading it ends with a plan or with issues that a person can read.

const RUNS = process.env['HOLDFAST_LONG_TESTS'] === '1' ? 100_000 : 4_000
const SEED = Number(process.env['HOLDFAST_SEED'] ?? 20_261)
const SECRET = 's3cret-of-the-environment'

const good = fileURLToPath(new URL('../../../test/golden/native/good/', import.meta.url))
const bases = [
  ...readdirSync(good)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(good + name, 'utf8').replace('QUOTED: "', `PASSWORD: "${SECRET}`)),
  `version: 1
tasks:
  a: &a
    steps:
      - exec: { argv: [x], environment: { PASSWORD: "${SECRET}" } }
      - task: b
  b: { <<: *a, steps: [] }
`,
]

const PIECES = [
  '"', "'", '{', '}', '[', ']', ',', ': ', ':', '- ', '-', '&a ', '*a', '<<: ', '!x ', '|', '>', '#', '\n', '\n  ', '\t', '\0', '%', '@', '?', '~',
  'null', 'true', '{}', '[]', '""', '0', '-1', '.inf', '1e99', '99999999999999999999', '__proto__: 1', '$'.concat('{env:A}'), '$'.concat('{'), '\ufeff', 'é', '2001-01-01', '0x1f',
] as const // biome-ignore format: a table
function checkIssues({ plan, issues }: Loaded, text: string): void {
  const told = renderIssues(issues)
  const hasError = issues.some((it) => it.severity === 'error')
  assert.equal(plan === undefined, hasError, text)
  for (const { line, column, message } of issues) assert.ok(message !== '' && (line ?? 1) >= 1 && (column ?? 1) >= 1, text)
  assert.ok(told.length < 100_000, text)
}

function checkPlan(plan: Plan, text: string): void {
  renderPlan(plan)
  // Whatever loads has the form that the schema describes.
  if (/<<|\binclude\b/u.test(text)) return
  const { success, error } = zodOf(nativeSchema).safeParse(parseDocument(text).toJS() ?? {})
  assert.ok(success, `${text}\n${error?.message}`)
}

describe('broken configurations', () => {
  it(`are handled in ${RUNS} ways (seed ${SEED})`, async () => {
    const random = randomFrom(SEED)
    let refused = 0
    let loaded = 0
    for (let run = 0; run < RUNS; run += 1) {
      let text = bases[random(bases.length)] ?? ''
      for (let times = random(2); times >= 0; times -= 1) text = mutate(text, PIECES, random)
      const { plan, issues } = await loadNative('/c/main.yaml', {
        reader: memoryReader({ '/c/main.yaml': text, '/c/inc/10-base.yaml': 'version: 1' }),
        host: NATIVE_HOST,
      })
      checkIssues({ issues, ...(plan && { plan }) }, text)
      if (plan) {
        loaded += 1
        checkPlan(plan, text)
      } else refused += 1
    }
    assert.ok(refused > RUNS / 10 && loaded > RUNS / 100, `${refused} refused, ${loaded} loaded`)
  })
})
