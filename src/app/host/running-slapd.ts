import { readlinkSync, statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { readKernelText } from '../../files/kernel-files.ts'
import type { SlapdConfig } from '../../plan/loading.ts'
import { processFolders } from '../../process/identity/proc-folder.ts'

// Folders of the packages of distributions, which belong to the user of slapd.
const OF_PACKAGES = ['/etc/ldap/slapd.d', '/etc/openldap/slapd.d', '/var/lib/ldap']

/**
 * The configuration of the slapd that runs here, if it was started with one (slapd(8), `-F` and `-f`). Only processes of root and of the user of slapd count,
 * since slapcat loads the modules that a configuration names; not those in containers. Undefined if there is none, or several with different ones.
 */
export function runningSlapd(): SlapdConfig | undefined {
  const users = new Set([0, ...OF_PACKAGES.flatMap((path) => statSync(path, { throwIfNoEntry: false })?.uid ?? [])])
  const mounts = mountsOf('self')
  const found = new Map<string, SlapdConfig | undefined>()
  for (const name of processFolders().values()) {
    const words = slapdWords(name)
    if (words === undefined || !users.has(userOf(name)) || mountsOf(name) !== mounts) continue
    const config = configOf(words)
    found.set(JSON.stringify(config ?? null), config)
  }
  return found.size === 1 ? [...found.values()][0] : undefined
}

/** The arguments of a process, if it is a slapd. */
function slapdWords(name: string): readonly string[] | undefined {
  try {
    const [program = '', ...words] = Buffer.from(readKernelText(`/proc/${name}/cmdline`), 'latin1')
      .toString('utf8')
      .split('\0')
    return /(?:^|\/)slapd$/u.test(program) ? words : undefined
  } catch {
    return undefined
  }
}

function configOf(words: readonly string[]): SlapdConfig | undefined {
  for (const option of ['-F', '-f'] as const) {
    const at = words.findIndex((word) => word.startsWith(option))
    const path = words[at] === option ? words[at + 1] : words[at]?.slice(option.length)
    if (at >= 0 && path !== undefined && isAbsolute(path)) return { option, path }
  }
  return undefined
}

/** The effective user; -1 if the process has ended. */
function userOf(name: string): number {
  try {
    return Number(/^Uid:\s+\d+\s+(?<effective>\d+)/mu.exec(readKernelText(`/proc/${name}/status`))?.groups?.['effective'] ?? -1)
  } catch {
    return -1
  }
}

function mountsOf(name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${name}/ns/mnt`)
  } catch {
    return undefined
  }
}
