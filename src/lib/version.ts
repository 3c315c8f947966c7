import about from '../../package.json' with { type: 'json' }

/** Our own version, from the package. */
export const VERSION: string = about.version
