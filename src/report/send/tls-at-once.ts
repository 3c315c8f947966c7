import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { pause } from '../../lib/long-timer.ts'

// A greeting usually takes less; a server that waits for TLS sends nothing.
const SILENCE_MS = 3000
const HANDSHAKE_MS = 10_000

interface MailPort {
  readonly host: string
  readonly port: number
}

/**
 * Resolves if the server expects TLS from the beginning: after a silence, another connection is opened and completes a handshake. Nothing is sent in
 * it, so the certificate does not matter. Otherwise it never settles; an abort ends the attempt.
 */
export async function untilTlsAtOnce({ host, port }: MailPort, signal: AbortSignal): Promise<void> {
  const isSilent = await pause(SILENCE_MS, signal).then(
    () => true,
    () => false,
  )
  const { promise, resolve } = Promise.withResolvers<void>()
  if (!isSilent || signal.aborted) return promise
  const socket = connect({ host, port, rejectUnauthorized: false, ...(isIP(host) === 0 && { servername: host }) }, () => {
    resolve()
    socket.destroy()
  })
  const stop = () => socket.destroy()
  socket.setTimeout(HANDSHAKE_MS, stop)
  socket.on('error', stop)
  signal.addEventListener('abort', stop, { once: true })
  return promise
}
