import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { systemCode } from '../../src/lib/errors.ts'

// Below those that the kernel assigns (ip(7), ip_local_port_range): another program's connection could take one of them before it is used here.
const [FIRST, END] = [20_000, 32_000]

/** A TCP port of 127.0.0.1 at which nothing listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END)
    const server = createServer()
    try {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      server.close()
      await once(server, 'close')
      return port
    } catch (error) {
      if (systemCode(error) !== 'EADDRINUSE') throw error
    }
  }
}
