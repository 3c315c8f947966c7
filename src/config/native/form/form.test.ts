import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { parse } from 'yaml'
import { nativeSchema, topShell } from '../schema/schema.ts'
import { absolutePath, count, duration, fileName, filledText, mode, name, path, rate, size, texts } from '../schema/schema-helpers.ts'
import { backupShell, object, stepShell, taskShell } from '../schema/tasks.ts'
import { type Form, REFUSED } from './form.ts'
import { isMapping } from './forms.ts'
import { zodOf } from './zod-form.ts'

// A form without Zod and the form in Zod accept the same values, with the same results.

const RUNS = process.env['HOLDFAST_LONG_TESTS'] === '1' ? 50_000 : 1_500
const checkout = fileURLToPath(new URL('../../../../', import.meta.url))
const documents = ['test/golden/native/good/', 'test/golden/native/bad/', 'examples/native/'].flatMap((folder) =>
  readdirSync(checkout + folder)
    .filter((it) => it.endsWith('.yaml'))
    .flatMap((it) => {
      const text = readFileSync(checkout + folder + it, 'utf8')
      try {
        const value: unknown = parse(text, { merge: true, logLevel: 'silent' })
        // Not those with aliases of themselves.
        return JSON.stringify(value) === undefined ? [] : [value]
      } catch {
        return []
      }
    }),
)

function compare(form: Form, value: unknown): boolean {
  const read = form.read(value)
  const { success, data, error } = zodOf(form).safeParse(value, { jitless: true })
  assert.equal(read !== REFUSED, success, `${JSON.stringify(value)}\n${error?.message}`)
  if (!success) return false
  assert.deepEqual(read, data)
  // The order of keys is the order in which things are done.
  assert.equal(JSON.stringify(read), JSON.stringify(data))
  return true
}

/** The whole configuration, and what is read part by part. */
function compareAll(top: unknown): boolean {
  compare(topShell, top)
  for (const task of valuesOf(memberOf(top, 'tasks'))) {
    compare(taskShell, task)
    for (const step of valuesOf(memberOf(task, 'steps'))) {
      compare(stepShell, step)
      const backup = memberOf(step, 'backup')
      compare(backupShell, backup)
      for (const it of valuesOf(memberOf(backup, 'objects'))) compare(object, it)
    }
  }
  return compare(nativeSchema, top)
}

function memberOf(value: unknown, name: string): unknown {
  return isMapping(value) ? value[name] : undefined
}

function valuesOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

const WORDS = [
  '',
  '/a',
  '~/a',
  '1d',
  '3 h',
  '10%',
  '5MiB',
  '20MiB/s',
  'all',
  'none',
  'a\0b',
  '0750',
  '__proto__',
  'a\nb',
  'type',
  's3',
  'localfs',
  'exec',
]
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    ...WORDS,
    null,
    true,
    false,
    0,
    -1,
    1,
    9,
    1.5,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
    [],
    {},
    [''],
    ['a'],
    [[]],
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.integer({ min: -5, max: 70_000 }),
  fc.dictionary(fc.constantFrom(...WORDS, 'a'), fc.constantFrom<unknown>('a', 1, null), { maxKeys: 3 }),
)

interface Change {
  readonly at: number
  readonly value: unknown
  readonly key: string
  readonly kind: 'replace' | 'remove' | 'add'
}

/** A copy with one thing changed: the value at one of its places is another, is missing, or has a key or an item more. */
function changed(document: unknown, { at, value, key, kind }: Change): unknown {
  const copy = structuredClone(document)
  const places = placesIn(copy)
  const place = places[at % places.length]
  if (!place) return value
  const [above, last] = place
  const here = above[last]
  if (kind === 'remove' && Array.isArray(above)) above.splice(Number(last), 1)
  else if (kind === 'remove') delete above[last]
  else if (kind === 'add' && Array.isArray(here)) here.push(value)
  else if (kind === 'add' && isMapping(here)) Object.defineProperty(here, key, { value, enumerable: true, configurable: true, writable: true })
  else above[last] = value
  return copy
}

function placesIn(value: unknown): readonly (readonly [Record<string, unknown>, string])[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = value as Record<string, unknown>
  return Object.keys(inside).flatMap((key) => [[inside, key] as const, ...placesIn(inside[key])])
}

describe('forms', () => {
  it('accept the same configurations as Zod, with the same results', () => {
    const accepted = documents.filter(compareAll).length
    assert.ok(accepted >= 15 && documents.length - accepted >= 50, `${accepted} of ${documents.length}`)
  })

  it(`accept the same changed configurations (${RUNS} ways)`, () => {
    let accepted = 0
    const change = fc.record<Change>({
      at: fc.nat(),
      value: odd,
      key: fc.constantFrom('__proto__', 'constructor', 'a', 'user', 'timeout', 'type', 'name', ...WORDS),
      kind: fc.constantFrom('replace', 'replace', 'remove', 'add'),
    })
    fc.assert(
      fc.property(fc.constantFrom(...documents), change, (document, it) => {
        if (compareAll(changed(document, it))) accepted += 1
      }),
      { numRuns: RUNS },
    )
    assert.ok(accepted > RUNS / 50 && accepted < RUNS, `${accepted}`)
  })

  it('of single values accept the same', () => {
    const single = [absolutePath, count, duration, fileName, filledText, mode, name, path, rate, size, texts]
    const long = fc.string({ unit: fc.constantFrom('a', '\u{1f600}', '\ud800', '/', '\0'), minLength: 190, maxLength: 210 })
    fc.assert(
      fc.property(fc.oneof(odd, long), (value) => {
        for (const form of single) compare(form, value)
      }),
      { numRuns: RUNS },
    )
    // Length is counted in characters, not in units.
    assert.ok(compare(fileName, '\u{1f600}'.repeat(200)))
    assert.ok(!compare(fileName, '\u{1f600}'.repeat(201)))
  })
})
