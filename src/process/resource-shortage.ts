import { readKernelText } from '../files/kernel-files.ts'

/** The exhausted resource of the system, in words, if that is why an operation failed; undefined for other reasons. */
export function shortageOf(code: string | undefined): { readonly what: string; readonly hint: string } | undefined {
  switch (code) {
    case 'EMFILE':
      return {
        what: `too many open files in this process${openFilesLimit()}`,
        hint: 'Raise the limit: "ulimit -n" in the shell or the crontab, LimitNOFILE= in a unit.',
      }
    case 'ENFILE':
      return {
        what: 'too many open files on this host',
        hint: 'Find the process that holds them (/proc/sys/fs/file-nr), or increase fs.file-max.',
      }
    case 'EAGAIN':
      return { what: 'too many processes', hint: 'Raise the limit: "ulimit -u", TasksMax= in a unit, pids.max of the cgroup.' }
    case 'ENOMEM':
      return { what: 'out of memory', hint: 'Check what uses the memory, or process fewer objects in parallel.' }
    default:
      return undefined
  }
}

function openFilesLimit(): string {
  try {
    return ` (limit: ${/^Max open files\s+(\w+)/mu.exec(readKernelText('/proc/self/limits'))?.[1] ?? '?'})`
  } catch {
    // This file is one too many, too.
    return ''
  }
}
