import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** Relative addresses throughout: one build serves every base path, by the `<base>` that the server writes. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  build: {
    outDir: fileURLToPath(new URL('../dist/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // A data: address would need an exception in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Of "use client", which is for servers that render.
    rolldownOptions: { checks: { moduleLevelDirective: false, pluginTimings: false } },
  },
  server: { proxy: { '/api': process.env['HOLDFAST_WEB'] ?? 'http://127.0.0.1:5555' } },
})
