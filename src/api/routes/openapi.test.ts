import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VERSION } from '../../lib/assets.ts'
import { ROUTES } from './all-routes.ts'
import { renderOpenapi } from './openapi.ts'
import { renderOpenapiPage } from './openapi-page.ts'
import type { Route } from './route.ts'

const document = renderOpenapi('/holdfast') as {
  readonly info: { readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

test('every route is an operation of the document', () => {
  const operations = Object.values(document.paths).flatMap((it) => Object.values(it))
  assert.deepEqual(operations.map((it) => it.operationId).toSorted(), Object.keys(ROUTES).toSorted())
})

test('the document, which anyone can read, has the version of the API and not that of the program', () => {
  assert.equal(document.info.version, '1')
  assert.ok(!JSON.stringify(document).includes(VERSION))
})

test('every reference in the document has a schema', () => {
  const names = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(?<name>[^"]+)"/gu)].map(
    ({ groups }) => groups?.['name'] ?? '',
  )
  assert.ok(names.length > 50)
  assert.deepEqual(
    names.filter((name) => !(name in document.components.schemas)),
    [],
  )
  assert.ok(!JSON.stringify(document).includes('$defs'))
})

test('path and method of each route are unique', () => {
  const all = Object.values<Route>(ROUTES).map(({ method, path }) => `${method} ${path}`)
  assert.equal(new Set(all).size, all.length)
})

test('changes of accounts and of the configuration require a session', () => {
  const open = Object.entries<Route>(ROUTES).filter(([, it]) => it.role === 'admin' && it.method !== 'get' && it.by !== 'session')
  assert.deepEqual(
    open.map(([name]) => name),
    ['checkConfig'],
  )
})

test('the page shows every operation and every schema, and its links lead to them', () => {
  const page = renderOpenapiPage('/holdfast')
  const ids = new Set([...page.matchAll(/ id="(?<id>[^"]+)"/gu)].map(({ groups }) => groups?.['id']))
  for (const name of [...Object.keys(ROUTES), ...Object.keys(document.components.schemas).map((it) => `schema-${it}`)]) assert.ok(ids.has(name), name)
  for (const { groups } of page.matchAll(/href="#(?<id>[^"]+)"/gu)) assert.ok(ids.has(groups?.['id']), groups?.['id'])
  assert.doesNotMatch(page, /<script| style=/u)
})
