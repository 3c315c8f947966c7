import { createRequire, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { readSmall } from '../../files/read-small.ts'

/** Modules that stay usable when the files of the program are replaced or removed. */
export interface HeldModules {
  /** Loads the modules that the modules loaded so far load on demand, such as the providers of credentials in the AWS SDK. */
  loadLazy(): Promise<void>
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
      for (const { url } of found.values()) {
        // Modules found meanwhile are appended, and visited in this loop.
        if (scanned.has(url) || !url.startsWith('file:')) continue
        scanned.add(url)
        loadNamed(url, (await readSmall(fileURLToPath(url))).toString('utf8'))
      }
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

function loadNamed(url: string, source: string): void {
  const load = createRequire(url)
  for (const { groups } of source.matchAll(LOADS)) {
    try {
      load(groups?.['specifier'] ?? '')
    } catch {
      // Optional packages that are not installed.
    }
  }
}
