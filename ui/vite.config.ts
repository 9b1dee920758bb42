import { defineConfig } from 'vite';

// Into the folder that the server's build takes its files from; under the server they are below
// `/assets/account/`, behind a prefix that only the server knows, so that all paths are relative.
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../api/assets/account/files',
    emptyOutDir: true,
    assetsDir: '',
    manifest: 'manifest.json',
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: 'src/main.tsx' },
  },
});
