import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { it } from 'node:test'

it('no table that foreign words are looked up in inherits from Object.prototype', () => {
  const tables = globSync('src/**/*.ts', { cwd: new URL('..', import.meta.url), exclude: ['**/*.test.ts'] }).flatMap((file) => {
    const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
    const names = [...text.matchAll(/^(?:export )?const (\w+): Readonly<Record<string, .*>> = \{$/gmu)].map((it) => it[1] ?? '')
    return names.filter((name) => text.includes(`${name}[`) && !text.includes(`Object.hasOwn(${name},`)).map((name) => `${file}: ${name}`)
  })
  assert.deepEqual(tables, [], 'make it a Map: with an object, "constructor" and "toString" are found as well')
})
