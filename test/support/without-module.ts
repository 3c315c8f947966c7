/** The environment of a program whose installation lacks this module: loading it fails. */
export function withoutModule(name: string): { readonly NODE_OPTIONS: string } {
  const hook = `import { registerHooks } from 'node:module'
registerHooks({
  resolve(wanted, context, next) {
    if (wanted.includes('${name}')) throw new Error('there is no "${name}"')
    return next(wanted, context)
  },
})`
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hook)}` }
}
