import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, it, type TestContext } from 'node:test'
import { openS3 } from '../../../test/support/s3.ts'
import { call } from '../storage.suite.ts'
import type { Storage } from '../storage.ts'

async function storageOn(t: TestContext, serve: RequestListener): Promise<Storage> {
  const server = createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const storage = openS3({ url: `http://127.0.0.1:${port}`, account: { accessKey: 'test', secretKey: 'test' } }, {})
  t.after(async () => {
    await storage.close()
    server.closeAllConnections()
    server.close()
  })
  return storage
}

function sendXml(response: ServerResponse, xml: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${xml}`)
}

describe('a store that does not keep to S3', () => {
  const large = Buffer.alloc(9 * 1024 ** 2, 'abcdefg')

  it('and sends an object from its beginning when asked for the rest is found out', async (t) => {
    let asked = 0
    const storage = await storageOn(t, (_, response) => {
      asked += 1
      response.writeHead(200, { 'content-length': large.length, etag: '"e"' })
      if (asked > 1) response.end(large)
      else response.write(large.subarray(0, 1_000_000), () => setTimeout(() => response.destroy(), 50))
    })
    await assert.rejects(buffer(await storage.get('large', call)), { code: 'storage/broken', hint: /header "range"/u })
    assert.equal(asked, 2)
  })

  it('and ends a list in the middle is found out', async (t) => {
    const page = '<IsTruncated>true</IsTruncated><Contents><Key>web/a</Key><Size>1</Size></Contents>'
    const storage = await storageOn(t, (_, response) => sendXml(response, `<ListBucketResult>${page}</ListBucketResult>`))
    const keys = async () => {
      for await (const { key } of storage.list('', call)) assert.fail(`${key} was taken for all`)
    }
    await assert.rejects(keys, { code: 'storage/broken', message: /did not give all of the list/u })
  })

  it('and does not say where its list of uploads goes on is asked for what comes after the last', async (t) => {
    const pageOf = (key: string, isTruncated: boolean) =>
      `<IsTruncated>${isTruncated}</IsTruncated><Upload><Key>web/${key}</Key><UploadId>id-${key}</UploadId></Upload>`
    const storage = await storageOn(t, ({ url = '' }, response) => {
      const page = url.includes('key-marker=web%2Fa&') && url.includes('upload-id-marker=id-a') ? pageOf('b', false) : pageOf('a', true)
      sendXml(response, `<ListMultipartUploadsResult>${page}</ListMultipartUploadsResult>`)
    })
    const uploads = await storage.unfinished?.list({ signal: AbortSignal.timeout(10_000) })
    assert.deepEqual(
      uploads?.map(({ key, id }) => [key, id]),
      [
        ['a', 'id-a'],
        ['b', 'id-b'],
      ],
    )
  })

  it('and breaks off its list of uploads with nothing in it is found out', async (t) => {
    const storage = await storageOn(t, (_, response) =>
      sendXml(response, '<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>'),
    )
    await assert.rejects(async () => storage.unfinished?.list(call), { code: 'storage/broken' })
  })
})
