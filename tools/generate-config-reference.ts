import { renderNativeSchema } from '../src/config/native/schema/schema.ts'

interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly not?: object
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | false
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly definitions?: Readonly<Record<string, JsonSchema>>
}

const HEAD = [
  '# The native configuration',
  '<!-- Made by "npm run generate" from the form itself. Change it there. -->',
  `YAML 1.2. Holdfast looks for it at \`/etc/holdfast/holdfast.yaml\`; \`-f\` names another file, which must end in \`.yaml\` or \`.yml\`. [First
steps](../guide/first-steps.md) shows how to begin. Unknown keys are errors. Editors that know JSON Schema check and complete it when its first line is`,
  '```yaml\n# yaml-language-server: $schema=/opt/holdfast/share/holdfast.schema.json\n```',
  `- **Durations** are a number and a unit: \`90s\`, \`10m\`, \`6h\`, \`30d\`. **Sizes** are bytes, or a number and a unit: \`512MiB\`, \`200GiB\`, \`1.5TB\`.
- **Secrets** are referred to: \`\${env:NAME}\`, \`\${file:/path}\` or \`\${credential:NAME}\` (systemd). They are read when they are needed and go to the
  one program that needs them. Where the characters \`\${\` themselves are meant, write \`$\${\`. Elsewhere nothing is expanded.
- **Commands** are lists of words, without a shell.
- **Includes** come first: what a file says itself wins over what it includes. Mappings are merged name by name, anything else is replaced.
- Sets lie in \`ROOT/NAME/SET\`, where \`NAME\` is the step's name, by default the task's.`,
]

/** `docs/reference/configuration.md`: every key of the native form, by the place where it stands. */
export function renderConfigReference(): string {
  const root = JSON.parse(renderNativeSchema()) as JsonSchema
  const sections: string[] = []
  // One form may stand at many places; it is told where it comes first.
  const told = new Set<string>()
  const tell = (shape: JsonSchema, title: string): void => {
    const identity = JSON.stringify(shape)
    if (told.has(identity)) return
    told.add(identity)
    sections.push(section(shape, title, root))
    for (const [key, value] of Object.entries(shape.properties ?? {})) look(value, title === '' ? key : `${title}.${key}`)
  }
  const look = (schema: JsonSchema, title: string): void => {
    for (const shape of unfold(schema, root)) if (shape.properties) tell(shape, title)
    for (const part of unfold(schema, root)) {
      if (part.additionalProperties) look(part.additionalProperties, `${title}.NAME`)
      if (part.items) look(part.items, `${title}[]`)
    }
  }
  look(root, '')
  return `${[...HEAD, ...sections].join('\n\n')}\n`
}

/** The forms that a value may have, references followed. */
function unfold(schema: JsonSchema, root: JsonSchema): readonly JsonSchema[] {
  const name = schema.$ref?.slice('#/definitions/'.length)
  const referred = name === undefined ? undefined : root.definitions?.[name]
  if (referred) return unfold(referred, root)
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf
  return choices ? choices.flatMap((it) => unfold(it, root)) : [schema]
}

function section(shape: JsonSchema, title: string, root: JsonSchema): string {
  const rows = Object.entries(shape.properties ?? {}).map(([key, value]) => {
    const isNeeded = shape.required?.includes(key) === true
    return `| \`${key}\`${isNeeded ? ' (needed)' : ''} | ${cell(formOf(value, root))} | ${cell(value.description ?? '')} |`
  })
  const kind = shape.properties?.['type']?.const
  const heading = title === '' ? 'The file' : `\`${title}\`${kind === undefined ? '' : ` of type ${String(kind)}`}`
  return [
    `## ${heading}`,
    '',
    ...(rows.length > 0 ? ['| key | form | meaning |', '| --- | --- | --- |', ...rows] : ['An empty mapping: `{}`.']),
  ].join('\n')
}

function formOf(schema: JsonSchema, root: JsonSchema): string {
  return [...new Set(unfold(schema, root).map(wordsOf))].filter((it) => it !== 'nothing').join(', or ')
}

function wordsOf(schema: JsonSchema): string {
  if (schema.not) return 'none yet'
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (schema.enum) return schema.enum.map((it) => `\`${String(it)}\``).join(', ')
  if (schema.type === 'array') return 'list'
  return (
    { string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false', object: 'mapping', null: 'nothing' }[schema.type ?? ''] ??
    'anything'
  )
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
