import { randomBytes } from 'node:crypto'
import type { Hono } from 'hono'
import type { PageFile, Pages } from '../../app/web/pages.ts'
import type { Env } from '../context.ts'
import { ApiError } from '../problems.ts'

/** Serves the built pages: files as they are, and the page itself for every other path; it reads its route from the address. */
export function servePages(app: Hono<Env>, { index, files }: Pages, basePath: string): void {
  app.get('/assets/*', (context) => {
    const file = files.get(context.req.path.slice(1))
    if (file === undefined) throw new ApiError('not-found', 'unknown file', { hint: 'Load the page again.' })
    return sent(file, context.req.header('accept-encoding') ?? '', 'public, max-age=31536000, immutable')
  })
  app.get('*', (context) => {
    const name = context.req.path.slice(1)
    const file = name === 'index.html' ? undefined : files.get(name)
    if (file !== undefined) return sent(file, context.req.header('accept-encoding') ?? '', 'no-cache')
    const nonce = randomBytes(16).toString('base64')
    return new Response(pageOf(index, { nonce, basePath }), {
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'content-security-policy': policyOf(nonce) },
    })
  })
}

function sent({ content, type, gzip, brotli }: PageFile, accepted: string, caching: string): Response {
  const [body, encoding] =
    /\bbr\b/u.test(accepted) && brotli ? [brotli, 'br'] : /\bgzip\b/u.test(accepted) && gzip ? [gzip, 'gzip'] : [content, undefined]
  return new Response(new Uint8Array(body), {
    headers: {
      'content-type': type,
      'cache-control': caching,
      vary: 'accept-encoding',
      ...(encoding !== undefined && { 'content-encoding': encoding }),
    },
  })
}

/** Relative addresses begin at the base, regardless of the requested path. The page reads the nonce for its styles from a `meta` element. */
function pageOf(index: string, { nonce, basePath }: { readonly nonce: string; readonly basePath: string }): string {
  const head = `<base href="${basePath}/"><meta name="csp-nonce" content="${nonce}">`
  return index
    .replace(/<base\b[^>]*>/iu, '')
    .replace(/<head>/iu, `<head>${head}`)
    .replaceAll('__CSP_NONCE__', nonce)
}

function policyOf(nonce: string): string {
  const rules = {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': `'self' 'nonce-${nonce}'`,
    'img-src': "'self' data:",
    'font-src': "'self'",
    'connect-src': "'self'",
    'worker-src': "'self'",
    'manifest-src': "'self'",
    'base-uri': "'self'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
  }
  return Object.entries(rules)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')
}
