/** The environment of a program whose installation lacks a module, by parts of its path, as it is in the sources and in the bundle: loading it fails. */
export function withoutModule(...names: readonly string[]): { readonly NODE_OPTIONS: string } {
  const hook = `import { registerHooks } from 'node:module'
registerHooks({
  resolve(wanted, context, next) {
    if (${JSON.stringify(names)}.some((name) => wanted.includes(name))) throw new Error('there is no "${names[0]}"')
    return next(wanted, context)
  },
})`
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hook)}` }
}
