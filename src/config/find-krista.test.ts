import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { KRISTA_FILE, KRISTA_HOST } from '../../test/support/krista.ts'
import { memoryReader } from '../../test/support/readers.ts'
import { findConfig } from './find-config.ts'
import { loadConfig } from './load.ts'

describe('findConfig for KristaBackup', () => {
  const find = (invokedAs: string, present: readonly string[], links: Readonly<Record<string, string>> = {}) =>
    findConfig({ invokedAs, exists: async (path) => present.includes(path), resolve: async (path) => links[path] ?? path })

  it('uses the file beside the program as it was started, then beside the target of the link, then the default location', async () => {
    const links = { '/usr/local/bin/KristaBackup.py': '/opt/holdfast/KristaBackup.py' }
    const places = ['/usr/local/bin/config.yaml', '/opt/holdfast/config.yaml', KRISTA_FILE]
    for (const [index, place] of places.entries())
      assert.equal(await find('/usr/local/bin/KristaBackup.py', [...places.slice(index), '/etc/holdfast/holdfast.yaml'], links), place)
  })

  it('finds its own location only if just the name is known, with any spelling', async () => {
    for (const name of ['KristaBackup.py', 'KristaBackup', 'kristabackup'])
      assert.equal(await find(name, ['/config.yaml', 'config.yaml', './config.yaml', KRISTA_FILE]), KRISTA_FILE, name)
  })

  it('lists the searched paths', async () => {
    await assert.rejects(find('/a/./KristaBackup.py', ['/etc/holdfast/holdfast.yaml']), {
      code: 'config/invalid',
      message: /neither "\/a\/config\.yaml" nor "\/opt\/KristaBackup\/config\.yaml" exists/u,
    })
  })
})

describe('loadConfig of a YAML file', () => {
  const dialectOf = async (text: string, invokedAs = 'holdfast') => {
    const { plan, issues } = await loadConfig('/a/config.yaml', { reader: memoryReader({ '/a/config.yaml': text }), host: KRISTA_HOST, invokedAs })
    return plan?.dialect ?? issues.map(({ message }) => message).join()
  }

  it('depends on the contents', async () => {
    const krista = 'naming: {server_name: s, project: p, region: r}\nschedule: {}\nactions: {}\n'
    assert.equal(await dialectOf(krista), 'krista')
    assert.equal(await dialectOf(`# version: 1\n"actions" : {}\r\nschedule: {}\r\n${krista.split('\n')[0]}\r\n`), 'krista')
    assert.equal(await dialectOf('version: 1\ntasks: {}\n'), 'native')
    assert.equal(await dialectOf('version: 1\n', 'KristaBackup.py'), 'native')
  })

  it('depends on the name of the program for ambiguous contents', async () => {
    assert.match(await dialectOf('x: 1\n', 'KristaBackup.py'), /missing required key "naming"/u)
    assert.match(await dialectOf('x: 1\n'), /missing required key "version"/u)
    assert.match(await dialectOf('', 'KristaBackup.py'), /an empty file/u)
  })
})
