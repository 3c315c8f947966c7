import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { noCeph, startCeph } from '../support/ceph.ts'
import { freePort } from '../support/free-port.ts'
import { S3RVER, startS3rver } from '../support/s3rver.ts'
import { checkStore, makeAndRestore, openTrial, type TriedStore } from '../support/store-trial.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { row } from './proof.ts'

const PROOF = fileURLToPath(new URL('../../docs/proofs/stores.md', import.meta.url))
const END = '<!-- end of the real stores -->'
const PORT = 7690

/** A store of one's own, by `HOLDFAST_STORE='{"name": "…", "endpoint": "…", "bucket": "…", "accessKey": "…", "secretKey": "…", "settings": "region: …"}'`. */
const given = process.env['HOLDFAST_STORE']

describe('the program on a real store', { skip: onlyWhenLong() }, () => {
  const rows = new Map<string, string>()

  async function tryStore(t: Parameters<typeof openTrial>[0], name: string, store: TriedStore): Promise<void> {
    const trial = openTrial(t, store)
    const { cell } = await checkStore(trial)
    const ran = await makeAndRestore(trial, name)
    rows.set(name, row(name, new Date().toISOString().slice(0, 10), cell, ran))
  }

  it('Ceph', { skip: noCeph }, async (t) => {
    const ceph = startCeph(PORT)
    t.after(() => ceph.stop())
    const { accessKey, secretKey } = ceph.account
    const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
    const client = new S3Client({ endpoint: ceph.url, region: 'default', forcePathStyle: true, credentials })
    await client.send(new CreateBucketCommand({ Bucket: 'acme' }))
    client.destroy()
    const version = /version (?<version>[\d.]+)/u.exec(spawnSync('radosgw', ['--version'], { encoding: 'utf8' }).stdout)?.groups?.['version'] ?? ''
    await tryStore(t, `Ceph ${version}`, { endpoint: ceph.url, accessKey, secretKey })
  })

  it('s3rver', async (t) => {
    const server = await startS3rver(await freePort())
    t.after(() => server.stop())
    await tryStore(t, `s3rver ${S3RVER}`, { endpoint: server.url, ...server.account })
  })

  it('the one given', { skip: given === undefined }, async (t) => {
    const { name, ...store } = JSON.parse(given ?? '') as TriedStore & { readonly name: string }
    await tryStore(t, name, store)
  })

  after(() => {
    if (process.env['UPDATE'] !== '1') return
    const lines = readFileSync(PROOF, 'utf8').split('\n')
    for (const [name, line] of rows) {
      const at = lines.findIndex((it) => it.startsWith(`| ${name} |`))
      if (at === -1) lines.splice(lines.indexOf(END) - 1, 0, line)
      else lines[at] = line
    }
    writeFileSync(PROOF, lines.join('\n'))
  })
})
