import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'

const server = process.env['GONGPING_SERVER'] ?? 'http://127.0.0.1:3000'

export default defineConfig({
  plugins: [react(), nonceForEveryStyle()],
  // Two copies of one of these would not recognise each other's objects.
  resolve: { dedupe: ['yjs', 'lexical', 'react', 'react-dom'] },
  build: {
    target: 'es2023',
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
    // One small style sheet for all: no part of the program that is fetched later can be without its own.
    cssCodeSplit: false,
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
