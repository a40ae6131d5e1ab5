// Writes the JSON schema of intent documents from the contract. A unit test holds that it is current.
// Usage: node scripts/writeSchemas.ts
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { intentJsonSchema } from '../src/console/intent/documentSchema.ts';

const file = fileURLToPath(new URL('../schemas/proxbox-intent.schema.json', import.meta.url));
writeFileSync(file, `${JSON.stringify(intentJsonSchema(), null, 2)}\n`);
