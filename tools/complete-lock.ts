interface LockedPackage {
  readonly version?: string
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

/**
 * The text of a package-lock.json with an entry for every optional package of a locked one. npm omits those that the registry in use does not have,
 * and `npm ci` then rejects the lock file that npm itself wrote. The added entries contain their platform, so that they are not requested on others.
 * Existing entries are not changed.
 */
export function completeLock(text: string): string {
  const lock = JSON.parse(text) as Lock
  const missing = Object.values(lock.packages).flatMap(({ optionalDependencies = {}, dev }) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !(`node_modules/${name}` in lock.packages))
      .map(
        ([name, version]) =>
          [`node_modules/${name}`, inNpmsOrder({ version, ...platformOf(name), ...(dev ? { dev } : {}), optional: true })] as const,
      ),
  )
  if (missing.length === 0) return text
  // Code unit order, which is npm's own order for the names of packages.
  const packages = [...Object.entries(lock.packages), ...missing].sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`
}

const platform = /-(?<os>android|darwin|win32|linux|freebsd|openharmony)-(?<cpu>arm64|arm|x64|ia32|ppc64|riscv64|s390x)(?:-(?<libc>gnu|musl))?/u

function platformOf(name: string): object {
  const { os, cpu, libc } = platform.exec(name)?.groups ?? {}
  if (os === undefined) return {}
  // For 32-bit ARM, the C library is part of another word ("gnueabihf"): npm does not state it either.
  const family = libc === undefined || cpu === 'arm' ? {} : { libc: [libc === 'gnu' ? 'glibc' : 'musl'] }
  return { cpu: [cpu], ...family, os: [os] }
}

// Version first, then by name: otherwise, the next "npm install" would rewrite the file.
function inNpmsOrder({ version, ...rest }: { readonly version: string; readonly [field: string]: unknown }): object {
  return { version, ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))) }
}
