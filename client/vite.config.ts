import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'

const server = process.env['GONGPING_SERVER'] ?? 'http://127.0.0.1:3000'

export default defineConfig({
  plugins: [react(), nonceForEveryStyle(), fetchBeforeImport()],
  // Two copies of one of these would not recognise each other's objects.
  resolve: { dedupe: ['yjs', 'lexical', 'react', 'react-dom'] },
  build: {
    // Windows 7 ends at Chromium 109; what the language has since is in src/app/older-browsers.ts.
    target: 'es2022',
    cssTarget: 'chrome94',
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
    // One small style sheet for all: no part of the program that is fetched later can be without its own.
    cssCodeSplit: false,
    modulePreload: {
      polyfill: false,
      // A part of one file is fetched like the others.
      resolveDependencies: (file, files, { hostType }) => (hostType === 'js' && files.length === 0 ? [file] : files),
    },
  },
  server: { proxy: { '/api': server, '/sync': { target: server, ws: true } } },
})

/**
 * antd's scroll lock and scrollbar measuring add style elements without the nonce its ConfigProvider was given, which
 * the content security policy then refuses. Their common helper falls back to the nonce of the page instead.
 */
function nonceForEveryStyle(): Plugin {
  const without = 'if (csp?.nonce) {\n    styleNode.nonce = csp?.nonce;'
  const fallback = `const nonce = csp?.nonce ?? document.querySelector('meta[name="csp-nonce"]')?.content;`
  return {
    name: 'nonce-for-every-style',
    transform(code, id) {
      if (!id.endsWith('/@rc-component/util/es/Dom/dynamicCSS.js')) return null
      if (!code.includes(without)) this.error(`${id} has changed: see whether it still needs a nonce`)
      return { code: code.replace(without, `${fallback}\n  if (nonce) {\n    styleNode.nonce = nonce;`), map: null }
    },
  }
}

/** Vite hands each dynamic import and the list of its files to a helper; ours fetches them first (import-fetched.ts). */
function fetchBeforeImport(): Plugin {
  let found = false
  return {
    name: 'fetch-before-import',
    apply: 'build',
    transform(code, id) {
      if (id !== '\0vite/preload-helper.js') return null
      if (!code.includes('export const __vitePreload =')) this.error('the helper of dynamic imports has changed')
      found = true
      const own = fileURLToPath(new URL('src/app/import-fetched.ts', import.meta.url))
      return { code: `export { importFetched as __vitePreload } from ${JSON.stringify(own)}`, map: null }
    },
    buildEnd(error) {
      if (!error && !found) this.error('the helper of dynamic imports was not found')
    },
  }
}
