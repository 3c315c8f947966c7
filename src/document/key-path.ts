/** The path of a key below another path: `tasks.nightly`, `objects["a b"]`. */
export function keyPath(path: string, key: string): string {
  if (!/^[\w$-]+$/u.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}
