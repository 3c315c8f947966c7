import type { Command } from '../../plan/command.ts'

// Options of compressors that change neither where they read and write nor the direction: `-9`, `-c`, `-T0`, `--threads=2`, `--long=27`.
const OPTION =
  /^(?:-|-[0-9cfknqvz]+|-[Tp]\d+|--(?:best|fast(?:=\d+)?|force|keep|long(?:=\d+)?|no-name|no-progress|quiet|rsyncable|stdout|to-stdout|threads=\d+|ultra))$/u

const COMPRESSORS: ReadonlySet<string> = new Set(['bzip2', 'gzip', 'lz4', 'pigz', 'xz', 'zstd'])

/**
 * Whether a command is a filter (`Command.isFilter`), as the plan says, or by its program and options: `cat`, or a compressor, as a user writes them. Not if it may
 * end with another code than 0, which could hide that a write failed.
 */
export function isKnownFilter({ isFilter, argv: [program, ...options], accept }: Command): boolean {
  if (accept.min !== 0 || accept.max !== 0) return false
  if (isFilter === true) return true
  const name = program.slice(program.lastIndexOf('/') + 1)
  if (name === 'cat') return options.length === 0
  return COMPRESSORS.has(name) && options.every((it) => OPTION.test(it))
}
