import { redactText } from '../../../base/redact.ts';
import type { ReadDiff } from '../../../contract/intent/diff.ts';
import type { PlanChange, PlanFinding } from '../../../contract/intent/plan.ts';
import type { PveParams } from '../../../pve/pveClient.ts';
import { settingParams, wantedDisks, wantedName, wantedNics } from './guestParams.ts';
import { liveDiskFindings } from './liveDisk.ts';
import { mergeDisk, mergeNic } from './propertyString.ts';
import { tagsIn, withMarkOf } from './tags.ts';

/** What an update does to a configuration. */
export interface GuestChanges {
  readonly changes: readonly PlanChange[];
  /** Parameters of the configuration PUT, without digest. */
  readonly params: PveParams;
  /** Settings that go away. */
  readonly cleared: readonly string[];
  /** What was asked for and cannot be done by a configuration change. */
  readonly findings: readonly PlanFinding[];
}

/**
 * Compares a wish with a live configuration. Only fields that the wish names are looked at; numbers are equal by value,
 * tags as sets, devices by the options that the wish names (contract, dispatcher behaviour: update considers, equality).
 */
export function guestChanges(
  diff: Pick<ReadDiff, 'kind' | 'payload'>,
  live: Readonly<Record<string, string>>,
): GuestChanges {
  const { kind, payload } = diff;
  const changes: PlanChange[] = [];
  const findings: PlanFinding[] = [];
  const params: Record<string, string | number> = {};
  const cleared: string[] = [];
  const set = (key: string, value: string | number): void => {
    const before = live[key] ?? null;
    if (isEqual(key, before, String(value))) return;
    changes.push({ key, before: readable(key, before), after: readable(key, String(value)) });
    if (value === '') cleared.push(key);
    else params[key] = value;
  };
  const name = wantedName(diff);
  if (name !== null) set(kind === 'lxc' ? 'hostname' : 'name', name);
  const { nics: _nics, ...withoutNics } = payload;
  for (const [key, value] of Object.entries(settingParams(kind, withoutNics)))
    set(key, key === 'tags' ? withMarkOf(live.tags ?? '', String(value)) : value);
  for (const nic of wantedNics(payload)) {
    const before = live[nic.key];
    set(nic.key, before === undefined ? nic.value : mergeNic(before, nic.value));
  }
  for (const disk of wantedDisks(kind, payload)) {
    const before = live[disk.key];
    if (before === undefined) set(disk.key, disk.value);
    else {
      findings.push(...liveDiskFindings(disk, before));
      set(disk.key, mergeDisk(before, disk.options));
    }
  }
  return { changes, findings, params, cleared };
}

const numbers = new Set(['cores', 'memory', 'swap', 'onboot']);

function isEqual(key: string, before: string | null, after: string): boolean {
  if (before === null) return after === '' || (key === 'onboot' && after === '0');
  if (numbers.has(key)) return Number(before) === Number(after);
  if (key === 'tags') return tagSet(before) === tagSet(after);
  // Proxmox ends a description with a line end of its own.
  if (key === 'description') return before.trimEnd() === after.trimEnd();
  if (key === 'sshkeys') return decodeKeys(before).trim() === decodeKeys(after).trim();
  return before === after;
}

function tagSet(text: string): string {
  return [...new Set(tagsIn(text.toLowerCase()))].sort().join(';');
}

/** Names of snippet files, unlike user data itself, hold no secret. */
const snippets = /^(\w+=)?[\w.-]+:snippets\/[^\s,]+(,\w+=[\w.-]+:snippets\/[^\s,]+)*$/;

/** A value for people to read; nothing secret is in it. */
export function readable(key: string, value: string | null): string | null {
  if (value === null || value === '') return null;
  if (key === 'cipassword' || key === 'password') return 'set (hidden)';
  if (key === 'cicustom' && !snippets.test(value)) return 'user data (hidden)';
  return redactText(key === 'sshkeys' ? decodeKeys(value) : value);
}

function decodeKeys(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
