import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Random, randomFrom } from '../../../test/support/mutations.ts'
import { HOST, plainValue, renderIssues } from '../../../test/support/palhm.ts'
import { memoryReader } from '../../../test/support/readers.ts'
import { readJson } from '../../document/json/read-json.ts'
import { loadPalhm } from './load.ts'
import { palhmSchema } from './schema.ts'

// Good configurations, broken in thousands of ways: whatever stands in a file, loading it ends with a plan or with issues that a person can read.

const RUNS = process.env['HOLDFAST_LONG_TESTS'] === '1' ? 100_000 : 10_000
const SEED = Number(process.env['HOLDFAST_SEED'] ?? 20_260)

const SECRET = 's3cret-of-the-environment'
const golden = fileURLToPath(new URL('../../../test/golden/palhm/configs/', import.meta.url))

const sample = `{
  "include": ["core.json"], "modules": ["aws"], "vl": 3, "nb-workers": 2.5,
  "execs": [{ "id": "dump", "argv": ["/usr/bin/pg_dump", "-Fc"], "env": { "PGPASSWORD": "${SECRET}", "PATH": "/bin" }, "ec": "<2", "vl-stderr": 1 }],
  "tasks": [
    { "id": "backup", "type": "backup", "backend": "localfs",
      "backend-param": { "root": "/b/", "nb-copy-limit": "2.9", "root-size-limit": 1e12, "dmode": "755", "block-size": "64K" },
      "object-groups": [{ "id": "meta" }, { "id": "data", "depends": ["meta", "default"] }],
      "objects": [
        { "path": "/db", "group": "data", "alloc-size": 100, "pipeline": [{ "type": "exec", "exec-id": "dump" }, { "type": "exec-append", "exec-id": "dump", "argv": ["x"], "env": { "K": "${SECRET}" } }] },
        { "path": "a/b", "group": "meta", "pipeline": [{ "type": "exec-inline", "argv": ["/bin/true"], "env": { "T": "${SECRET}" }, "vl-stdout": 20 }] },
        { "path": "c", "pipeline": [] }
      ] },
    { "id": "s3", "type": "backup", "backend": "aws-s3", "backend-param": { "bucket": "x", "root": "y", "rot-storage-class": "GLACIER" } },
    { "id": "default", "type": "routine", "routine": [
      { "type": "builtin", "builtin-id": "sigmask", "param": [{ "action": "block", "sig": ["TERM", 15] }] }, { "type": "task", "task-id": "backup" }] }
  ],
  "boot-report": { "mua": "mailx", "mail-to": ["root"], "subject": "{hostname}", "delay": 0.5, "boot-wait": "systemd" }
}`
const core = readFileSync(`${golden}inc/core-mini.json`, 'utf8')
const bases = [
  ...readdirSync(golden)
    .filter((name) => /\.jsonc?$/u.test(name))
    .map((name) => readFileSync(golden + name, 'utf8')),
  ...Array.from({ length: 60 }, () => sample),
]

type Mutation = (text: Buffer, random: Random) => Buffer

const cut = (text: Buffer, from: number, to: number, put: string | Buffer = '') =>
  Buffer.concat([text.subarray(0, from), Buffer.from(put), text.subarray(to)])
const pick = <T>(list: readonly [T, ...T[]], random: Random): T => list[random(list.length)] ?? list[0]

const BYTES = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '/',
  '*',
  '#',
  "'",
  '-',
  '0',
  '9',
  '.',
  'e',
  'n',
  '\n',
  '\t',
  '\0',
  '\u007f',
  'é',
  '\ufeff',
  '\ud83d',
] as const
const VALUES = [
  'null',
  'true',
  '{}',
  '[]',
  '""',
  '0',
  '-1',
  '1e999999999',
  '"x"',
  '["x"]',
  '{"id": "x"}',
  'NaN',
  '"\\u0000"',
  '"\\ud800"',
  '"__proto__"',
  '"../x"',
  '99999999999999999999',
  '"<0"',
] as const
const TOKEN = /"(?:[^"\\\n]|\\.)*"|-?[0-9][0-9.eE+-]*|[a-z]+|[{}[\],:]/gu

const byteMutations: readonly [Mutation, ...Mutation[]] = [
  (text, random) => cut(text, random(text.length), text.length),
  (text, random) => {
    const at = random(text.length)
    return cut(text, at, at + 1 + random(3))
  },
  (text, random) => {
    const at = random(text.length)
    return cut(text, at, at, pick(BYTES, random))
  },
  (text, random) => {
    const changed = Buffer.from(text)
    changed[random(text.length)] = random(256)
    return changed
  },
]

/** These may carry a secret to where it is none. */
const movingMutations: readonly [Mutation, ...Mutation[]] = [
  (text, random) => {
    const from = random(text.length)
    const part = text.subarray(from, from + random(80))
    const at = random(text.length)
    return cut(text, at, at, part)
  },
  (text, random) => replaceToken(text, random, () => ''),
  (text, random) => replaceToken(text, random, () => pick(VALUES, random)),
  (text, random) => replaceToken(text, random, (token) => `${token} ${token}`),
  (text, random) => replaceToken(text, random, (token) => (random(2) === 0 ? token.toUpperCase() : `${token.slice(0, -2)}${token.slice(-1)}`)),
  (text, random) => replaceToken(text, random, (_, tokens) => tokens[random(tokens.length)] ?? ''),
]

function replaceToken(text: Buffer, random: Random, change: (token: string, tokens: readonly string[]) => string): Buffer {
  const found = [...text.toString().matchAll(TOKEN)]
  const one = found[random(Math.max(1, found.length))]
  if (!one) return text
  const whole = text.toString()
  return Buffer.from(
    whole.slice(0, one.index) +
      change(
        one[0],
        found.map((it) => it[0]),
      ) +
      whole.slice(one.index + one[0].length),
  )
}

function mutated(mutations: readonly [Mutation, ...Mutation[]], random: Random): Buffer {
  let text: Buffer = Buffer.from(bases[random(bases.length)] ?? '')
  for (let times = 1 + random(3); times > 0 && text.length > 0; times -= 1) text = pick(mutations, random)(text, random)
  return text
}

/** Loads a text and checks everything that must hold whatever it is. */
async function check(
  text: Buffer,
  { file, mayQuoteSecret }: { readonly file: string; readonly mayQuoteSecret: boolean },
): Promise<'plan' | 'issues'> {
  const reader = memoryReader({ [file]: text, '/c/core.json': core, '/c/inc/core-mini.json': core })
  const { plan, issues } = await loadPalhm(file, { reader, host: HOST })
  const told = renderIssues(issues)
  assert.equal(
    plan === undefined,
    issues.some((it) => it.severity === 'error'),
  )
  assert.doesNotMatch(told, /\bundefined\b|\[object |\bat .*\.ts:|TypeError|RangeError/u)
  assert.equal(told.split('\n').length, issues.length + 1, 'one line each')
  if (!mayQuoteSecret) assert.ok(!told.includes(SECRET), told)
  const lines = text.toString().split(/\r\n|\n|\r/u).length
  for (const { line, column, ...issue } of issues) if (issue.file === file) assert.ok((line ?? 0) >= 1 && (line ?? 0) <= lines && (column ?? 0) >= 1)
  // Strict JSON knows numbers that a schema does not.
  if (plan && issues.length === 0 && file.endsWith('c')) {
    const { root } = readJson(text, 'jsonc')
    const form = palhmSchema.safeParse(root && plainValue(root))
    assert.ok(form.success, `loads without a word, but the schema refuses it: ${JSON.stringify(form.error?.issues)}`)
  }
  return plan ? 'plan' : 'issues'
}

describe('loading', () => {
  it(`handles ${RUNS} broken configurations`, async () => {
    const random = randomFrom(SEED)
    const outcomes = { plan: 0, issues: 0 }
    for (let run = 0; run < RUNS; run += 1) {
      const moving = random(2) === 0
      const text = mutated(moving ? movingMutations : byteMutations, random)
      try {
        outcomes[await check(text, { file: random(4) === 0 ? '/c/main.json' : '/c/main.jsonc', mayQuoteSecret: moving })] += 1
      } catch (error) {
        assert.fail(new Error(`seed ${SEED}, run ${run}, text:\n${text}`, { cause: error }))
      }
    }
    // Both ends are common, or the mutations would show little.
    assert.ok(outcomes.plan > RUNS / 20 && outcomes.issues > RUNS / 4, JSON.stringify(outcomes))
  })
})
