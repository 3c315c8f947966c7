// node bench/s3.ts [ROUNDS]: the figures of docs/proofs/s3-speed.md, side by side on this machine. Needs Ceph, awscli and rclone, some 6 GB of memory, 3 GB
// below TMPDIR.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startCeph } from '../test/support/ceph.ts'
import { buildFolder } from '../tools/build.ts'
import { type Contestant, compare } from './measure.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const PORT = 7780
const SIZES = [64, 2048]

const rounds = Number(process.argv[2] ?? 3)
const folder = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'bench-s3-'))
// As it is on hosts: in few files.
const built = join(folder, 'built')
await buildFolder(checkout, built)
const ceph = startCeph(PORT)
const account = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'testsecret', AWS_DEFAULT_REGION: 'default', HOME: folder }

function aws(...args: readonly string[]): readonly [string, ...string[]] {
  return ['aws', '--endpoint-url', ceph.url, ...args]
}

function clear(): void {
  const [program, ...args] = aws('s3', 'rm', '--quiet', '--recursive', 's3://bench/')
  spawnSync(program, args, { env: { PATH: '/usr/bin:/bin', ...account }, stdio: 'ignore' })
  // Otherwise the store fills with what was removed.
  ceph.collectGarbage()
}

function contestants(source: string): readonly Contestant[] {
  const config = join(folder, 'holdfast.yaml')
  const storage = `{ type: s3, bucket: bench, endpoint: "${ceph.url}", access-key: test, secret-key: "\${env:AWS_SECRET_ACCESS_KEY}" }`
  const object = `{ exec: [cat, "${source}"], compress: none }`
  writeFileSync(config, `version: 1\nstorages: { s: ${storage} }\ntasks: { t: { steps: [{ backup: { objects: { o: ${object} } } }] } }\n`)
  const remote = {
    RCLONE_CONFIG_B_TYPE: 's3',
    RCLONE_CONFIG_B_PROVIDER: 'Ceph',
    RCLONE_CONFIG_B_ENDPOINT: ceph.url,
    RCLONE_CONFIG_B_ENV_AUTH: 'true',
  }
  const shell = (script: string) => ['/bin/bash', '-o', 'pipefail', '-c', script] as const
  return [
    {
      name: 'Holdfast',
      argv: [join(built, 'holdfast'), '-q', '-f', config, 'run'],
      env: { ...account, HOLDFAST_STATE: join(folder, 'state') },
      clear,
    },
    { name: '`aws s3 cp -`', argv: shell(`cat ${source} | ${aws('s3', 'cp', '--quiet', '-', 's3://bench/aws').join(' ')}`), env: account, clear },
    { name: '`rclone rcat`', argv: shell(`cat ${source} | rclone --config /dev/null rcat B:bench/rclone`), env: { ...account, ...remote }, clear },
  ]
}

try {
  const client = new S3Client({
    endpoint: ceph.url,
    region: 'default',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
  })
  await client.send(new CreateBucketCommand({ Bucket: 'bench' }))
  client.destroy()
  console.log(
    `${cpus().length} CPUs, load before ${loadavg()
      .map((it) => it.toFixed(1))
      .join(' ')}, median of ${rounds}\n`,
  )
  for (const mib of SIZES) {
    const source = join(folder, 'source')
    spawnSync('sh', ['-c', `head -c ${mib}M /dev/urandom >"$0"`, source])
    const measured = await compare(contestants(source), rounds)
    console.log(`## ${mib} MiB, incompressible\n`)
    console.log('| program | seconds | MiB per second | MiB of the largest process |\n| --- | --: | --: | --: |')
    for (const [name, { seconds, peakMiB }] of measured)
      console.log(`| ${name} | ${seconds.toFixed(2)} | ${(mib / seconds).toFixed(0)} | ${peakMiB.toFixed(0)} |`)
    console.log('')
  }
} finally {
  ceph.stop()
  rmSync(folder, { recursive: true, force: true })
}
