import { access } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { findConfig } from '../../config/find-config.ts'
import { loadConfig, planOf } from '../../config/load.ts'
import { realPathOf } from '../../files/trust/real-path.ts'
import { OWN_PROGRAMS, SHARE } from '../../lib/assets.ts'
import { SYSTEM_PATH } from '../../plan/command.ts'
import type { HostFacts, Loaded } from '../../plan/loading.ts'
import type { Dialect, Plan } from '../../plan/plan.ts'
import type { Host } from './host.ts'
import { limitMemory } from './limit-memory.ts'
import { filesOf } from './plan-files.ts'
import { runningSlapd } from './running-slapd.ts'
import { trustedReader } from './trusted-reader.ts'

/** Selects the configuration. */
export interface ConfigChoice {
  /** The name by which the program was called: it determines the dialect and the default location of the configuration. */
  readonly invokedAs: string
  /** The path of the program as it was called, absolute, with links unresolved; absent if the launcher does not pass it. */
  readonly invokedPath?: string
  readonly file?: string
  /** Its format, if its name does not contain it, as for a temporary file. Absent: by its name and contents. */
  readonly dialect?: Dialect
  /** A configuration that other users could have written is accepted, including its includes and secrets. */
  readonly allowsUnsafe?: boolean
}

/**
 * Finds and loads the configuration. Rejects with `ConfigError` if there is none; errors in its contents are issues. It is not used if another user
 * (except root) could have written it, or a file that it includes or trusts.
 */
export async function loadText({ invokedAs, invokedPath, file, dialect, allowsUnsafe }: ConfigChoice, env: Host['env']): Promise<Loaded> {
  const found = await findConfig({
    invokedAs: invokedPath ?? invokedAs,
    exists: fileExists,
    resolve: realPathOf,
    ...(file !== undefined && { file }),
  })
  const reader = trustedReader()
  const loaded = await loadConfig(found, {
    reader: { ...reader, read: async (path) => readyToParse(await reader.read(path)) },
    host: { ...hostFacts(env), inherited: inheritedFrom(env) },
    invokedAs,
    ...(dialect !== undefined && { dialect }),
    shippedRoot: join(SHARE, 'palhm'),
  })
  if (allowsUnsafe === true) return loaded
  for (const path of loaded.plan === undefined ? [] : filesOf(loaded.plan, env)) await reader.check(path)
  const unsafe = reader.issues()
  // Nothing of its contents is executed or quoted, not even the location of its logs.
  return unsafe.length > 0 ? { issues: unsafe } : loaded
}

// Some hundreds of objects.
const LARGE_BYTES = 64 * 1024

/** A file, before it is parsed. */
async function readyToParse(bytes: Buffer): Promise<Buffer> {
  if (bytes.length > LARGE_BYTES) await limitMemory()
  return bytes
}

const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ']

/** The facts about this host that a loader needs. */
export function hostFacts(env: Host['env']): HostFacts {
  const environment = Object.fromEntries(INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  return {
    availableCpus: availableParallelism(),
    machineCpus: cpus().length,
    environment: { ...environment, ...withSystemPath(environment) },
    slapdConfig: runningSlapd,
    ownPrograms: OWN_PROGRAMS,
  }
}

/** Cron and units pass a short PATH, with which programs that a script calls would not be found, although a run at a terminal finds them. */
function withSystemPath({ PATH: path }: Readonly<Record<string, string | undefined>>): { readonly PATH?: string } {
  return path === undefined ? {} : { PATH: [...new Set([...path.split(':').filter(Boolean), ...SYSTEM_PATH])].join(':') }
}

/** The environment of the caller, except for variables of Holdfast itself. */
function inheritedFrom(env: Host['env']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined || name.startsWith('HOLDFAST_') ? [] : [[name, value]])),
  )
}

/** The plan of the configuration. Rejects with `ConfigError`, which contains all issues. */
export async function loadPlan(choice: ConfigChoice, env: Host['env']): Promise<Plan> {
  return planOf(await loadText(choice, env))
}

/** Whether the path exists. */
export function fileExists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
