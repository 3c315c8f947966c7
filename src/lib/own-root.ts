import { fileURLToPath } from 'node:url'

/** The folder that we are installed in, no slash at its end. */
export const OWN_ROOT: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '')
