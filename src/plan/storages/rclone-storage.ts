import type { Command } from '../command.ts'
import type { SecretRef } from '../secret.ts'

/** A place that rclone reaches: any of its backends, SFTP among them. */
export interface RcloneStorageSpec {
  readonly kind: 'rclone'
  /** Where it is, for messages: the remote less its options, which may hold secrets. */
  readonly label: string
  /** What stands before the path, its colon included: `offsite:`, `:sftp,host=backup.example.net:`. Empty: folders of this host. */
  readonly remote: string
  /** The path of the root there, no slash at its end. */
  readonly root: string
  /** Starts rclone itself, without a subcommand; its options stand in the environment as `RCLONE_…`. */
  readonly program: Command
  /** More of the environment: values that rclone wants obscured, as they are before that. */
  readonly obscured: Readonly<Record<string, readonly (string | SecretRef)[]>>
  /** Bytes in a second, both ways together; absent = no limit. */
  readonly bandwidthBytesPerSecond?: number
  /** How long the remote may move no byte and give no answer before a call fails. */
  readonly stallMs: number
  readonly completeWhen: 'folder' | 'manifest'
}

/** The same storage with its root in a folder below. */
export function belowRcloneRoot(spec: RcloneStorageSpec, folder: string): RcloneStorageSpec {
  const joined = (path: string) => (path === '' || path.endsWith('/') ? `${path}${folder}` : `${path}/${folder}`)
  return { ...spec, root: joined(spec.root), label: spec.label.endsWith(':') ? `${spec.label}${folder}` : joined(spec.label) }
}

// Up to the colon that ends name and options; in quotes an option may hold colons. What has a slash before is a path of this host.
const REMOTE = /^:?[^,:/]+(?:,(?:"[^"]*"|'[^']*'|[^"':])*)?:/u

/**
 * Takes a remote apart as rclone reads it (its manual, "Connection strings"): `name:path`, `:backend,option=value:path`, or a path of this host. The
 * label is what may be shown of it.
 */
export function parseRemote(text: string): Pick<RcloneStorageSpec, 'label' | 'remote' | 'root'> {
  const [remote = ''] = REMOTE.exec(text) ?? []
  const root = text.slice(remote.length).replace(/(?<=[^/])\/+$/u, '')
  const name = /^:?[^,:]*/u.exec(remote)?.[0] ?? ''
  return { remote, root, label: remote === '' ? root : `${name}:${root}` }
}
