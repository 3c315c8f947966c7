import type { Report } from '../../../document/issue-report.ts'
import { type LocatedNode, locationOf, memberOf, membersOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { ArchiveFiles, DumpFiles, FileSet } from '../../../plan/dated-files.ts'
import { sharesNames } from '../../../plan/file-names/name-format.ts'
import { compilePatterns, type PatternList } from '../../../plan/patterns/compile-patterns.ts'
import { readSecret } from '../keys.ts'
import { checkForm } from '../schema/check-form.ts'
import { type ArchivesInput, type DumpsInput, fileSet, type PatternsInput } from '../schema/file-sets.ts'
import { commandIn, type Settings } from '../settings.ts'
import { compileNames } from './name-scheme.ts'

/** Compiles `file-sets`. The value undefined means that the definition is invalid and was already reported. */
export function compileFileSets(sets: LocatedNode | undefined, settings: Settings, report: Report): ReadonlyMap<string, FileSet | undefined> {
  return new Map(membersOf(sets).map((it) => [it.key, compileSet(it, settings, report)]))
}

function compileSet(at: LocatedNode, settings: Settings, report: Report): FileSet | undefined {
  const input = checkForm(at, fileSet, report)
  if (input?.archives) return compileArchives(input.archives, memberOf(at, 'archives') ?? at, report)
  return input?.dumps && compileDumps(input.dumps, memberOf(at, 'dumps') ?? at, { settings, report })
}

function compileArchives(input: ArchivesInput, at: LocatedNode, report: Report): ArchiveFiles | undefined {
  const scheme = compileNames(input.names, memberOf(at, 'names'), report)
  const { basename, folder, level = 0, extension = 'tar.gz', digest = false } = input
  const listExtension = input['list-extension'] ?? 'list'
  if (extension === listExtension) return report.error(locationOf(at), 'archives and lists would have the same names', 'Use different extensions.')
  const folders = [folder, input['level-1-folder'] ?? folder] as const
  if (scheme && level === 1 && sharesNames(scheme, folders))
    return report.error(locationOf(at), 'archives of both levels would have the same names', 'Add {level} to the name, or set "level-1-folder".')
  return scheme && { kind: 'archives', basename, scheme, level, folders, listExtension, extension, digests: digest }
}

function compileDumps(
  input: DumpsInput,
  at: LocatedNode,
  { settings, report }: { readonly settings: Settings; readonly report: Report },
): DumpFiles | undefined {
  const scheme = compileNames(input.names, memberOf(at, 'names'), report)
  const exclude = compileExclude(input.exclude, memberOf(at, 'exclude'), report)
  const { basename, folder, databases, folders = false, digest = false } = input
  if (databases !== 'all' && (databases.length === 0 || databases.includes('')))
    report.error(locationOf(memberOf(at, 'databases') ?? at), 'expected a database name')
  const server = serverOf(input, at, { settings, report })
  return (
    scheme &&
    exclude &&
    server && { kind: 'dumps', basename, scheme, folder, databases: { names: databases, exclude }, server, areFolders: folders, digests: digest }
  )
}

function serverOf(
  { host, port, user, password, 'run-as': runAs }: DumpsInput,
  at: LocatedNode,
  { settings, report }: { readonly settings: Settings; readonly report: Report },
): DumpFiles['server'] | undefined {
  const passwordAt = memberOf(at, 'password') ?? at
  const parts = password === undefined ? undefined : readSecret(password, passwordAt, report)
  if (password !== undefined && !parts) return undefined
  const [first = '', more] = parts ?? []
  if (more !== undefined)
    return report.error(locationOf(passwordAt), 'a reference must be the whole value here', 'Put the whole value into the secret.')
  // The home folder of another user.
  const { environment, searchPath } = commandIn({ ...settings, ...(runAs !== undefined && { user: runAs }) }, ['pg_dump'])
  return {
    kind: 'postgresql',
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    ...(parts && { password: typeof first === 'string' ? { kind: 'plain', value: first } : first }),
    ...(runAs !== undefined && { runAs }),
    environment,
    searchPath,
  }
}

/** Patterns of either language; invalid ones are reported. */
export function compileExclude(input: PatternsInput | undefined, at: LocatedNode | undefined, report: Report): PatternList | undefined {
  const list: PatternList =
    Array.isArray(input) || input === undefined ? { language: 'shell', patterns: input ?? [] } : { language: 'regex', patterns: input.regex }
  const { refused } = compilePatterns(list)
  for (const { pattern, why } of refused) if (at) report.error(locationOf(at), `the pattern ${quoted(pattern)} ${why}`, 'Correct or remove it.')
  return refused.length === 0 ? list : undefined
}
