import { type Exit, exitWith } from '../../../app/host/exit-codes.ts'
import { UsageError } from '../../../app/usage-error.ts'
import type { Invocation } from '../../args/options.ts'
import type { CliHost } from '../../cli-host.ts'

const MAX_HOSTS = 100_000
const MAX_PORT = 65_535

/** `web demo`: serves the pages with invented data until it is stopped. */
export async function demoCommand(invocation: Invocation, cliHost: CliHost): Promise<Exit> {
  const hosts = numberOf(invocation, 'hosts', { usual: 128, min: 0, max: MAX_HOSTS })
  const port = numberOf(invocation, 'port', { usual: 5557, min: 1, max: MAX_PORT })
  cliHost.signals.arm()
  const [{ openDemo }, { serve }] = await Promise.all([import('../../../app/web/demo/open-demo.ts'), import('../../../api/serve.ts')])
  const demo = await openDemo({ ...cliHost, choice: invocation.global }, { hosts, port })
  let isGone = false
  try {
    const { host, peers, user } = demo
    await serve(host, {
      mode: 'pages',
      peers,
      onListening({ url }) {
        cliHost.stdout.write(
          `listening on ${url}\nuser "${user.name}", password "${user.password}"\nall data is example data, and is removed when you stop the demonstration\n`,
        )
      },
    })
  } finally {
    isGone = await demo.close()
  }
  return exitWith(isGone ? 'ok' : 'failed')
}

interface Range {
  readonly usual: number
  readonly min: number
  readonly max: number
}

function numberOf({ options }: Invocation, name: 'hosts' | 'port', { usual, min, max }: Range): number {
  const text = options[name]
  if (text === undefined) return usual
  const number = Number(text)
  if (Number.isInteger(number) && number >= min && number <= max) return number
  throw new UsageError(`invalid number "${String(text)}" of option "--${name}"`, { hint: `Valid numbers: ${min} to ${max}.` })
}
