import { openReport, type Report } from '../../document/issue-report.ts'
import { deepFreeze } from '../../lib/deep-freeze.ts'
import type { FileReader, HostFacts, Loaded } from '../../plan/loading.ts'
import type { Plan } from '../../plan/plan.ts'
import { compileBootReport } from './boot-report.ts'
import { commandOf, compileDefinitions, type Definition } from './commands/definitions.ts'
import type { Context } from './context.ts'
import { type Documents, readDocuments } from './include/documents.ts'
import { mergeDocuments } from './include/merge.ts'
import { compileModules } from './include/modules.ts'
import { readVerbosity, readWorkers } from './settings.ts'
import { compileTasks } from './tasks.ts'
import { compileWeb } from './web.ts'

export interface LoadDeps {
  readonly reader: FileReader
  readonly host: HostFacts
  /** The folder of Holdfast that contains `conf.d/core.json`. Read through `reader` if a configuration includes that file and the host does not have it. */
  readonly shippedRoot?: string
}

/**
 * Reads a PALHM configuration with all its includes and compiles it. Never rejects because of the contents of the files: all errors are issues,
 * reported together, and there is a plan exactly if none of them is an error. Tasks that are not run are checked, too.
 */
export async function loadPalhm(file: string, deps: LoadDeps): Promise<Loaded> {
  const report = openReport()
  const found = await readDocuments(file, { ...deps, report })
  const plan = compilePlan(found, deps.host, report)
  const issues = report.issues(found.files)
  if (!found.complete || issues.some((it) => it.severity === 'error')) return { issues }
  return { plan: deepFreeze(plan), issues }
}

function compilePlan({ documents, file, files, complete }: Documents, host: HostFacts, report: Report): Plan {
  const merged = mergeDocuments(documents, report)
  const modules = compileModules(merged.modules, report)
  const workers = readWorkers(merged.workers, host, report)
  const verbosity = readVerbosity(merged.verbosity, report)
  const execs = compileDefinitions(merged.execs, report, verbosity)
  const context: Context = { report, verbosity, modules, execs, complete }
  const tasks = compileTasks(merged.tasks, context)
  for (const definition of execs.values()) definition.reportFlaws()
  const bootReport = merged.bootReport.length > 0 ? compileBootReport(merged.bootReport, context) : undefined
  const web = merged.web.length > 0 ? compileWeb(merged.web, report) : undefined
  return {
    dialect: 'palhm',
    file,
    files,
    tasks,
    defaultTask: 'default',
    verbosity,
    commands: commandsOf(execs),
    modules: [...modules],
    workers,
    ...(bootReport && { bootReport }),
    ...(web && { web }),
  }
}

/** Definitions without a program are only used by appending to them: they are not commands. */
function commandsOf(execs: ReadonlyMap<string, Definition>): Plan['commands'] {
  return new Map(
    [...execs].flatMap(([id, { blueprint }]) => {
      const command = blueprint && commandOf(blueprint)
      return command ? [[id, command] as const] : []
    }),
  )
}
