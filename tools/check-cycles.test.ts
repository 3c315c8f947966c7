import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { checkCycles } from './check-cycles.ts'

describe('the check of import cycles', () => {
  it('finds none', () => assert.deepEqual(checkCycles(fileURLToPath(new URL('..', import.meta.url))), []))

  it('finds two files that import each other, also types only', (t) => {
    const root = mkdtempSync(join(tmpdir(), 'cycles-'))
    t.after(() => rmSync(root, { recursive: true }))
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    write('web/src/log/bar.tsx', "import type { Place } from './view.tsx'\nexport const Bar = (place: Place) => place")
    write('web/src/log/view.tsx', "import { Bar } from './bar.tsx'\nexport interface Place {}\nexport const view = Bar")
    write('bench/alone.ts', "import { view } from '../web/src/log/view.tsx'\nexport const x = view")
    assert.deepEqual(checkCycles(root), ['web/src/log/view.tsx: import cycle: web/src/log/view.tsx -> web/src/log/bar.tsx -> web/src/log/view.tsx'])
  })
})
