import { readKernelText } from './kernel-files.ts'

/** The umask of this process. Read from /proc (proc_pid_status(5), Linux 4.7), because umask(2) would change it for a moment in all threads. */
export function readUmask(): number {
  const match = /^Umask:\s*(?<mask>[0-7]+)$/mu.exec(readKernelText('/proc/self/status'))
  return Number.parseInt(match?.groups?.['mask'] ?? '022', 8)
}
