import { AppError, systemCode } from '../lib/errors.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'file not found',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a folder',
  ENOTDIR: 'not a folder',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'file name too long',
  EMFILE: 'too many open files in this process (see "ulimit -n")',
  ENFILE: 'too many open files on this host',
  EIO: 'input/output error',
}

/** Why a file of a configuration could not be read, in few words. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof AppError) return error.message
  const code = systemCode(error) ?? 'unknown error'
  return Object.hasOwn(REASONS, code) ? (REASONS[code] ?? code) : code
}
