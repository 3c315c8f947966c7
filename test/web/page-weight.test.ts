import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { checkout } from '../palhm/place.ts'
import { buildPagesOnce } from '../support/built-pages.ts'

const FIRST_PAGE_MOST = 250_000

test('the files of the first page are at most 250 kB, compressed', async () => {
  await buildPagesOnce(checkout)
  const folder = join(checkout, 'dist/web')
  const index = readFileSync(join(folder, 'index.html'), 'utf8')
  const named = [...index.matchAll(/(?:src|href)="\.\/(?<path>assets\/[^"]+\.(?:js|css))"/gu)].map(({ groups }) => groups?.['path'] ?? '')
  // The language, and the worker with the stream of events, are loaded by the script.
  const later = readdirSync(join(folder, 'assets'))
    .filter((it) => /^(?:en|ru|plural|link)-.*\.js$/u.test(it))
    .map((it) => `assets/${it}`)
  const files = ['index.html', ...new Set([...named, ...later])]
  const bytes = files.map((it) => gzipSync(readFileSync(join(folder, it))).length).reduce((a, b) => a + b, 0)
  assert.ok(named.length >= 2 && later.length >= 3, files.join())
  assert.ok(bytes < FIRST_PAGE_MOST, `the first page has ${bytes} bytes`)
})

test('no file of the pages asks another host', async () => {
  const folder = join(checkout, 'dist/web')
  const addresses = readdirSync(join(folder, 'assets'))
    .filter((it) => /\.(?:js|css)$/u.test(it))
    .flatMap((it) => readFileSync(join(folder, 'assets', it), 'utf8').match(/https?:\/\/[\w.-]+/gu) ?? [])
  // Names of XML, and texts of errors.
  const known = new Set(['http://www.w3.org', 'https://react.dev', 'http://localhost'])
  assert.deepEqual(
    [...new Set(addresses)].filter((it) => !known.has(it)),
    [],
  )
})
