import { runTool } from '../tool/run-tool.ts'

// F_SETPIPE_SZ and F_GETPIPE_SZ of fcntl(2), Linux 2.6.35, which Node cannot call. Users other than root may set up to 1 MiB, and 64 MiB in all of their
// pipes (pipe(7)). With pages of 64 KiB, pipes have 1 MiB.
const SET_SIZE = 1031
const GET_SIZE = 1032
const BYTES = 256 * 1024
const LIMIT_MS = 10_000

// Interpreters of base systems: perl of Debian, Python of Red Hat. Each gets the numbers of the descriptors.
const WAYS: readonly (readonly [string, ...string[]])[] = [
  ['perl', '-e', `for (@ARGV) { open(F, "<&=$_") && fcntl(F, ${GET_SIZE}, 0) < ${BYTES} && fcntl(F, ${SET_SIZE}, ${BYTES}) }`],
  [
    'python3',
    '-I',
    '-S',
    '-c',
    `import sys\nfrom fcntl import fcntl\nfor fd in map(int, sys.argv[1:]): fcntl(fd, ${GET_SIZE}) < ${BYTES} and fcntl(fd, ${SET_SIZE}, ${BYTES})`,
  ],
]

/**
 * Enlarges pipes from 64 to 256 KiB, if the host has a program that can: those that write and read them wait, and wake each other, less often. `openFds`: the
 * descriptors that are open at the moment of the call. Never rejects; otherwise the pipes are left unchanged.
 */
export async function widenPipes(openFds: () => readonly number[]): Promise<void> {
  for (const [program, ...words] of WAYS) {
    const fds = openFds()
    if (fds.length === 0) return
    const numbers = fds.map((_, index) => String(index + 3))
    const { refusal } = await runTool([program, ...words, ...numbers], fds, AbortSignal.timeout(LIMIT_MS))
    if (refusal !== 'ENOENT') return
  }
}
