import { readKernelText } from '../files/kernel.ts'

/** What the system lacked, in words, where that is why something was refused; undefined for other reasons. */
export function shortageOf(code: string | undefined): { readonly what: string; readonly hint: string } | undefined {
  switch (code) {
    case 'EMFILE':
      return {
        what: `this process has as many files open as it may (${openFilesLimit()})`,
        hint: 'Raise the limit: "ulimit -n" in the shell or the crontab, LimitNOFILE= in a unit.',
      }
    case 'ENFILE':
      return {
        what: 'the system has as many files open as it can',
        hint: 'See which process holds them (/proc/sys/fs/file-nr), or raise fs.file-max.',
      }
    case 'EAGAIN':
      return { what: 'no more processes may be started', hint: 'Raise the limit: "ulimit -u", TasksMax= in a unit, pids.max of the cgroup.' }
    case 'ENOMEM':
      return { what: 'the system has no memory left for it', hint: 'See what uses the memory, or run fewer objects at a time.' }
    default:
      return undefined
  }
}

function openFilesLimit(): string {
  return /^Max open files\s+(\w+)/mu.exec(readKernelText('/proc/self/limits'))?.[1] ?? '?'
}
