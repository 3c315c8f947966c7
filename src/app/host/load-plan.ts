import { access } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { findConfig } from '../../config/find-config.ts'
import { loadConfig, planOf } from '../../config/load.ts'
import { realPathOf } from '../../files/trust/real-path.ts'
import { NODE, SHARE } from '../../lib/assets.ts'
import type { HostFacts, Loaded } from '../../plan/loading.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Host } from './host.ts'
import { filesOf } from './plan-files.ts'
import { staySmall } from './stay-small.ts'
import { trustedReader } from './trusted-reader.ts'

/** Which configuration is meant. */
export interface ConfigChoice {
  /** The name that the program was called by: it decides the dialect and where the configuration is looked for. */
  readonly invokedAs: string
  /** Where it lies under that name, absolute, links left alone; absent where the launcher does not say it. */
  readonly invokedPath?: string
  readonly file?: string
  /** A configuration that others could have written is used all the same, its includes and secrets too. */
  readonly allowsUnsafe?: boolean
}

/**
 * Finds and loads the configuration. Rejects with `ConfigError` when there is none; what is wrong inside it are issues. One that somebody else than root and
 * we could have written, or a file that it includes or trusts, is not used.
 */
export async function loadText({ invokedAs, invokedPath, file, allowsUnsafe }: ConfigChoice, env: Host['env']): Promise<Loaded> {
  const found = await findConfig({
    invokedAs: invokedPath ?? invokedAs,
    exists: fileExists,
    resolve: realPathOf,
    ...(file !== undefined && { file }),
  })
  const reader = trustedReader()
  const loaded = await loadConfig(found, {
    reader: { ...reader, read: async (path) => largeOrNot(await reader.read(path)) },
    host: { ...hostFacts(env), inherited: inheritedFrom(env) },
    invokedAs,
    shippedRoot: join(SHARE, 'palhm'),
  })
  if (allowsUnsafe === true) return loaded
  for (const path of loaded.plan === undefined ? [] : filesOf(loaded.plan, env)) await reader.judge(path)
  const unsafe = reader.issues()
  // Nothing that it says is done, told or quoted: not even where its logs go.
  return unsafe.length > 0 ? { issues: unsafe } : loaded
}

// Some hundreds of objects.
const LARGE_BYTES = 64 * 1024

function largeOrNot(bytes: Buffer): Buffer {
  if (bytes.length > LARGE_BYTES) staySmall()
  return bytes
}

const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ']

/** What a loader must be told about this host. */
export function hostFacts(env: Host['env']): HostFacts {
  const environment = Object.fromEntries(INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  return {
    availableCpus: availableParallelism(),
    machineCpus: cpus().length,
    environment,
    ownPrograms: { node: NODE, shareFolder: SHARE },
  }
}

/** All that our caller gave us, less what is meant for us alone. */
function inheritedFrom(env: Host['env']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined || name.startsWith('HOLDFAST_') ? [] : [[name, value]])),
  )
}

/** The plan of the configuration. Rejects with `ConfigError` holding every issue. */
export async function loadPlan(choice: ConfigChoice, env: Host['env']): Promise<Plan> {
  return planOf(await loadText(choice, env))
}

/** Whether anything has this path. */
export function fileExists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
