import { globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkCycles } from './check-cycles.ts'
import { checkPages } from './check-pages.ts'
import { findCycles } from './find-cycles.ts'
import { type GlobalUse, type ModuleImport, readModule } from './read-module.ts'
import { detours, type Privilege, privileges, type Room, rooms, topFiles } from './rooms.ts'

export interface ArrowReport {
  /** One line each: `src/plan/x.ts:3: plan may not import storage`. */
  readonly findings: readonly string[]
  readonly filesRead: number
}

const testFile = /\.(?:test|suite)\.ts$/u
const sourceFile = /\.[cm]?[jt]sx?$/u

/**
 * Checks every source file below `root/src` against the table of rooms: imports (including types), import cycles, and the use of restricted features.
 * Tests must respect the arrows, but not the restrictions.
 */
export function checkArrows(root: string): ArrowReport {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && sourceFile.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
  const graph = new Map<string, readonly string[]>()
  const findings = files.flatMap((file) => {
    const facts = readModule(file, readFileSync(join(root, file), 'utf8'))
    const targets = facts.imports.map((it) => targetOf(file, it)).filter((it) => it !== undefined)
    if (!testFile.test(file)) graph.set(file, targets)
    return [
      ...facts.errors.map((message) => `${file}: cannot be parsed: ${message}`),
      ...placeFindings(file),
      ...facts.imports.flatMap((it) => importFindings(file, it)),
      ...(testFile.test(file) ? [] : facts.uses.flatMap((it) => useFindings(file, it))),
    ]
  })
  const cycles = findCycles(graph).map((cycle) => `${cycle[0]}: import cycle: ${[...cycle, cycle[0]].join(' -> ')}`)
  return { findings: [...findings, ...cycles, ...folderCycles(graph), ...crowds([...graph.keys()]), ...unread(root, files)], filesRead: files.length }
}

/** Folders of a room import each other one way, like rooms; files directly in the room are exempt. */
function folderCycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const folders = new Map<string, string[]>()
  for (const [file, targets] of graph) {
    const own = folderOf(file)
    if (own === undefined) continue
    const others = targets.map(folderOf).filter((it) => it !== undefined && it !== own && dirname(it) === dirname(own)) as string[]
    folders.set(own, [...new Set([...(folders.get(own) ?? []), ...others])])
  }
  return findCycles(folders).map((cycle) => `${cycle[0]}: folders import each other: ${[...cycle, cycle[0]].join(' -> ')}`)
}

/** A folder must remain easy to survey. */
const MOST_FILES = 20

function crowds(files: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > MOST_FILES)
    .map(([folder, count]) => `${folder}: ${count} files side by side, at most ${MOST_FILES}`)
}

/** The folder of a room that contains a file, at any depth: `src/backup/set`. */
function folderOf(file: string): string | undefined {
  const parts = file.split('/')
  return parts.length > 3 ? parts.slice(0, 3).join('/') : undefined
}

// A second method of listing the files, so that an error in the first one cannot disable the check.
function unread(root: string, files: readonly string[]): string[] {
  const onDisk = globSync('src/**/*.{ts,mts,cts,tsx,js,mjs,cjs,jsx}', { cwd: root })
  const missed = onDisk.filter((file) => !files.includes(file)).map((file) => `${file}: was not read`)
  return files.length === 0 ? [...missed, 'src: no source file was found'] : missed
}

/** The room of a file: its folder under `src/`, or its own name if it is directly there. */
function roomOf(file: string): { readonly name: string; readonly room: Room | undefined } {
  const [name = '', inner] = file.slice('src/'.length).split('/')
  return { name, room: inner === undefined ? topFiles[name] : rooms[name] }
}

function placeFindings(file: string): string[] {
  const { name, room } = roomOf(file)
  const folders = file.split('/').slice(2, -1)
  return [
    ...(room || testFile.test(file) ? [] : [`${file}: "${name}" is not in the table of rooms (tools/rooms.ts)`]),
    ...(file.endsWith('.ts') && !file.endsWith('.d.ts') ? [] : [`${file}: source files end in .ts`]),
    // Biome's arrows match the text of an import: such a folder would be mistaken for the room.
    ...folders.filter((folder) => folder in rooms).map((folder) => `${file}: a folder inside a room must not have the name of a room ("${folder}")`),
  ]
}

/** The imported file relative to the root, if it is in the checkout. */
function targetOf(file: string, { specifier }: ModuleImport): string | undefined {
  return specifier?.startsWith('.') ? join(dirname(file), specifier) : undefined
}

function importFindings(file: string, it: ModuleImport): string[] {
  const at = `${file}:${it.line}`
  if (it.specifier === undefined) return testFile.test(file) ? [] : [`${at}: the target of this import() is computed and cannot be checked`]
  if (/^(?:\/|file:|data:)/u.test(it.specifier)) return [`${at}: imports are relative or of packages`]
  const target = targetOf(file, it)
  if (target === undefined) return moduleFindings(file, it, at)
  if (target.startsWith('src/')) return arrowFindings(file, { target, typesOnly: it.typesOnly, at })
  return testFile.test(file) || target === 'package.json' ? [] : [`${at}: the product may not import "${target}", outside of src/`]
}

function arrowFindings(file: string, { target, typesOnly, at }: { target: string; typesOnly: boolean; at: string }): string[] {
  const from = roomOf(file)
  const to = roomOf(target)
  if (testFile.test(target) && !testFile.test(file)) return [`${at}: only tests import tests ("${target}")`]
  if (target.split('/').length === 2) return [`${at}: nothing may import "${target}"`]
  if (from.name === to.name || from.room === undefined || from.room.may.includes(to.name)) return []
  if (!from.room.mayTypes?.includes(to.name)) return [`${at}: ${from.name} may not import ${to.name}`]
  return typesOnly ? [] : [`${at}: ${from.name} may import types of ${to.name}, and nothing else: write "import type"`]
}

function moduleFindings(file: string, { specifier = '', names, typesOnly }: ModuleImport, at: string): string[] {
  if (testFile.test(file)) return []
  const reached = restrictionsOn(file).filter((it) => it.modules?.includes(specifier))
  const whole = reached.find((it) => it.members === undefined)
  if (whole) return [`${at}: "${specifier}": ${whole.why}`]
  const member = reached.find((it) => !typesOnly && names.some((name) => it.members?.includes(name)))
  return member ? [`${at}: ${names.filter((name) => member.members?.includes(name)).join(', ')} of "${specifier}": ${member.why}`] : []
}

function useFindings(file: string, { name, line }: GlobalUse): string[] {
  if (name === 'process') return [`${file}:${line}: "process" as a whole: use its members, and give nothing else this name`]
  const refused = restrictionsOn(file).find((it) => it.uses?.some((use) => name === use || name.startsWith(`${use}.`)))
  return refused ? [`${file}:${line}: "${name}": ${refused.why}`] : []
}

function restrictionsOn(file: string) {
  const held = roomOf(file).room?.holds ?? []
  const others = (Object.keys(privileges) as Privilege[]).filter((it) => !held.includes(it)).map((it) => privileges[it])
  return [detours, ...others]
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { findings: arrows, filesRead } = checkArrows(root)
  const findings = [...arrows, ...checkPages(root), ...checkCycles(root)]
  for (const finding of findings) console.error(finding)
  console.log(`arrows: ${filesRead} files read, ${findings.length} findings`)
  process.exitCode = findings.length === 0 ? 0 : 1
}
