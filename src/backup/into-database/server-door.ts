import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import { join } from 'node:path'
import { makeFolderInSync } from '../../files/make-folder.ts'
import { DOOR, makeDoorFolder, removeDoorFolders } from '../../process/tree/door-folders.ts'

/** Where a server listens. */
export type ServerAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: string }

/** A socket through which one connection, and no second one, can be made to a server, as this process. */
export interface ServerDoor {
  /** Nobody else can reach its parent folder; a process that sees this folder can use the socket in it. */
  readonly folder: string
  close(): Promise<void>
}

/**
 * Opens a door whose socket has that name. The server sees this process on the other side, so it lets in whom it would let in when asked from here; what a client
 * that ran away could do with a connection of its own is refused, as the one connection is the client's.
 */
export async function openDoor(to: ServerAddress, name: string): Promise<ServerDoor> {
  await removeDoorFolders()
  const place = makeDoorFolder()
  const folder = join(place.folder.path, DOOR)
  makeFolderInSync(place.folder, DOOR)
  let removed: Promise<unknown> | undefined
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (near) => {
    server.close()
    // Who connects has the folder mounted already: from here on nothing is left of it, whatever kills us.
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
