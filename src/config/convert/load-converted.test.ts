import assert from 'node:assert/strict'
import { it } from 'node:test'
import { configOf, KRISTA_HOST, loadText } from '../../../test/support/krista.ts'
import { renderKristaAsNative } from './krista/render-krista.ts'
import { loadConverted } from './load-converted.ts'

it('reports the problems of a converted configuration', async () => {
  const errorsOf = async (format: string) => {
    const scheme = `{fsdump_fileformat: '${format}', fsdump_hash_fileformat: h, pgdump_fileformat: p, pgdump_hash_fileformat: q}`
    const { plan, errors } = await loadText(configOf(`{a: {type: tar, basename: x, naming_scheme: ${scheme}}}`))
    assert.ok(plan, errors)
    const { issues } = await loadConverted(renderKristaAsNative(plan), KRISTA_HOST)
    return issues.filter(({ severity }) => severity === 'error').map(({ message }) => message)
  }
  assert.deepEqual(await errorsOf('x-{date:%Y}.{ext}'), [])
  assert.deepEqual(await errorsOf('x-{date:%Y}'), ['missing field {ext}'])
})
