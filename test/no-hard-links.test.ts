import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import { writeConfig } from '../src/app/init/init.ts'
import { putInPlace } from '../src/app/upgrade/replace-program.ts'
import { placeholderKey } from '../src/app/web/config-file/placeholder-key.ts'
import { openFolder, withFolder } from '../src/files/folder.ts'
import { linkOrCopy } from '../src/files/move-entry.ts'
import { createWholeFileInSync } from '../src/files/write-small.ts'
import { mountRemote, noRemoteMount } from './support/remote-mount.ts'

describe('on a file system without hard links', { skip: noRemoteMount }, () => {
  it('files are created once, and get second names as copies', async (t) => {
    const top = await mountRemote(t, '1h')
    const contents = () => Object.fromEntries(readdirSync(top).map((name) => [name, readFileSync(join(top, name), 'utf8')]))
    await withFolder(openFolder(top), async (folder) => {
      assert.deepEqual([createWholeFileInSync(folder, 'a', 'first'), createWholeFileInSync(folder, 'a', 'second')], [true, false])
      await linkOrCopy({ folder, name: 'a' }, { folder, name: 'b' })
      writeFileSync(join(top, 'a'), 'changed')
      await assert.rejects(linkOrCopy({ folder, name: 'a' }, { folder, name: 'b' }), { code: 'EEXIST' })
      await assert.rejects(linkOrCopy({ folder, name: 'missing' }, { folder, name: 'c' }), { code: 'ENOENT' })
      assert.deepEqual(contents(), { a: 'changed', b: 'first' })
    })
  })

  it('the key for placeholders is stored, and replaced configurations and programs are kept', async (t) => {
    const top = await mountRemote(t, '1h')
    const key = placeholderKey(top)
    assert.equal(readFileSync(join(top, 'web/placeholder-key'), 'utf8'), key)
    assert.deepEqual(readdirSync(join(top, 'web')), ['placeholder-key'])

    const config = join(top, 'holdfast.yaml')
    writeFileSync(config, 'old')
    const kept = await writeConfig(config, 'new', { replaces: true, now: new Date('2026-01-02T03:04:05Z') })
    assert.deepEqual(
      [basename(kept ?? ''), readFileSync(kept ?? '', 'utf8'), readFileSync(config, 'utf8')],
      ['holdfast.yaml.20260102T030405Z.old', 'old', 'new'],
    )

    const program = join(top, 'program')
    writeFileSync(program, 'version 1')
    writeFileSync(join(top, 'draft'), 'version 2')
    await withFolder(openFolder(top), (folder) => putInPlace(folder, 'draft', program))
    assert.deepEqual(
      [program, `${program}.previous`].map((it) => readFileSync(it, 'utf8')),
      ['version 2', 'version 1'],
    )
    assert.deepEqual(readdirSync(top).toSorted(), ['holdfast.yaml', basename(kept ?? ''), 'program', 'program.previous', 'web'])
  })
})
