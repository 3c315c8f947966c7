/** Data of this host that a configuration should save. */
export interface FoundSource {
  /** The name of its object. */
  readonly name: string
  /** Why it is in the configuration, for the comment above the object; one line. */
  readonly comment: string
  /** The object in YAML, on one line: `{ files: { paths: ["/etc"] } }`. */
  readonly object: string
  /** Why it cannot be saved yet: then the object is only a comment. */
  readonly lacks?: string
}

/** A text as YAML. A dollar sign before a brace would begin a reference. Undefined: the text cannot be written. */
export function yamlText(text: string): string | undefined {
  return text.includes('${') ? undefined : JSON.stringify(text)
}

/** An object that saves the paths that can be written in a configuration. */
export function filesObject(paths: readonly string[], exclude: readonly string[] = []): string {
  const list = (texts: readonly string[]) => `[${texts.flatMap((it) => yamlText(it) ?? []).join(', ')}]`
  return `{ files: { paths: ${list(paths)}${exclude.length === 0 ? '' : `, exclude: ${list(exclude)}`} } }`
}

/** Name of an object or of a part of one: `uptime-kuma`. */
export function objectName(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '')
  return name === '' ? 'data' : name.slice(0, 60)
}
