import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import { join } from 'node:path'
import { makeFolderInSync } from '../../files/make-folder.ts'
import { makeSocketFolder, removeSocketFolders, SOCKETS } from '../../process/tree/socket-folders.ts'

/** The address of a server. */
export type ServerAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: string }

/** A socket through which this process accepts exactly one connection to a server. */
export interface ServerProxy {
  /** Other users cannot access its parent folder; a process that sees this folder can use the socket in it. */
  readonly folder: string
  close(): Promise<void>
}

/**
 * Opens a proxy socket of that name. The server sees this process as the client, so that its authentication by peer applies; a second
 * connection by a compromised client is rejected.
 */
export async function openServerProxy(to: ServerAddress, name: string): Promise<ServerProxy> {
  await removeSocketFolders()
  const place = makeSocketFolder()
  const folder = join(place.folder.path, SOCKETS)
  makeFolderInSync(place.folder, SOCKETS)
  let removed: Promise<unknown> | undefined
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (near) => {
    server.close()
    // The connecting process has mounted the folder already: from here on nothing remains, even if this process is killed.
    removed ??= place.remove()
    const far = connect({ ...optionsOf(to), allowHalfOpen: true })
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(join(folder, name), resolve))
  return {
    folder,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      removed ??= place.remove()
      await removed
    },
  }
}

function optionsOf(to: ServerAddress): NetConnectOpts {
  return to.kind === 'socket' ? { path: to.path } : { host: to.host, port: Number(to.port) }
}
