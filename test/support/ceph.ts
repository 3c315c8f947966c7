import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./ceph.sh', import.meta.url))

/** Why Ceph cannot be used here, for `skip`; false where it can. */
export const noCeph: string | false = ['ceph', 'ceph-mon', 'ceph-osd', 'radosgw'].every((name) => existsSync(`/usr/bin/${name}`))
  ? false
  : 'ceph-mon, ceph-osd or radosgw is not installed'

/** A running Ceph with a gateway that speaks S3. */
export interface Ceph {
  readonly url: string
  readonly account: { readonly accessKey: string; readonly secretKey: string }
  /** Frees the room of what was removed, which it would do in an hour or two by itself. */
  collectGarbage(): void
  stop(): void
}

/** Takes some fifteen seconds. */
export function startCeph(port: number): Ceph {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-ceph-'))
  const told = join(folder, 'told')
  const output = openSync(told, 'w')
  spawnSync(script, ['start', folder, String(port)], { stdio: ['ignore', output, output] })
  closeSync(output)
  const stop = () => {
    spawnSync(script, ['stop', folder], { stdio: 'ignore' })
    rmSync(folder, { recursive: true, force: true })
  }
  if (!readFileSync(told, 'utf8').includes('ready')) {
    const log = readFileSync(join(folder, 'log/start.log'), 'utf8')
    stop()
    throw new Error(`Ceph did not start: ${log}`)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    account: { accessKey: 'test', secretKey: 'testsecret' },
    collectGarbage: () => {
      spawnSync('radosgw-admin', ['-c', join(folder, 'ceph.conf'), 'gc', 'process', '--include-all'], { stdio: 'ignore' })
    },
    stop,
  }
}
