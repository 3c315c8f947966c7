import { type Exit, exitWith } from '../../../app/host/exit-codes.ts'
import { rollBackProgram, type Upgraded, upgradeProgram } from '../../../app/upgrade/upgrade.ts'
import { UsageError } from '../../../app/usage-error.ts'
import { printable } from '../../../lib/format.ts'
import { hasFlag, type Invocation } from '../../args/options.ts'
import type { CliHost } from '../../cli-host.ts'

/** `upgrade PLACE` and `upgrade --rollback`. */
export async function upgradeCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const { args, options, global } = invocation
  const [place] = args
  const isRollback = hasFlag(invocation, 'rollback')
  const isDry = hasFlag(invocation, 'dryRun')
  if (isRollback && (place !== undefined || isDry)) throw new UsageError('--rollback cannot be combined with a release or --dry-run')
  if (!isRollback && place === undefined)
    throw new UsageError('missing release', { hint: 'Usage: upgrade FILE, or a folder or URL of a release; or upgrade --rollback.' })
  host.signals.arm()
  const { key } = options
  const call = { place: place ?? '', isDry, allowsOlder: hasFlag(invocation, 'allowOlder'), ...(typeof key === 'string' && { keyFile: key }) }
  const done = isRollback ? await rollBackProgram(host) : await upgradeProgram(call, host)
  if (!global.quiet) host.stdout.write(describe(done, isDry))
  return exitWith('ok')
}

function describe({ program, from, to, isInPlace, previous }: Upgraded, isDry: boolean): string {
  const [name, versions] = [`"${printable(program)}"`, `${from} -> ${printable(to)}`]
  if (isInPlace) return `${name} is that of the release already: ${printable(to)}\n`
  if (isDry) return `would replace ${name}: ${versions}; the signature is valid\n`
  return `replaced ${name}: ${versions}\nthe replaced program is "${printable(previous)}"; "upgrade --rollback" restores it\n`
}
