import { readKernelText } from '../../files/kernel-files.ts'

/**
 * How far the writers of an open file have come, told by the kernel from memory (`pos`, proc_pid_fdinfo(5)). Asking the file system itself, as for the
 * file's size, would block us where it is a dead network mount, and with us the limits that are there to end the waiting. 0 when it cannot be told.
 */
export function writtenBytes(fd: number): number {
  try {
    return Number(/^pos:\s*(\d+)/mu.exec(readKernelText(`/proc/self/fdinfo/${fd}`))?.[1] ?? 0)
  } catch {
    return 0
  }
}
