import { createRequire, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { readSmall } from '../../files/read-small.ts'
import { messageOf, systemCode } from '../../lib/errors.ts'
import { oneLine, printable } from '../../lib/format.ts'

/** Modules that stay usable when the files of the program are replaced or removed. */
export interface HeldModules {
  /**
   * Loads the modules that the modules loaded so far load on demand, such as the providers of credentials in the AWS SDK. Never rejects: resolves with
   * a note for each that could not be loaded, except for packages that are not installed, which are optional.
   */
  loadLazy(): Promise<readonly string[]>
}

type Found = ReturnType<NonNullable<Parameters<typeof registerHooks>[0]['resolve']>>

/**
 * Records from now on where modules were found, and answers later requests from this record. Without it, Node.js looks for the file of a module with
 * each `import()` from another place, even if the module is loaded. Called at most once in a process.
 */
export function holdModules(): HeldModules {
  const found = new Map<string, Found>()
  registerHooks({
    resolve(specifier, context, next) {
      const key = keyOf(specifier, context)
      const known = found.get(key)
      if (known !== undefined) return { ...known, shortCircuit: true }
      const result = next(specifier, context)
      found.set(key, result)
      return result
    },
  })
  const scanned = new Set<string>()
  return {
    async loadLazy() {
      const failed: Failed[] = []
      for (const { url } of found.values()) {
        // Modules found meanwhile are appended, and visited in this loop.
        if (scanned.has(url) || !url.startsWith('file:')) continue
        scanned.add(url)
        failed.push(...(await loadNamedIn(url)))
      }
      return failed.map(({ name, error }) => `could not load the module "${printable(name)}" in advance: ${oneLine(messageOf(error))}`)
    },
  }
}

/** Relative ones by their file: the same module is requested from several places. */
function keyOf(
  specifier: string,
  { parentURL, conditions }: { readonly parentURL?: string | undefined; readonly conditions: readonly string[] },
): string {
  const isRelative = /^\.{0,2}\//u.test(specifier) && parentURL !== undefined
  return isRelative ? new URL(specifier, parentURL).href : [specifier, parentURL, ...conditions].join('\0')
}

const LOADS = /\b(?:import|require)\(\s*(["'`])(?<specifier>[^"'`\n]+)\1\s*\)/gu

interface Failed {
  readonly name: string
  readonly error: unknown
}

async function loadNamedIn(url: string): Promise<readonly Failed[]> {
  try {
    return loadNamed(url, (await readSmall(fileURLToPath(url))).toString('utf8'))
  } catch (error) {
    return [{ name: fileURLToPath(url), error }]
  }
}

function loadNamed(url: string, source: string): readonly Failed[] {
  const load = createRequire(url)
  const failed: Failed[] = []
  for (const { groups } of source.matchAll(LOADS)) {
    const { specifier: name = '' } = groups ?? {}
    try {
      load(name)
    } catch (error) {
      if (!isMissing(error)) failed.push({ name, error })
    }
  }
  return failed
}

function isMissing(error: unknown): boolean {
  return ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(systemCode(error) ?? '')
}
