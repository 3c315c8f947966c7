import { readKernelNames, readKernelText } from '../files/kernel-files.ts'
import { nameInherited } from '../process/tool/inherited-descriptors.ts'

const WORD = /^--inherited=(?<list>[\d,]*)$/u
const O_CLOEXEC = 0o2000000

// As in the launcher: a shell has one thread, so descriptors that are open here were inherited from the caller. Those marked close-on-exec belong to
// the shell itself. The descriptor that Node.js uses to communicate with its parent must not be closed.
const COUNT = `list=
for fd in /proc/self/fd/*; do
  fd=\${fd##*/}
  case $fd in [012] | '*' | "\${NODE_CHANNEL_FD-}") continue ;; esac
  [ -e "/proc/self/fdinfo/$fd" ] || continue
  while read -r field value; do
    case $field$value in flags:*[2367]??????) ;; flags:*) list=$list,$fd ;; esac
  done <"/proc/self/fdinfo/$fd"
done
kept=$1; shift; count=0
for word; do
  [ "$count" -ne "$kept" ] || set -- "$@" "--inherited=\${list#,}"
  count=$((count + 1))
  set -- "$@" "$word"
done
[ "$count" -ne "$kept" ] || set -- "$@" "--inherited=\${list#,}"
shift "$count"
exec "$0" "$@"`

/** Removes the launcher's option with the inherited descriptors from the command line. */
export function takeInherited(argv: readonly string[]): readonly string[] {
  const list = WORD.exec(argv[0] ?? '')?.groups?.['list']
  if (list === undefined) return argv
  nameInherited(list.split(',').filter(Boolean).map(Number))
  return argv.slice(1)
}

/**
 * How to restart the program if it was started without the launcher and has inherited descriptors that child processes would inherit, too: by a shell
 * that lists them. Undefined if not necessary. `start`: the command of the running program, up to its arguments; `invokedAs`: the name by which it was
 * called, if the command does not contain it.
 */
export function restartToCount(
  argv: readonly string[],
  { start, invokedAs }: { readonly start: readonly string[]; readonly invokedAs?: string },
): readonly string[] | undefined {
  const [first = ''] = argv
  // The launcher omits the option if nothing was inherited.
  if (WORD.test(first) || first.startsWith('--invoked-as=') || !mayHaveInherited()) return undefined
  const [program = '', ...before] = start
  const name = invokedAs === undefined ? [] : [`--invoked-as=${invokedAs}`]
  return ['sh', '-c', COUNT, program, String(before.length), ...before, ...name, ...argv]
}

// Also true for a descriptor that a thread of Node.js has open only briefly: then the restart finds nothing.
function mayHaveInherited(): boolean {
  try {
    return readKernelNames('/proc/self/fd').some((name) => Number(name) > 2 && !isCloseOnExec(name))
  } catch {
    return false
  }
}

function isCloseOnExec(name: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/mu.exec(readKernelText(`/proc/self/fdinfo/${name}`))?.[1]
    return flags === undefined || (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0
  } catch {
    // Already closed.
    return true
  }
}
