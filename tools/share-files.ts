/** Files of share/ that are part of the bundled program, or serve checkouts only: neither in the executable nor in packages. */
export const NOT_SHIPPED: readonly string[] = ['compile-cache.cjs', 'copy-sqlite.mjs', 'pack-tar.mjs', 'web']
