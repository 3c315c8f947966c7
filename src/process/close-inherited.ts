import { closeSync, readdirSync, readFileSync } from 'node:fs'

const O_CLOEXEC = 0o2000000

/**
 * Closes what our own starter left open above fd 2. Node marks descriptors that it opens itself close-on-exec, but would hand those that it inherited on
 * to every child: a lock of a wrapper script would then outlive us in some daemon.
 */
export function closeInherited(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name)
    if (fd > 2 && !isCloseOnExec(fd)) closeSync(fd)
  }
}

function isCloseOnExec(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/mu.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]
    return flags === undefined || (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0
  } catch {
    // The descriptor of the listing itself, closed by now.
    return true
  }
}
