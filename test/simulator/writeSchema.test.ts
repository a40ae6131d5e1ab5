import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { ruleFor } from '../../src/simulator/writes/parameters.ts';
import { matchWrite } from '../../src/simulator/writes/writeTable.ts';

const folder = new URL('../../../shared/pve-ha/', import.meta.url);

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number | string;
  readonly maximum?: number;
  readonly maxLength?: number;
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: {
    readonly content: Readonly<
      Record<
        string,
        {
          readonly schema: {
            readonly required?: readonly string[];
            readonly properties?: Readonly<Record<string, Schema>>;
          };
        }
      >
    >;
  };
}

/** Parameters of things the simulator does not play: restoring, importing, and starting on the far side of a migration. */
const notOffered =
  /^(?:archive|restore|import-working-storage|live-restore|migratedfrom|migration_\w+|stateuri|targetstorage|nets-host-mtu|with-conntrack-state)$/;

describe('parameters of simulated writes', () => {
  for (const release of ['8.3', '9.1']) {
    const file = new URL(`pve-api-${release}.json`, folder);
    if (!existsSync(file)) continue;
    it(`are those of the published schema of ${release}, with the same bounds`, () => {
      const { paths } = JSON.parse(readFileSync(file, 'utf8')) as {
        paths: Record<string, Record<string, Operation>>;
      };
      const differences: string[] = [];
      let seen = 0;
      for (const [path, operations] of Object.entries(paths)) {
        for (const [method, operation] of Object.entries(operations)) {
          const match = matchWrite(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, 'x'));
          if (match === null || match.route.template !== path) continue;
          const { rules } = match.route;
          const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
          const wanted = [
            ...Object.entries(body?.properties ?? {}),
            ...(operation.parameters ?? [])
              .filter((parameter) => parameter.in === 'query')
              .map(({ name, schema }): [string, Schema] => [name, schema]),
          ];
          for (const [name, schema] of wanted) {
            if (notOffered.test(name)) continue;
            seen += 1;
            const label = `${method} ${path} ${name}`;
            const rule = rules[name] ?? ruleFor(rules, name.replace('[n]', '0'));
            if (rule === undefined) {
              differences.push(`${label}: unknown`);
              continue;
            }
            if ((body?.required?.includes(name) ?? false) !== (rule.required ?? false))
              differences.push(`${label}: required`);
            if (schema.type !== rule.type) differences.push(`${label}: ${schema.type} is not ${rule.type}`);
            if (schema.minimum !== undefined && Number(schema.minimum) !== rule.minimum)
              differences.push(`${label}: minimum ${schema.minimum} is not ${rule.minimum}`);
            if (schema.maximum !== rule.maximum)
              differences.push(`${label}: maximum ${schema.maximum} is not ${rule.maximum}`);
            if (schema.maxLength !== rule.maxLength)
              differences.push(`${label}: length ${schema.maxLength} is not ${rule.maxLength}`);
            if (
              schema.enum !== undefined &&
              rule.words !== undefined &&
              schema.enum.join() !== rule.words.join()
            )
              differences.push(`${label}: ${schema.enum.join()} is not ${rule.words.join()}`);
          }
        }
      }
      assert.ok(seen > 100);
      assert.deepEqual(differences, []);
    });
  }
});
