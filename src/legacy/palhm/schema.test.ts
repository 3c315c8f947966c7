import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { palhmSchema, renderSchema } from './schema.ts'

describe('the JSON Schema', () => {
  it('that is checked in is the one that is generated', (t) => {
    // Renewed by --test-update-snapshots.
    t.assert.fileSnapshot(renderSchema(), fileURLToPath(new URL('../../../share/palhm/palhm.schema.json', import.meta.url)), {
      serializers: [String],
    })
  })

  it('describes every key', () => {
    const silent: string[] = []
    const look = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return
      const { properties } = node as { readonly properties?: Readonly<Record<string, object>> }
      for (const [key, value] of Object.entries(properties ?? {})) if (!('description' in value)) silent.push(`${path}.${key}`)
      for (const [key, value] of Object.entries(node)) look(value, `${path}.${key}`)
    }
    look(JSON.parse(renderSchema()), '')
    assert.deepEqual(silent, [])
  })

  it('refuses what has a wrong form, and lets unknown keys pass', () => {
    const valid = (value: unknown) => palhmSchema.safeParse(value).success
    assert.ok(valid({}))
    assert.ok(valid({ unknown: 1, tasks: [{ id: 'x', type: 'routine', routine: [], more: 1 }] }))
    for (const wrong of [[], { tasks: {} }, { vl: '3' }, { tasks: [{ id: 'x', type: 'nope' }] }, { execs: [{ id: 'x', argv: ['x'], ec: '=1' }] }])
      assert.ok(!valid(wrong), JSON.stringify(wrong))
  })
})
