import { parameterError } from '../pveError.ts';

/** How one parameter must look. */
export interface Rule {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: RegExp;
  readonly words?: readonly string[];
  /** Tells what is wrong with a value, or null. */
  readonly format?: (value: string) => string | null;
  readonly required?: boolean;
}

/** Rules by parameter name; a name that ends in `[n]` stands for it with a number up to the given one. */
export type Rules = Readonly<Record<string, Rule>>;

export type Params = Readonly<Record<string, string>>;

const maxIndex: Readonly<Record<string, number>> = {
  ide: 3,
  sata: 5,
  scsi: 30,
  virtio: 15,
  net: 31,
  mp: 255,
};

export const text = (more: Omit<Rule, 'type'> = {}): Rule => ({ type: 'string', ...more });
export const integer = (minimum?: number, maximum?: number): Rule => ({
  type: 'integer',
  ...(minimum === undefined ? {} : { minimum }),
  ...(maximum === undefined ? {} : { maximum }),
});
export const number = (minimum?: number, maximum?: number): Rule => ({
  ...integer(minimum, maximum),
  type: 'number',
});
export const flag: Rule = { type: 'boolean' };
export const words = (...list: readonly string[]): Rule => ({ type: 'string', words: list });
export const required = (rule: Rule): Rule => ({ ...rule, required: true });

/** The rule for a name, counted names included. */
export function ruleFor(rules: Rules, name: string): Rule | undefined {
  const exact = rules[name];
  if (exact !== undefined) return exact;
  const [, stem = '', index = ''] = /^([a-z]+)(0|[1-9]\d{0,2})$/.exec(name) ?? [];
  if (stem === '' || Number(index) > (maxIndex[stem] ?? 31)) return undefined;
  return rules[`${stem}[n]`];
}

/**
 * Checks what a caller gave, as the schema check of Proxmox does, all mistakes at once. Answers with the values in the
 * form they are stored in: flags as 0 and 1.
 */
export function checkParams(given: Params, rules: Rules): Record<string, string> {
  const errors: Record<string, string> = {};
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const rule = ruleFor(rules, name);
    if (rule === undefined) {
      errors[name] = 'property is not defined in schema and the schema does not allow additional properties';
      continue;
    }
    const stored = rule.type === 'boolean' ? flagValue(value) : value;
    const wrong = stored === null ? typeError('boolean', value) : mistakeIn(stored, rule);
    if (wrong !== null) errors[name] = wrong;
    else if (stored !== null) checked[name] = stored;
  }
  for (const [name, rule] of Object.entries(rules)) {
    if (rule.required === true && given[name] === undefined)
      errors[name] = 'property is missing and it is not optional';
  }
  if (Object.keys(errors).length > 0) throw parameterError(errors);
  return checked;
}

function flagValue(value: string): string | null {
  if (/^(?:1|on|yes|true)$/i.test(value)) return '1';
  return /^(?:0|off|no|false)$/i.test(value) ? '0' : null;
}

function typeError(type: string, value: string): string {
  return `type check ('${type}') failed - got '${value}'`;
}

function mistakeIn(value: string, rule: Rule): string | null {
  if (rule.type === 'integer' && !/^-?\d+$/.test(value)) return typeError('integer', value);
  if (rule.type === 'number' && !/^-?\d+(?:\.\d+)?$/.test(value)) return typeError('number', value);
  if (rule.type === 'integer' || rule.type === 'number') {
    if (rule.minimum !== undefined && Number(value) < rule.minimum)
      return `value must have a minimum value of ${rule.minimum}`;
    if (rule.maximum !== undefined && Number(value) > rule.maximum)
      return `value must have a maximum value of ${rule.maximum}`;
  }
  if (rule.maxLength !== undefined && value.length > rule.maxLength)
    return `value may only be ${rule.maxLength} characters long`;
  if (rule.minLength !== undefined && value.length < rule.minLength)
    return `value must be at least ${rule.minLength} characters long`;
  if (rule.words !== undefined && !rule.words.includes(value))
    return `value '${value}' does not have a value in the enumeration '${rule.words.join(', ')}'`;
  if (rule.pattern !== undefined && !rule.pattern.test(value))
    return 'value does not match the regex pattern';
  const wrong = rule.format?.(value) ?? null;
  return wrong === null ? null : `invalid format - ${wrong}\n`;
}
