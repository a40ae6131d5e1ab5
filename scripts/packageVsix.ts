import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { announce, rootDir, withLock } from './lib/base.mjs';
import { buildVsix, sizeText } from './lib/vsix.ts';

try {
  const built = await withLock('package', () => buildVsix({ strict: true }));
  const target = path.join(rootDir, path.basename(built.file));
  copyFileSync(built.file, target);
  for (const { name, bytes } of built.entries) {
    process.stdout.write(`${sizeText(bytes).padStart(10)}  ${name}\n`);
  }
  process.stdout.write(`${sizeText(built.activationBytes)} loaded at activation (limit 300 kB)\n`);
  process.stdout.write(`${sizeText(built.bytes)} ${path.basename(target)} (limit 2 MB)\n`);
} catch (error) {
  announce(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
process.exit(0);
