import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderNativeSchema } from '../src/config/native/schema/render-schema.ts'
import { renderSchema } from '../src/legacy/palhm/schema.ts'
import { bundlePacker } from './bundle-packer.ts'
import { completeLock } from './complete-lock.ts'
import { renderBiome } from './generate-biome.ts'
import { renderConfigReference } from './generate-config-reference.ts'
import { renderOperations } from './generate-operations.ts'
import { renderCommandLineReference, renderEventsReference } from './generate-reference.ts'

/** Every generated file that is checked in, with a function from its current to its correct contents. */
const generated: Readonly<Record<string, (present: string) => string>> = {
  'biome.json': renderBiome,
  'package-lock.json': completeLock,
  'share/palhm/palhm.schema.json': () => renderSchema(),
  'share/holdfast.schema.json': () => renderNativeSchema(),
  'share/pack-tar.mjs': () => bundlePacker(),
  'web/src/api/operations.ts': renderOperations,
  'docs/reference/command-line.md': renderCommandLineReference,
  'docs/reference/configuration.md': renderConfigReference,
  'docs/reference/events.md': renderEventsReference,
}

/** The generated files below `root` that are out of date, with their correct contents. */
export function staleFiles(root: string): ReadonlyMap<string, string> {
  const stale = new Map<string, string>()
  for (const [path, render] of Object.entries(generated)) {
    const present = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : ''
    const wanted = render(present)
    if (wanted !== present) stale.set(path, wanted)
  }
  return stale
}

// Without arguments, it updates the files; with --check, it only lists them, and fails.
if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const onlyList = process.argv.includes('--check')
  for (const [path, text] of staleFiles(root)) {
    if (!onlyList) writeFileSync(join(root, path), text)
    console.error(`${path}: ${onlyList ? 'differs from what "npm run generate" makes' : 'written'}`)
    if (onlyList) process.exitCode = 1
  }
}
