import type { CheckSpec } from '../check.ts'
import type { Command } from '../command.ts'
import type { DatabaseServer } from '../database-server.ts'
import type { FileSet } from '../dated-files.ts'
import type { BackupTarget, Step, StorageSpec } from '../plan.ts'

/** The facts about a step that other modules need for steps of all kinds: what to load, to check on the host, to mask, to follow. */
export interface StepFacts {
  /** The storages that it reads or writes. */
  readonly storages: readonly StorageSpec[]
  /** The dated files that it makes, reads or removes. */
  readonly files: readonly FileSet[]
  /** The commands that it starts; for programs with generated arguments, only the name. */
  readonly commands: readonly Command[]
  /** The client programs of database servers that it starts. */
  readonly clients: readonly { readonly server: DatabaseServer; readonly program: string }[]
  /** The task that it runs. */
  readonly task?: string
}

type Facts = { readonly [K in keyof StepFacts]?: StepFacts[K] }

// A kind without an entry does not compile, so none can be forgotten.
const FACTS: { readonly [K in Step['kind']]: (step: Extract<Step, { readonly kind: K }>) => Facts } = {
  exec: ({ command }) => ({ commands: [command] }),
  task: ({ task }) => ({ task }),
  signals: () => ({}),
  issue: () => ({}),
  check: ({ check }) => ({ commands: commandsOfCheck(check) }),
  backup: ({ objects, targets }) => ({
    storages: specsOf(targets),
    commands: objects.flatMap(({ stages, probes = [] }) => [...probes.map(({ command }) => command), ...stages]),
  }),
  copy: ({ from, to }) => ({ storages: specsOf([from, to]) }),
  drill: ({ from }) => ({ storages: specsOf([from]) }),
  archive: ({ files }) => ({ files: [files] }),
  dump: ({ files, program }) => ({ files: [files], clients: [{ server: files.server, program }] }),
  expire: ({ sets }) => ofSets(sets),
  'copy-files': ({ sets }) => ofSets(sets),
  'test-files': ({ sets }) => ofSets(sets),
  sync: (step) => ({ commands: [bare('rsync', step)] }),
  ticket: ({ host, environment, searchPath }) =>
    host !== undefined && environment && searchPath ? { commands: [bare('rsync', { environment, searchPath })] } : {},
  mount: () => ({}),
  'disk-usage': () => ({}),
}

export function factsOf(step: Step): StepFacts {
  const facts = (FACTS[step.kind] as (step: Step) => Facts)(step)
  const { storages = [], files = [], commands = [], clients = [] } = facts
  const programs = storages.flatMap((storage) => (storage.kind === 'rclone' ? [storage.program] : []))
  return { ...facts, storages, files, commands: [...commands, ...programs], clients }
}

/** The commands that a check starts. */
export function commandsOfCheck(check: CheckSpec): readonly Command[] {
  if (check.kind === 'dnssec') return [check.dig]
  return check.kind === 'exec' ? [check.command] : []
}

function specsOf(targets: readonly Pick<BackupTarget, 'storage'>[]): readonly StorageSpec[] {
  return targets.map(({ storage }) => storage)
}

/** For `all`, the server is queried for the names of the databases. */
function ofSets(sets: readonly { readonly files: FileSet }[]): Facts {
  const files = sets.map((it) => it.files)
  const clients = files.flatMap((it) => (it.kind === 'dumps' && it.databases.names === 'all' ? [{ server: it.server, program: 'psql' }] : []))
  return { files, clients }
}

function bare(program: string, { environment, searchPath }: Pick<Command, 'environment' | 'searchPath'>): Command {
  return { argv: [program], environment, searchPath, accept: { min: 0, max: 0 }, showStdout: 'never', showStderr: 'verbose' }
}
