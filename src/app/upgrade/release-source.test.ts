import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openRelease } from './release-source.ts'

it('rejects a URL whose name cannot be decoded', async () => {
  const deps = { env: {}, signal: new AbortController().signal }
  for (const name of ['holdfast%zz', 'holdfast%ff'])
    await assert.rejects(openRelease(`https://example.com/${name}`, deps), {
      code: 'upgrade/unreadable',
      message: `invalid URL: "${name}" is not the encoding of a name`,
    })
  assert.deepEqual((await openRelease('https://example.com/holdfast%20x', deps)).names, ['holdfast x'])
})
