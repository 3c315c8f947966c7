import { createHash } from 'node:crypto'
import { renderOpenapi } from './openapi.ts'

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
pre{overflow:auto;padding:.75rem;border:1px solid #8888}h2{margin-top:2.5rem}h2,h3{scroll-margin-top:1rem}li{margin:.1rem 0}`

/** The page may load only its own style. */
export const OPENAPI_PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly 'x-role': string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: object }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>
}

interface Document {
  readonly info: { readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

/** The OpenAPI document as a page without scripts, for users. */
export function renderOpenapiPage(prefix: string): string {
  const { info, servers, paths, components } = renderOpenapi(prefix) as unknown as Document
  const base = servers[0]?.url ?? ''
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ title: `${method.toUpperCase()} ${base}${path}`, operation })),
  )
  const contents = operations.map(
    ({ title, operation: { operationId, summary } }) => `<li><a href="#${operationId}"><code>${text(title)}</code></a> ${text(summary)}`,
  )
  return [
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Holdfast API</title><style>${STYLE}</style>`,
    `<h1>Holdfast API</h1><p>${text(info.description)} For programs: <a href="openapi.json">openapi.json</a>.`,
    `<ul>${contents.join('\n')}</ul>`,
    ...operations.map(({ title, operation }) => sectionOf(title, operation)),
    '<h2>Schemas</h2>',
    ...Object.entries(components.schemas).map(([name, schema]) => `<h3 id="schema-${text(name)}">${text(name)}</h3>${schemaOf(schema)}`),
  ].join('\n')
}

function sectionOf(title: string, { operationId, summary, 'x-role': role, parameters = [], requestBody, responses }: Operation): string {
  const words = parameters.map(
    ({ name, in: place, required, schema }) => `<li><code>${text(name)}</code> (${place}${required ? ', required' : ''}) ${schemaOf(schema)}`,
  )
  const body = Object.values(requestBody?.content ?? {}).map(({ schema }) => `<h3>Body</h3>${schemaOf(schema)}`)
  const answers = Object.entries(responses)
    .filter(([status]) => status !== 'default')
    .map(([status, { content = {} }]) => {
      const [[type, { schema }] = ['no body', { schema: {} }]] = Object.entries(content)
      return `<h3>Response ${status}, ${text(type)}</h3>${Object.keys(content).length === 0 ? '' : schemaOf(schema)}`
    })
  return [
    `<h2 id="${operationId}"><code>${text(title)}</code></h2><p>${text(summary)}. Requires: ${role === 'anyone' ? 'no login' : `role ${role}`}.`,
    words.length === 0 ? '' : `<h3>Parameters</h3><ul>${words.join('')}</ul>`,
    ...body,
    ...answers,
  ].join('')
}

/** As JSON, with links to the named schemas. */
function schemaOf(schema: object): string {
  const json = text(JSON.stringify(schema, undefined, 2))
  return `<pre>${json.replaceAll(/#\/components\/schemas\/(\w+)/gu, '<a href="#schema-$1">$1</a>')}</pre>`
}

function text(plain: string): string {
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
