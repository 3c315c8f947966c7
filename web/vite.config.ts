import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** Writes a digest of all files into the page, by which an open page sees that the server has others. */
function nameBuild(): Plugin {
  return {
    name: 'name-build',
    enforce: 'post',
    generateBundle(_, bundle) {
      const page = bundle['index.html']
      if (page?.type !== 'asset') return
      const build = createHash('sha256').update(Object.keys(bundle).toSorted().join('\n')).digest('hex').slice(0, 12)
      page.source = String(page.source).replace('content="source"', `content="${build}"`)
    },
  }
}

/** Relative addresses throughout: one build serves every base path, by the `<base>` that the server writes. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  build: {
    outDir: fileURLToPath(new URL('../lib/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // A data: address would need an exception in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Of "use client", which is for servers that render.
    rolldownOptions: { checks: { moduleLevelDirective: false, pluginTimings: false } },
  },
  plugins: [nameBuild()],
  server: { proxy: { '/api': process.env['HOLDFAST_WEB'] ?? 'http://127.0.0.1:5555' } },
})
