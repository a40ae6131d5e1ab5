import { parseCliOptions, usage } from './cliOptions.ts';
import { startSimulator } from './simulator.ts';

async function main(): Promise<void> {
  const options = parseCliOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(usage);
    return;
  }
  const simulator = await startSimulator(options.simulator);
  let isClosing = false;
  const close = (): void => {
    if (isClosing) return;
    isClosing = true;
    void simulator.close().then(() => process.exit(0));
  };
  process.once('SIGINT', close);
  process.once('SIGTERM', close);
  if (options.exitWithParent) {
    process.stdin.once('end', close);
    process.stdin.once('close', close);
    process.stdin.once('error', close);
    process.stdin.resume();
  }
  const { clusters, admin } = simulator;
  process.stdout.write(`${JSON.stringify({ ready: true, clusters, admin })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(
    `simulator: did not start. ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
