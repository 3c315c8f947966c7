/** The option that accepts files which others could have written, as messages name it. */
export const ALLOW_UNSAFE = '--allow-unsafe-permissions'
