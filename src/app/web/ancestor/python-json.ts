/** JSON in the format of Python's `json.dumps`: a space after commas and colons, and all characters outside ASCII escaped. */
export function pythonJson(value: unknown): string {
  return render(value).replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function render(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(render).join(', ')}]`
  const entries = value instanceof Map ? [...value] : typeof value === 'object' && value !== null ? Object.entries(value) : undefined
  if (entries !== undefined) return `{${entries.map(([key, it]) => `${JSON.stringify(String(key))}: ${render(it)}`).join(', ')}}`
  return JSON.stringify(value) ?? 'null'
}
