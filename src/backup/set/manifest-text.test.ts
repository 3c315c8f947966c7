import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Manifest } from './manifest.ts'
import { HEAD_BYTES, isManifestHead, parseManifest, renderManifest } from './manifest-text.ts'

const manifest: Manifest = {
  version: 1,
  tool: 'holdfast 0.1.0',
  set: '20261121T202756Z',
  host: 'web-01',
  run: '01J',
  task: 'nightly',
  step: 'nightly',
  began: '2026-11-21T20:27:56.123Z',
  ended: '2026-11-21T20:28:01.456Z',
  objects: [
    {
      path: 'etc.tar.zst',
      bytes: 123_456,
      sha256: 'a'.repeat(64),
      source: 'tar',
      filters: ['zstd'],
      stages: [
        { program: 'tar', exec: 'tar', exitCode: 1, durationMs: 420 },
        { program: 'zstd', exitCode: 0, durationMs: 421 },
      ],
    },
  ],
}

describe('the manifest', () => {
  it('has the text that the format page shows', () => {
    const page = readFileSync(new URL('../../../docs/format/manifest.md', import.meta.url), 'utf8')
    const shown = /```json\n(?<example>[\s\S]*?)```/u.exec(page)?.groups?.['example']
    assert.equal(renderManifest(manifest), shown)
  })

  it('has one text for one content, whatever the order of making', () => {
    const backwards = (value: object) => Object.fromEntries(Object.entries(value).reverse())
    const shuffled = { ...backwards(manifest), objects: manifest.objects.map(backwards) } as unknown as Manifest
    assert.equal(renderManifest(shuffled), renderManifest(manifest))
  })

  it('reads back what was written, whatever the names', () => {
    const aText = fc.string({ unit: 'grapheme' })
    const anObject = fc.record({
      path: aText,
      bytes: fc.nat(),
      sha256: fc.constant('0'.repeat(64)),
      stages: fc.constant([]),
      filters: fc.array(aText),
    })
    fc.assert(
      fc.property(fc.uniqueArray(anObject, { selector: ({ path }) => path }), aText, (objects, host) => {
        const reading = parseManifest(renderManifest({ ...manifest, host, objects }))
        assert.deepEqual(reading, { kind: 'ours', manifest: JSON.parse(JSON.stringify({ ...manifest, host, objects })) })
      }),
    )
  })

  it('is known by its head, foreign files of its name are not', () => {
    assert.ok(isManifestHead(renderManifest(manifest).slice(0, HEAD_BYTES)))
    for (const text of ['', '{}', '{"version":1}', '{\n  "version": 1,\n  "tool": "webpack 5",\n', renderManifest(manifest).replace('1,', '"1",')]) {
      assert.deepEqual(parseManifest(text), { kind: 'foreign' })
    }
  })

  it('of a later version is known as such, and no more is read', () => {
    const later = '{\n  "version": 2,\n  "tool": "holdfast 9.0.0",\n  "objects": "in another way"\n'
    assert.deepEqual(parseManifest(later), { kind: 'newer', version: 2, tool: 'holdfast 9.0.0' })
  })

  it('is refused when it is not as it should be', () => {
    const text = renderManifest(manifest)
    const broken = [
      text.slice(0, -20),
      text.replace('"aaa', '"AAA'),
      text.replace('123456', '-1'),
      text.replace('123456', '1.5'),
      text.replace('"host": "web-01"', '"host": 7'),
      text.replace('"objects": [', '"objects": [null, '),
      text.replace('"filters": [\n        "zstd"\n      ]', '"filters": [1]'),
    ]
    for (const it of broken) assert.equal(parseManifest(it).kind, 'damaged', it)
  })

  it('is refused when it holds more than a manifest may', () => {
    const object = manifest.objects[0] as Manifest['objects'][number]
    const withObject = (changed: object) => renderManifest({ ...manifest, objects: [{ ...object, ...changed }] })
    const stage = { program: 'zstd', durationMs: 1 }
    const limits: readonly (readonly [string, string])[] = [
      [renderManifest({ ...manifest, objects: [object, object] }), 'duplicate object path'],
      [renderManifest({ ...manifest, host: 'x'.repeat(4097) }), '"host" is not a string, or is too long'],
      [withObject({ path: 'x'.repeat(4096) }), 'invalid entry "objects[0]"'],
      [withObject({ filters: Array.from({ length: 17 }, () => 'zstd') }), 'invalid entry "objects[0]"'],
      [withObject({ stages: Array.from({ length: 257 }, () => stage) }), 'invalid entry "objects[0]"'],
      [withObject({ stages: [{ ...stage, program: 7 }] }), 'invalid entry "objects[0]"'],
      [withObject({ facts: { entries: {} } }), 'invalid entry "objects[0]"'],
      [withObject({ source: 'cpio' }), 'invalid entry "objects[0]"'],
      [withObject({ kind: 'x'.repeat(4097) }), 'invalid entry "objects[0]"'],
      [renderManifest(manifest).replace('"host"', `"later": ${'['.repeat(16)}${']'.repeat(16)}, "host"`), 'it is nested too deeply'],
      [renderManifest({ ...manifest, host: 'x'.repeat(64 * 1024 * 1024) }), 'it is too large'],
    ]
    for (const [text, reason] of limits) assert.deepEqual(parseManifest(text), { kind: 'damaged', reason })
    const many = Array.from({ length: 100_001 }, (_, index) => ({ ...object, path: String(index), stages: [], filters: [] }))
    assert.deepEqual(parseManifest(renderManifest({ ...manifest, objects: many })), { kind: 'damaged', reason: 'it has more than 100000 objects' })
  })

  it('returns no key that is not in the format, nor one of a prototype', () => {
    const text = renderManifest(manifest).replace('"host"', '"__proto__": { "kind": "evil" }, "constructor": 7, "host"')
    assert.deepEqual(parseManifest(text), { kind: 'ours', manifest })
  })

  it('ignores unknown keys', () => {
    assert.equal(parseManifest(renderManifest(manifest).replace('"host"', '"later": true,\n  "host"')).kind, 'ours')
  })
})
