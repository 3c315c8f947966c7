import { z } from 'zod'
import { StreamEvent } from '../schema/events.ts'
import { Problem } from '../schema/problem.ts'
import { ROUTES } from './all-routes.ts'
import type { Route } from './route.ts'

type Json = Readonly<Record<string, unknown>>

/** Of the API, not of the program: the document is public, and must not show the version to attackers. */
const API_VERSION = '1'

/** The OpenAPI 3.1 document of the API, generated from the table of operations. `prefix`: the path of the server, without a trailing slash. */
export function renderOpenapi(prefix: string): Json {
  const schemas = new Map<string, unknown>()
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(name, route, schemas) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Holdfast', version: API_VERSION, description: 'Lists return {asOf, total, rows, next}; errors are application/problem+json.' },
    servers: [{ url: `${prefix}/api/v1` }],
    paths,
    components: {
      schemas: Object.fromEntries([...schemas].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'holdfast-session' }, token: { type: 'http', scheme: 'bearer' } },
    },
  }
}

function operationOf(name: string, route: Route, schemas: Map<string, unknown>): Json {
  const { role, by, body, answer, status = 200, path, query } = route
  const inPath = [...path.matchAll(/\{(?<name>\w+)\}/gu)].map(({ groups }) => ({
    name: groups?.['name'],
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const ifMatch = route.ifMatch ? [{ name: 'If-Match', in: 'header', required: true, schema: { type: 'string' } }] : []
  const parameters = [...inPath, ...(query ? queryParameters(query, schemas) : []), ...ifMatch]
  const security = [{ session: [] }, ...(by === 'session' ? [] : [{ token: [] }])]
  return {
    operationId: name,
    summary: route.summary,
    'x-role': role,
    ...(role === 'anyone' ? { security: [] } : { security }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input', schemas) } } } }),
    responses: {
      [status]: { description: 'Success', ...(status !== 204 && { content: contentOf(answer, schemas) }) },
      default: { description: 'Error', content: { 'application/problem+json': { schema: schemaOf(Problem, 'output', schemas) } } },
    },
  }
}

function contentOf(answer: Route['answer'], schemas: Map<string, unknown>): Json {
  if (answer === 'text') return { 'text/plain': { schema: { type: 'string' } } }
  if (answer === 'file') return { 'application/x-tar': { schema: { type: 'string', format: 'binary' } } }
  if (answer === 'stream') return { 'text/event-stream': { schema: schemaOf(StreamEvent, 'output', schemas) } }
  return { 'application/json': { schema: answer === 'json' ? { type: 'object' } : schemaOf(answer, 'output', schemas) } }
}

function queryParameters(query: z.ZodObject, schemas: Map<string, unknown>): readonly Json[] {
  const { properties = {}, required = [] } = schemaOf(query, 'input', schemas) as { properties?: Json; required?: readonly string[] }
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }))
}

/** Named schemas become components of the document. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Map<string, unknown>): Json {
  const {
    $schema: _,
    $defs = {},
    ...own
  } = JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io })).replaceAll('#/$defs/', '#/components/schemas/'))
  for (const [id, part] of Object.entries($defs)) schemas.set(id, part)
  const { id, ...rest } = own as Json & { readonly id?: string }
  if (id === undefined) return rest
  schemas.set(id, rest)
  return { $ref: `#/components/schemas/${id}` }
}
