import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env['GONGPING_SERVER'] ?? 'http://127.0.0.1:3000'

export default defineConfig({
  plugins: [react()],
  // Two copies of one of these would not recognise each other's objects.
  resolve: { dedupe: ['yjs', 'lexical', 'react', 'react-dom'] },
  build: { target: 'es2023', reportCompressedSize: false, assetsInlineLimit: 0, chunkSizeWarningLimit: 800 },
  server: { proxy: { '/api': server, '/sync': { target: server, ws: true } } },
})
