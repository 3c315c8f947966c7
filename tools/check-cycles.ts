import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findCycles } from './find-cycles.ts'
import { readModule } from './read-module.ts'

/** The import cycles, including types, among the files of the pages, the tools and the benchmarks. Those of `src` are found with its arrows. */
export function checkCycles(root: string): readonly string[] {
  const files = globSync(['web/src/**/*.{ts,tsx}', 'tools/**/*.ts', 'bench/**/*.ts'], { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  const graph = new Map(files.toSorted().map((file) => [file, importedBy(root, file)]))
  return findCycles(graph).map((cycle) => `${cycle[0]}: import cycle: ${[...cycle, cycle[0]].join(' -> ')}`)
}

function importedBy(root: string, file: string): readonly string[] {
  const { imports } = readModule(file, readFileSync(join(root, file), 'utf8'))
  return imports.flatMap(({ specifier }) => (specifier?.startsWith('.') ? [join(dirname(file), specifier)] : []))
}
