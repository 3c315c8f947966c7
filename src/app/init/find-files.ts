import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { readSmall } from '../../files/read-small.ts'
import { isBelow } from '../../storage/root/mountinfo.ts'
import { type FoundSource, filesObject } from './found-source.ts'
import { filled, namesAt } from './list-folders.ts'

/** Facts, settings, homes, web roots, mail and volumes of containers. */
export async function findFiles(): Promise<readonly FoundSource[]> {
  const homes = await filled(['/root', '/home'])
  const local = (await filled(['/usr/local/bin', '/usr/local/sbin', '/usr/local/etc', '/usr/local/src'])).length > 0 ? ['/usr/local'] : []
  const found: FoundSource[] = [
    { name: 'facts', comment: 'Facts for rebuilding the host: partitions, packages, units, users, network.', object: '{ host-facts: {} }' },
    { name: 'etc', comment: 'Settings.', object: filesObject(['/etc']) },
    ...group('home', 'Home folders of root and other users, without caches.', homes, ['/root/.cache', '/home/*/.cache']),
    ...group('crontabs', 'Crontabs of users.', await filled(['/var/spool/cron'])),
    ...group('local', 'Programs and settings installed by hand.', [...local, ...(await filled(['/opt']))]),
    ...group('mail', 'Mail of users.', await filled(['/var/mail', '/var/vmail', '/srv/vmail', '/var/spool/imap'])),
  ]
  const served = [...(await filled(['/srv', '/var/www']))]
  for (const root of await webRoots()) if (![...served, '/etc', '/usr', '/opt', '/home'].some((it) => isBelow(root, it))) served.push(root)
  const volumes = await filled(['/var/lib/docker/volumes', '/var/lib/containers/storage/volumes'])
  return [
    ...found,
    ...group('web', 'Data of servers, and document roots of web servers.', served),
    ...group('volumes', 'Container volumes. Databases in them should also be dumped: see below.', volumes),
  ]
}

function group(name: string, comment: string, paths: readonly string[], exclude: readonly string[] = []): readonly FoundSource[] {
  const relevant = exclude.filter((it) => paths.some((path) => it.startsWith(`${path}/`)))
  return paths.length === 0 ? [] : [{ name, comment, object: filesObject(paths, relevant) }]
}

const SITES = ['/etc/nginx/sites-enabled', '/etc/nginx/conf.d', '/etc/apache2/sites-enabled', '/etc/httpd/conf.d']

/** Folders that nginx and Apache serve, as far as they exist. */
async function webRoots(): Promise<readonly string[]> {
  const roots = new Set<string>()
  for (const folder of SITES)
    for (const name of await namesAt(folder)) {
      const text = await readSmall(join(folder, name)).then(String, () => '')
      for (const { groups } of text.matchAll(/^[^\S\n]*(?:root|DocumentRoot)[^\S\n]+"?(?<path>\/[^;"\s$]+)/gmu)) {
        const path = (groups?.['path'] ?? '').replace(/\/+$/u, '')
        if (path !== '' && (await isFolder(path))) roots.add(path)
      }
    }
  return [...roots]
}

function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (it) => it.isDirectory(),
    () => false,
  )
}
