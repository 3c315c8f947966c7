import { readKernelText } from '../../files/kernel-files.ts'

/**
 * The position of the writers of an open file, as known by the kernel (`pos`, proc_pid_fdinfo(5)). A query of the file system, such as the size of
 * the file, would block on a dead network mount, and with it the limits that end such waiting. 0 if unknown.
 */
export function writtenBytes(fd: number): number {
  try {
    return Number(/^pos:\s*(\d+)/mu.exec(readKernelText(`/proc/self/fdinfo/${fd}`))?.[1] ?? 0)
  } catch {
    return 0
  }
}
