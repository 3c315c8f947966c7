import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROUTES } from './all-routes.ts'
import { renderOpenapi } from './openapi.ts'
import type { Route } from './route.ts'

const document = renderOpenapi('/holdfast') as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

test('every route is an operation of the document', () => {
  const operations = Object.values(document.paths).flatMap((it) => Object.values(it))
  assert.deepEqual(operations.map((it) => it.operationId).toSorted(), Object.keys(ROUTES).toSorted())
})

test('every reference of the document leads to a schema in it', () => {
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

test('no two routes have one path and method', () => {
  const all = Object.values<Route>(ROUTES).map(({ method, path }) => `${method} ${path}`)
  assert.equal(new Set(all).size, all.length)
})

test('what changes accounts or the configuration is for sessions only', () => {
  const open = Object.entries<Route>(ROUTES).filter(([, it]) => it.role === 'admin' && it.method !== 'get' && it.by !== 'session')
  assert.deepEqual(
    open.map(([name]) => name),
    ['checkConfig'],
  )
})
