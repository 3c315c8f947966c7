import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { zodOf } from '../form/zod-form.ts'
import { renderNativeSchema } from './render-schema.ts'
import { nativeSchema } from './schema.ts'

const good = fileURLToPath(new URL('../../../../test/golden/native/good/', import.meta.url))

describe('the JSON Schema', () => {
  it('describes every key', () => {
    const silent: string[] = []
    const look = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return
      const { properties } = node as { readonly properties?: Readonly<Record<string, object>> }
      for (const [key, value] of Object.entries(properties ?? {})) if (!('description' in value)) silent.push(`${path}.${key}`)
      for (const [key, value] of Object.entries(node)) look(value, `${path}.${key}`)
    }
    look(JSON.parse(renderNativeSchema()), '')
    assert.deepEqual(silent, [])
  })

  it('accepts no other keys', () => {
    const open: string[] = []
    const look = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return
      if ('properties' in node && !('additionalProperties' in node)) open.push(path)
      for (const [key, value] of Object.entries(node)) look(value, `${path}.${key}`)
    }
    look(JSON.parse(renderNativeSchema()), '')
    assert.deepEqual(open, [])
  })

  for (const name of readdirSync(good).filter((it) => it.endsWith('.yaml')))
    it(`accepts ${name}`, () => {
      const { success, error } = zodOf(nativeSchema).safeParse(parse(readFileSync(good + name, 'utf8'), { merge: true }))
      assert.ok(success, error?.message)
    })
})
