import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { S3Refusal } from './s3-server/refusal.ts'
import { verifySignature } from './s3-server/signature.ts'

/** Who may publish. */
export const SNS_ACCOUNT = { accessKey: 'AKIATEST', secretKey: 'sns-secret-of-a-test' } as const

export interface Published {
  /** The parameters of the call. */
  readonly call: Readonly<Record<string, string>>
  /** The region and the service that it was signed for. */
  readonly scope: string
}

export interface SnsServer {
  readonly url: string
  /** What was asked for and well signed, in order. */
  readonly published: readonly Published[]
  /** How many requests came at all. */
  readonly asked: () => number
}

export interface SnsFaults {
  /** The first so many calls are answered with 500. */
  readonly broken?: number
  /** Targets that there are not. */
  readonly unknown?: readonly string[]
  readonly stalls?: boolean
}

/** A server that speaks the query protocol of Amazon SNS as far as Publish, and takes only what the account has signed. */
export async function openSnsServer(
  t: { after(work: () => void): void },
  { broken = 0, unknown = [], stalls = false }: SnsFaults = {},
): Promise<SnsServer> {
  const published: Published[] = []
  let asked = 0
  const answer = (request: IncomingMessage, body: string): readonly [number, string] => {
    asked += 1
    if (asked <= broken) return refusal(500, 'InternalFailure')
    try {
      verifySignature(request, Buffer.from(body), SNS_ACCOUNT)
    } catch (error) {
      return error instanceof S3Refusal ? refusal(403, error.message) : refusal(500, String(error))
    }
    const call = Object.fromEntries(new URLSearchParams(body))
    if (unknown.includes(call['TargetArn'] ?? '')) return refusal(404, 'NotFound')
    const scope = /Credential=[^/]+\/\d+\/(?<scope>[^,]+)\/aws4_request/u.exec(request.headers.authorization ?? '')?.groups?.['scope'] ?? ''
    published.push({ call, scope })
    return [200, '<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>']
  }
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      const [status, text] = answer(request, body)
      if (stalls) return
      response.writeHead(status, { 'Content-Type': 'text/xml' })
      response.end(text)
    })
  })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, published, asked: () => asked }
}

function refusal(status: number, code: string): readonly [number, string] {
  return [status, `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>refused: ${code}</Message></Error></ErrorResponse>`]
}
