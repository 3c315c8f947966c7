import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { requires } from '../support/requires.ts'
import { openSetup } from './setup.ts'

const DEPTH = 700
const DESCRIPTORS = 400

// A file before and after each folder, in the order of any file system: a packer has to come back to folders that it has left far above.
const MAKE = `
import os, sys
os.chdir(sys.argv[1])
for level in range(${DEPTH}):
  open('a', 'w').write(str(level))
  os.mkdir('d')
  open('z', 'w').write(str(level))
  os.chdir('d')
`
const READ = `
import sys, tarfile, zipfile
path = sys.argv[1]
if path.endswith('.zip'):
  z = zipfile.ZipFile(path)
  assert z.testzip() is None
  print(sum(z.read(i) == str(i.filename.count('/')).encode() for i in z.infolist() if not i.is_dir()), len(z.infolist()))
else:
  t = tarfile.open(path)
  members = t.getmembers()
  print(sum(t.extractfile(m).read() == str(m.name.count('/')).encode() for m in members if m.isreg()), len(members))
`

describe('a folder that is deeper than files can be open', () => {
  for (const extension of ['tar.gz', 'zip']) {
    it(`is packed completely, ${extension}`, { skip: requires('prlimit', 'python3') }, async (t) => {
      const setup = openSetup(t, () => undefined, 'plan.yaml')
      const [source, out] = [join(setup.top, 'source'), join(setup.top, 'out')]
      mkdirSync(source)
      execFileSync('python3', ['-c', MAKE, source])
      const files = { archives: { basename: 'deep', folder: out, extension } }
      setup.configure({ version: 1, 'file-sets': { deep: files }, tasks: { t: { steps: [{ archive: { files: 'deep', source } }] } } })
      const { code, stderr } = await setup.start(['-q', 'run', 't'], { under: ['prlimit', `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`] })
      assert.deepEqual([code, stderr], [0, ''])
      const name = readdirSync(out).find((it) => it.endsWith(extension)) ?? ''
      assert.equal(execFileSync('python3', ['-c', READ, join(out, name)], { encoding: 'utf8' }), `${2 * DEPTH} ${3 * DEPTH}\n`)
    })
  }
})
