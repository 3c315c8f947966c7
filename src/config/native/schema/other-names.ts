// What other programs, and the servers themselves, call a key.
const OTHER_NAMES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    root: ['prefix', 'path', 'folder', 'directory', 'dir', 'base', 'subpath'],
    path: ['root', 'folder', 'directory', 'dir'],
    endpoint: ['url', 'endpoint-url', 'server', 'host', 's3-url'],
    bucket: ['bucket-name', 'container'],
    'access-key': ['key-id', 'access-key-id', 'aws-access-key-id'],
    'secret-key': ['secret', 'secret-access-key', 'aws-secret-access-key'],
    user: ['username', 'login'],
    password: ['pass', 'passwd', 'pwd'],
    host: ['hostname', 'server', 'socket', 'address'],
    databases: ['db', 'dbname', 'name', 'names'],
    tls: ['ssl'],
    keep: ['retention', 'rotation', 'rotate', 'max-backups'],
    compress: ['compression'],
    encrypt: ['encryption'],
    schedule: ['cron', 'when', 'at'],
    exclude: ['excludes', 'ignore'],
    to: ['destination', 'target', 'storage', 'storages'],
  }),
)

/** The key among these that other programs call like this; undefined if there is none, or more than one. */
export function otherName(key: string, candidates: readonly string[]): string | undefined {
  const plain = key.toLowerCase().replaceAll('_', '-')
  const meant = candidates.filter((it) => OTHER_NAMES.get(it)?.includes(plain))
  return meant.length === 1 ? meant[0] : undefined
}
