import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The browser view: built to dist/ui, where src/server finds it. */
export default defineConfig({
  root: 'src/ui',
  base: './',
  plugins: [react()],
  build: { outDir: '../../dist/ui', emptyOutDir: true, target: 'es2022' },
});
