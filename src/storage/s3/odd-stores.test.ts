import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, it, type TestContext } from 'node:test'
import { openS3, QUICK_RETRIES } from '../../../test/support/s3.ts'
import { scaledMs } from '../../../test/support/time-limits.ts'
import { bodyOf, call } from '../storage.suite.ts'
import type { Storage } from '../storage.ts'
import { withCheckedKeys } from '../wrap/with-checked-keys.ts'

async function storageOn(t: TestContext, serve: RequestListener, deps: Parameters<typeof openS3>[2] = {}): Promise<Storage> {
  const server = createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const storage = openS3({ url: `http://127.0.0.1:${port}`, account: { accessKey: 'test', secretKey: 'test' } }, {}, deps)
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

  it('and sends an object from its beginning instead of the requested rest is detected', async (t) => {
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

  it('and redirects elsewhere gets no request, and no credentials, sent there', async (t) => {
    let received = 0
    const other = createServer((_, response) => {
      received += 1
      response.end()
    }).listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.after(() => other.close())
    const host = `127.0.0.1:${(other.address() as AddressInfo).port}`
    for (const status of [301, 302, 307, 308]) {
      const storage = await storageOn(t, (request, response) => {
        request.resume()
        response.writeHead(status, { location: `http://${host}${request.url}` }).end()
      })
      const failure = { code: 'storage/unreachable', message: new RegExp(`redirects to another host: "${host}"`, 'u'), hint: /set "endpoint"/u }
      await assert.rejects(storage.get('a', call), failure)
      await assert.rejects(storage.put('a', bodyOf('x'), call), failure)
      await assert.rejects(objectsOf(storage), failure)
    }
    assert.equal(received, 0)
  })

  it('and ends a list in the middle is found out', async (t) => {
    const page = '<IsTruncated>true</IsTruncated><Contents><Key>web/a</Key><Size>1</Size></Contents>'
    const storage = await storageOn(t, (_, response) => sendXml(response, `<ListBucketResult>${page}</ListBucketResult>`))
    const keys = async () => {
      for await (const { key } of storage.list('', call)) assert.fail(`${key} was taken for all`)
    }
    await assert.rejects(keys, { code: 'storage/broken', message: /incomplete listing/u })
  })

  it('continues the list of uploads after the last one if the store gives no position', async (t) => {
    const pageOf = (key: string, isTruncated: boolean) =>
      `<IsTruncated>${isTruncated}</IsTruncated><Upload><Key>web/${key}</Key><UploadId>id-${key}</UploadId></Upload>`
    const storage = await storageOn(t, ({ url = '' }, response) => {
      const page = url.includes('key-marker=web%2Fa&') && url.includes('upload-id-marker=id-a') ? pageOf('b', false) : pageOf('a', true)
      sendXml(response, `<ListMultipartUploadsResult>${page}</ListMultipartUploadsResult>`)
    })
    const uploads = await storage.unfinished?.list({ signal: AbortSignal.timeout(scaledMs(60_000)) })
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

  const objectsOf = async (storage: Storage) => {
    const keys: string[] = []
    for await (const { key } of storage.list('', call)) keys.push(key)
    return keys
  }
  const pageOf = (key: string, token: string) =>
    `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken><Contents><Key>web/${key}</Key><Size>1</Size></Contents></ListBucketResult>`

  for (const [what, answer] of [
    ['repeats the place where its list goes on', (asked: number) => pageOf(`k${asked}`, 'same')],
    ['goes round several such places', (asked: number) => pageOf(`k${asked}`, `t${asked % 3}`)],
    ['gives the same page under ever new places', (asked: number) => pageOf('k', `t${asked}`)],
    [
      'goes on for ever with nothing in it',
      (asked: number) =>
        `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>${asked}</NextContinuationToken></ListBucketResult>`,
    ],
  ] as const) {
    it(`and ${what} is found out`, async (t) => {
      let asked = 0
      const storage = await storageOn(t, (_, response) => {
        asked += 1
        sendXml(response, answer(asked))
      })
      await assert.rejects(objectsOf(storage), { code: 'storage/broken', message: /the listing does not end/u })
      assert.ok(asked <= 102, String(asked))
    })
  }

  it('detects an endless list of uploads', async (t) => {
    let asked = 0
    const storage = await storageOn(t, (_, response) => {
      asked += 1
      const markers = `<NextKeyMarker>web/m${asked % 4}</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>`
      const upload = `<Upload><Key>web/k${asked}</Key><UploadId>${asked}</UploadId></Upload>`
      sendXml(response, `<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>${markers}${upload}</ListMultipartUploadsResult>`)
    })
    await assert.rejects(async () => storage.unfinished?.list(call), { code: 'storage/broken', message: /does not end/u })
    assert.equal(asked, 5)
  })

  it('ignores keys that are not below the root', async (t) => {
    const keys = ['web/a', '../etc/b', 'we', 'other/web/c', '/web/d', '']
    const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('')
    const storage = withCheckedKeys(await storageOn(t, (_, response) => sendXml(response, `<ListBucketResult>${contents}</ListBucketResult>`)), {
      note: () => undefined,
    })
    assert.deepEqual(await objectsOf(storage), ['a'])
  })

  it('and encodes some keys in its lists, and others not, is found out', async (t) => {
    const keys = ['a+%20b', '%zz']
    const storage = await storageOn(t, ({ method, url = '' }, response) => {
      if (method === 'HEAD') response.writeHead(url.endsWith('/a%20%20b') ? 200 : 404, { etag: '"e"' }).end()
      else
        sendXml(
          response,
          `<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>web/${keys.shift()}</Key><Size>1</Size></Contents></ListBucketResult>`,
        )
    })
    assert.deepEqual(await objectsOf(storage), ['a  b'])
    await assert.rejects(objectsOf(storage), { code: 'storage/broken', message: /several encodings/u })
  })

  for (const [what, status] of [
    ['a list', 200],
    ['a refusal', 403],
    ['a fault', 400],
  ] as const) {
    it(`and does not end ${what} fills no memory`, async (t) => {
      const storage = await storageOn(t, (_, response) => {
        response.writeHead(status, { 'content-type': 'application/xml' })
        const block = Buffer.alloc(1024 * 1024, ' ')
        const more = () => {
          while (!response.destroyed && response.write(block));
          if (!response.destroyed) response.once('drain', more)
        }
        response.write('<?xml version="1.0"?>')
        more()
      })
      await assert.rejects(objectsOf(storage), { code: 'storage/broken', message: /answer of the store is too long/u })
    })
  }

  it('and sends more of a small object than it announced is found out', async (t) => {
    const storage = await storageOn(t, (_, response) => {
      response.writeHead(200, { etag: '"e"', 'transfer-encoding': 'chunked' })
      const more = () => {
        while (!response.destroyed && response.write(large));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    await assert.rejects(storage.get('small', call), { code: 'storage/broken', message: /too long/u })
  })

  const drip = (response: ServerResponse) => {
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  }
  const hasty = { idleMs: scaledMs(500), retries: { ...QUICK_RETRIES, attempts: 2 } }
  for (const [what, headers, ask] of [
    ['a list', { 'content-type': 'application/xml' }, objectsOf],
    ['a small object', { etag: '"e"', 'content-length': '100000' }, async (storage: Storage) => buffer(await storage.get('small', call))],
    ['a large object', { etag: '"e"', 'content-length': '100000000' }, async (storage: Storage) => buffer(await storage.get('large', call))],
  ] as const) {
    it(`and sends ${what} a byte at a time is given up`, async (t) => {
      const storage = await storageOn(
        t,
        ({ headers: { range } }, response) => {
          const from = Number(/\d+/u.exec(range ?? '0')?.[0])
          response.writeHead(200, 'content-length' in headers ? { ...headers, 'content-length': Number(headers['content-length']) - from } : headers)
          drip(response)
        },
        hasty,
      )
      await assert.rejects(ask(storage), { code: 'storage/unreachable', message: /no answer from the store/u })
    })
  }

  for (const [what, body] of [
    ['a page', '<!DOCTYPE html><html><body>Login</body></html>'],
    ['nothing', ''],
    ['another document', '<?xml version="1.0"?><html></html>'],
    ['a text', 'OK'],
  ] as const) {
    it(`but answers each request with ${what} is no empty store`, async (t) => {
      const storage = await storageOn(t, (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(body))
      const refusal = { code: 'storage/broken', message: /not that of an S3 store/u }
      await assert.rejects(objectsOf(storage), refusal)
      await assert.rejects(async () => storage.unfinished?.list(call), refusal)
      await assert.rejects(storage.put('a', bodyOf('x'), call), refusal)
      await assert.rejects(async () => storage.removeMany?.(['a'], call), refusal)
      if (body.startsWith('<')) await assert.rejects(storage.remove('a', call), refusal)
    })
  }

  it('and truncates its list gets a second request', async (t) => {
    let asked = 0
    const storage = await storageOn(t, (_, response) => {
      asked += 1
      sendXml(response, asked === 1 ? '<ListBucketResult><IsTruncated>false</IsTruncated>' : '<ListBucketResult/>')
    })
    assert.deepEqual([await objectsOf(storage), asked], [[], 2])
  })

  it('and removes no key gets a request for each', async (t) => {
    const asked: string[] = []
    const storage = await storageOn(t, ({ method = '', url = '' }, response) => {
      asked.push(`${method} ${url.split('?', 1)[0]}`)
      if (method === 'DELETE') response.writeHead(204).end()
      else
        sendXml(response, '<DeleteResult><Error><Key>other</Key><Code>InternalError</Code></Error><Deleted><Key>web/a</Key></Deleted></DeleteResult>')
    })
    await storage.removeMany?.(['a', 'b'], call)
    assert.deepEqual(
      asked,
      ['POST /acme/', 'DELETE /acme/web/b'].map((it) => it.replace('/acme/ ', '/acme ')),
    )
  })
})
