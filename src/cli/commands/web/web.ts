import { type Exit, exitWith } from '../../../app/host/exit-codes.ts'
import { UsageError } from '../../../app/usage-error.ts'
import type { ServerMode } from '../../../app/web/server-lock.ts'
import { hasFlag, type Invocation } from '../../args/options.ts'
import type { CliHost } from '../../cli-host.ts'

/** `web start|stop|status`, `web demo` and `web users …`. Other commands load no part of the server. */
export async function webCommand(invocation: Invocation, cliHost: CliHost): Promise<Exit> {
  const [word = 'status'] = invocation.args
  const mode: ServerMode = hasFlag(invocation, 'api') || hasFlag(invocation, 'webapi') ? 'api' : 'pages'
  const host = { ...cliHost, choice: invocation.global }
  switch (word) {
    case 'start':
      return start(mode, invocation, cliHost)
    case 'stop': {
      const { stopServer } = await import('../../../app/web/server-lock.ts')
      const wasRunning = await stopServer(mode, host)
      if (!wasRunning) cliHost.stderr.write('note: the web server is not running\n')
      return exitWith('ok')
    }
    case 'status':
      return status(mode, invocation, cliHost)
    case 'demo': {
      const { demoCommand } = await import('./web-demo.ts')
      return demoCommand(invocation, cliHost)
    }
    case 'users': {
      const { usersCommand } = await import('./web-users.ts')
      return usersCommand(invocation, cliHost)
    }
    default:
      throw new UsageError(`unknown subcommand "${word}" of "web"`, { hint: 'Available subcommands: start, stop, status, users, demo.' })
  }
}

async function start(mode: ServerMode, invocation: Invocation, cliHost: CliHost): Promise<Exit> {
  const host = { ...cliHost, choice: invocation.global }
  // The ancestor remained in the foreground, and its units depend on it.
  const isForeground = hasFlag(invocation, 'foreground') || /^krista/iu.test(invocation.global.invokedAs)
  if (!isForeground) {
    const { startServer } = await import('../../../app/web/start-server.ts')
    cliHost.stdout.write(await startServer(mode, host))
    return exitWith('ok')
  }
  cliHost.signals.arm()
  const { serve } = await import('../../../api/serve.ts')
  await serve(host, {
    mode,
    onListening({ url, setupUrl }) {
      cliHost.stdout.write(`listening on ${url}\n`)
      if (setupUrl !== undefined) cliHost.stdout.write(`create the first account within 15 minutes: ${setupUrl}\n`)
    },
  })
  return exitWith('ok')
}

async function status(mode: ServerMode, invocation: Invocation, cliHost: CliHost): Promise<Exit> {
  const { findServer } = await import('../../../app/web/server-lock.ts')
  const found = await findServer(mode, cliHost)
  if (hasFlag(invocation, 'json')) {
    cliHost.stdout.write(
      `${JSON.stringify({ running: found !== undefined, ...(found && { pid: found.pid, url: found.url, untrustedProxy: found.untrustedProxy }) })}\n`,
    )
    return exitWith(found ? 'ok' : 'failed')
  }
  if (found === undefined) {
    cliHost.stdout.write('the web server is not running\n')
    return exitWith('failed')
  }
  cliHost.stdout.write(`running: process ${found.pid}, ${found.url}\n`)
  if (found.untrustedProxy !== undefined) {
    const { untrustedProxyWarning } = await import('../../../app/web/untrusted-proxy.ts')
    const { message, hint } = untrustedProxyWarning(found.untrustedProxy)
    cliHost.stderr.write(`warning: ${message}\n  hint: ${hint}\n`)
  }
  const { renewSetup } = await import('../../../app/web/renew-setup.ts')
  const code = await renewSetup({ ...cliHost, choice: invocation.global })
  if (code !== undefined) cliHost.stdout.write(`create the first account within 15 minutes: ${found.url}setup#${code}\n`)
  return exitWith('ok')
}
