import type { Command } from '../command.ts'
import type { SecretRef } from '../secret.ts'

/** A location accessed with rclone: any of its backends, including SFTP. */
export interface RcloneStorageSpec {
  readonly kind: 'rclone'
  /** Its location for messages: the remote without its options, which may contain secrets. */
  readonly label: string
  /** The part before the path, including its colon: `offsite:`, `:sftp,host=backup.example.net:`. Empty: folders of this host. */
  readonly remote: string
  /** The path of the root on the remote, without a trailing slash. */
  readonly root: string
  /** Starts rclone itself, without a subcommand; its options are in the environment as `RCLONE_…`. */
  readonly program: Command
  /** Additional variables: values that rclone expects in obscured form, before that conversion. */
  readonly obscured: Readonly<Record<string, readonly (string | SecretRef)[]>>
  /** Bytes per second, in both directions together; absent: no limit. */
  readonly bandwidthBytesPerSecond?: number
  /** The stall timeout: how long the remote may transfer no data and send no answer before a call fails. */
  readonly stallMs: number
  readonly completeWhen: 'folder' | 'manifest'
}

/** The same storage with its root in a subfolder. */
export function belowRcloneRoot(spec: RcloneStorageSpec, folder: string): RcloneStorageSpec {
  const joined = (path: string) => (path === '' || path.endsWith('/') ? `${path}${folder}` : `${path}/${folder}`)
  return { ...spec, root: joined(spec.root), label: spec.label.endsWith(':') ? `${spec.label}${folder}` : joined(spec.label) }
}

// Up to the colon that ends name and options; quoted options may contain colons. A text with a slash before the first colon is a path of this host.
const REMOTE = /^:?[^,:/]+(?:,(?:"[^"]*"|'[^']*'|[^"':])*)?:/u

/**
 * Parses a remote like rclone (its manual, "Connection strings"): `name:path`, `:backend,option=value:path`, or a path of this host. The label is the
 * part that may be displayed.
 */
export function parseRemote(text: string): Pick<RcloneStorageSpec, 'label' | 'remote' | 'root'> {
  const [remote = ''] = REMOTE.exec(text) ?? []
  const root = text.slice(remote.length).replace(/(?<=[^/])\/+$/u, '')
  const name = /^:?[^,:]*/u.exec(remote)?.[0] ?? ''
  return { remote, root, label: remote === '' ? root : `${name}:${root}` }
}
