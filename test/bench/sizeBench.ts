import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureVsix } from '../../scripts/lib/vsix.ts';
import type { Figure } from './index.ts';

/** Sizes of what ships. */
export async function measureSizes(): Promise<Figure[]> {
  const vsix = await ensureVsix();
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const report = execFileSync(process.execPath, ['esbuild.mjs', '--production', '--meta'], {
    cwd: root,
    encoding: 'utf8',
  });
  const activation = Number(/([\d.]+) kB\s+loaded at activation/.exec(report)?.[1]);
  return [
    { name: 'code loaded at activation', value: activation, unit: 'kB', goal: 300 },
    { name: 'VSIX', value: statSync(vsix).size / 1_048_576, unit: 'MiB', goal: 2 },
  ];
}
