import type { CheckSpec } from '../check.ts'
import type { Command } from '../command.ts'
import type { DatabaseServer } from '../database-server.ts'
import type { FileSet } from '../dated-files.ts'
import type { BackupTarget, Step, StorageSpec } from '../plan.ts'

/** What a step comes to, for everybody who asks that about steps of all kinds: what to load, to look for on the host, to mask, to follow. */
export interface StepFacts {
  /** Storages that it reads or writes. */
  readonly storages: readonly StorageSpec[]
  /** Dated files that it makes, reads or removes. */
  readonly files: readonly FileSet[]
  /** What it starts, as the plan has it; of programs that are started with arguments of their own, the name alone. */
  readonly commands: readonly Command[]
  /** Client programs of database servers that it starts. */
  readonly clients: readonly { readonly server: DatabaseServer; readonly program: string }[]
  /** The task that it runs. */
  readonly task?: string
}

type Facts = { readonly [K in keyof StepFacts]?: StepFacts[K] }

// A kind without an entry does not compile: nobody can forget it.
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

/** What a check starts. */
export function commandsOfCheck(check: CheckSpec): readonly Command[] {
  if (check.kind === 'dnssec') return [check.dig]
  return check.kind === 'exec' ? [check.command] : []
}

function specsOf(targets: readonly Pick<BackupTarget, 'storage'>[]): readonly StorageSpec[] {
  return targets.map(({ storage }) => storage)
}

/** The names of databases that an `all` stands for are asked of the server. */
function ofSets(sets: readonly { readonly files: FileSet }[]): Facts {
  const files = sets.map((it) => it.files)
  const clients = files.flatMap((it) => (it.kind === 'dumps' && it.databases.names === 'all' ? [{ server: it.server, program: 'psql' }] : []))
  return { files, clients }
}

function bare(program: string, { environment, searchPath }: Pick<Command, 'environment' | 'searchPath'>): Command {
  return { argv: [program], environment, searchPath, accept: { min: 0, max: 0 }, showStdout: 'never', showStderr: 'verbose' }
}
