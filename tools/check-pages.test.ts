import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { checkPages } from './check-pages.ts'

/** What the check says of one file of the pages. */
function findingsOf(text: string, file = 'web/src/pages/x.tsx'): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'pages-'))
  try {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
    return checkPages(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

describe('the check of the pages', () => {
  it('finds nothing in the pages', () => assert.deepEqual(checkPages(fileURLToPath(new URL('..', import.meta.url))), []))

  const planted: readonly (readonly [string, string])[] = [
    ["import { Host } from '../../../src/api/schema/hosts.ts'", 'write "import type"'],
    ["import { run } from '../../../src/app/runs/start-run.ts'", 'may not import "src/app/runs/start-run.ts"'],
    ["import type { Plan } from '../../../src/plan/plan.ts'", 'may not import "src/plan/plan.ts"'],
    ["import { z } from 'zod'", 'may not use the package "zod"'],
    ['export const x = (e: HTMLElement, t: string) => { e.innerHTML = t }', '"innerHTML"'],
    ['export const x = (t: string) => <p dangerouslySetInnerHTML={{ __html: t }} />', '"dangerouslySetInnerHTML"'],
    ["export const x = (t: string) => new DOMParser().parseFromString(t, 'text/html')", '"parseFromString"'],
    ['export const x = <p>Nothing here</p>', '"Nothing here"'],
    ["export const x = <p>{'Nothing here'}</p>", '"Nothing here"'],
    ['export const x = <button title="Stop" />', '"Stop"'],
    ["export const x = (name: string) => import(name + '.ts')", 'computed'],
  ]
  for (const [text, finding] of planted) {
    it(`refuses ${text}`, () => {
      const found = findingsOf(text)
      assert.equal(found.length, 1, found.join('\n'))
      assert.ok(found[0]?.includes(finding), found[0])
    })
  }

  it('takes types of the API, and texts of the table', () =>
    assert.deepEqual(
      findingsOf(
        "import type { Host } from '../../../src/api/schema/hosts.ts'\nexport const x = (h: Host, m: string) => <p title={m}>{h.name} · 1</p>",
      ),
      [],
    ))
})
