// Builds the VSIX of this checkout, checks what is in it and how big it is, and leaves it in the project's folder.
import { handOver, runMain } from './lib/base.mjs';
import { setUp } from './setup.mjs';

await runMain(async () => {
  await setUp(['dependencies']);
  handOver('scripts/packageVsix.ts', process.argv.slice(2));
});
