import { type WorldBehaviour, WorldCommandError } from './behaviour.ts';
import { GuestJobs, startGuest, stopGuest } from './guestJobs.ts';
import { HaManager, newUid } from './haManager.ts';
import { refreshGuest, refreshNode } from './load.ts';
import {
  type ClusterWorld,
  type CrmState,
  copyStore,
  type DisarmMode,
  type GuestWorld,
  type NodeWorld,
  type QdeviceState,
  type RequestState,
  sidOf,
} from './model.ts';
import { feasibleRules, preferenceOf } from './placement.ts';
import { isMainPartitionQuorate } from './quorum.ts';
import type { Random } from './random.ts';

export interface SimpleBehaviourOptions {
  readonly cluster: ClusterWorld;
  readonly random: Random;
  /** Moves a guest by itself every few minutes. */
  readonly spontaneousMoves: boolean;
  readonly nowMs: number;
}

/** Creates the simple behaviour: loads wander, guests move now and then, node failures run on the real schedule. */
export function createSimpleBehaviour(options: SimpleBehaviourOptions): WorldBehaviour {
  return new SimpleBehaviour(options);
}

class SimpleBehaviour implements WorldBehaviour {
  readonly #cluster: ClusterWorld;
  readonly #random: Random;
  readonly #jobs: GuestJobs;
  readonly #ha: HaManager;
  readonly #spontaneousMoves: boolean;
  #nextMoveAtMs: number;
  #statsAtMs = new Map<string, number>();

  constructor({ cluster, random, spontaneousMoves, nowMs }: SimpleBehaviourOptions) {
    this.#cluster = cluster;
    this.#random = random;
    this.#jobs = new GuestJobs(cluster, random.fork('jobs'));
    this.#ha = new HaManager(cluster, this.#jobs, random.fork('ha'));
    this.#spontaneousMoves = spontaneousMoves && cluster.nodes.size > 1;
    this.#nextMoveAtMs = nowMs + this.#moveDelay();
  }

  step(nowMs: number): void {
    for (const node of this.#cluster.nodes.values()) {
      this.#finishBoot(node, nowMs);
      this.#noticeMembership(node, nowMs);
    }
    this.#cluster.quorate = isMainPartitionQuorate(this.#cluster);
    for (const node of this.#cluster.nodes.values()) {
      this.#guardWithWatchdog(node, nowMs);
      if (node.power === 'on' && nowMs >= node.nextStatsAtMs) this.#refreshStats(node, nowMs);
    }
    this.#jobs.step(nowMs);
    if (this.#cluster.quorate) {
      this.#ha.step(nowMs);
      this.#moveNowAndThen(nowMs);
    }
    this.#cluster.revision += 1;
  }

  setNodePower(name: string, on: boolean, nowMs: number): void {
    const node = this.#node(name);
    if (on) {
      if (node.power !== 'off') return;
      node.power = 'booting';
      node.bootedAtMs = nowMs;
      node.readyAtMs = nowMs + this.#cluster.timings.bootMs;
    } else this.#cutPower(node, nowMs);
    this.#cluster.revision += 1;
  }

  setNodeIsolated(name: string, isolated: boolean, nowMs: number): void {
    const node = this.#node(name);
    if (this.#cluster.standalone) throw new WorldCommandError(`Node '${name}' is not in a cluster.`);
    node.isolated = isolated;
    if (isolated) node.lostAtMs ??= nowMs;
    this.#cluster.revision += 1;
  }

  setNodeMaintenance(name: string, enabled: boolean): void {
    const node = this.#node(name);
    const manager = this.#cluster.store.managerStatus;
    if (manager === null)
      throw new WorldCommandError('HA was never used here, so there is no maintenance mode.');
    this.#needQuorum();
    manager.node_request = { ...manager.node_request, [node.name]: enabled ? { maintenance: 1 } : {} };
    this.#cluster.revision += 1;
  }

  setQdevice(state: QdeviceState): void {
    if (this.#cluster.standalone) throw new WorldCommandError('A standalone node has no quorum device.');
    this.#cluster.qdevice = state;
    this.#cluster.revision += 1;
  }

  migrateGuest(vmid: number, target: string, nowMs: number): void {
    const guest = this.#cluster.guests.get(vmid);
    if (guest === undefined)
      throw new WorldCommandError(`There is no guest ${vmid} in ${this.#cluster.name}.`);
    this.#node(target);
    this.#needQuorum();
    const source = this.#cluster.store.guestNodes.get(vmid);
    if (source === target) throw new WorldCommandError(`Guest ${vmid} already is on '${target}'.`);
    if (guest.lock !== null) throw new WorldCommandError(`Guest ${vmid} is locked (${guest.lock}).`);
    const sid = sidOf(guest);
    const resource = this.#cluster.store.resources.get(sid);
    if (resource === undefined || resource.state === 'ignored') {
      const ran = guest.startedAtMs !== null;
      const isLive = guest.type === 'qemu' && ran;
      this.#jobs.move(isLive ? 'migrate' : 'relocate', guest, target, nowMs, (_ok, endMs) => {
        if (ran && !isLive) startGuest(guest, endMs, this.#random);
      });
    } else {
      const task = this.#cluster.tasks.start(source ?? target, 'hamigrate', String(vmid), nowMs);
      task.log.push(
        `Requesting HA migration for ${guest.type === 'qemu' ? 'VM' : 'CT'} ${vmid} to node ${target}`,
      );
      this.#cluster.tasks.finish(task, nowMs);
      this.#ha.queueMove(sid, target, guest.type === 'qemu' ? 'migrate' : 'relocate');
    }
    this.#cluster.revision += 1;
  }

  setHaResource(sid: string, change: { state?: RequestState; crmState?: CrmState }): void {
    const resource = this.#cluster.store.resources.get(sid);
    if (resource === undefined)
      throw new WorldCommandError(`'${sid}' is not HA managed in ${this.#cluster.name}.`);
    this.#needQuorum();
    if (change.state !== undefined) resource.state = change.state;
    if (change.crmState !== undefined) {
      const record = this.#cluster.store.managerStatus?.service_status[sid];
      if (record === undefined) throw new WorldCommandError(`The manager does not know '${sid}' yet.`);
      record.state = change.crmState;
      record.uid = newUid(this.#random);
      delete record.running;
      delete record.target;
      delete record.cmd;
    }
    this.#cluster.revision += 1;
  }

  disarm(mode: DisarmMode): void {
    this.#needFencingRow();
    this.#ha.queueDisarm(mode);
  }

  arm(): void {
    this.#needFencingRow();
    this.#ha.queueArm();
  }

  #needFencingRow(): void {
    if (!this.#cluster.release.fencingRow) {
      throw new WorldCommandError(`Proxmox VE ${this.#cluster.release.name} cannot disarm HA.`);
    }
    this.#needQuorum();
  }

  #needQuorum(): void {
    if (!this.#cluster.quorate) throw new WorldCommandError('cluster not ready - no quorum?');
  }

  #node(name: string): NodeWorld {
    const node = this.#cluster.nodes.get(name);
    if (node === undefined)
      throw new WorldCommandError(`There is no node '${name}' in ${this.#cluster.name}.`);
    return node;
  }

  #cutPower(node: NodeWorld, nowMs: number): void {
    if (node.power === 'off') return;
    node.power = 'off';
    node.lostAtMs ??= nowMs;
    this.#killGuests(node, nowMs);
  }

  /**
   * The machines are gone, but what others were told about them stays: only whether they run is reset when the node is
   * back. Recovery on another node does the same for the guests it takes.
   */
  #killGuests(node: NodeWorld, nowMs: number): void {
    this.#jobs.dropNode(node.name, nowMs);
  }

  #finishBoot(node: NodeWorld, nowMs: number): void {
    if (node.power !== 'booting' || nowMs < node.readyAtMs) return;
    node.power = 'on';
    node.quorumLostAtMs = null;
    node.nextStatsAtMs = nowMs;
    for (const guest of this.#guestsOn(node)) stopGuest(guest);
    this.#noticeMembership(node, nowMs);
    this.#ha.onNodeBooted(node, nowMs);
    if (!node.member) return;
    for (const guest of this.#guestsOn(node)) {
      if (guest.onboot && !this.#isHandledByHa(guest)) this.#jobs.start(guest, nowMs);
    }
  }

  #isHandledByHa(guest: GuestWorld): boolean {
    const resource = this.#cluster.store.resources.get(sidOf(guest));
    return resource !== undefined && resource.state !== 'ignored';
  }

  #noticeMembership(node: NodeWorld, nowMs: number): void {
    const reachable = node.power === 'on' && (!node.isolated || this.#cluster.standalone);
    if (reachable) {
      node.lostAtMs = null;
      node.member = true;
      node.frozen = null;
      return;
    }
    node.lostAtMs ??= nowMs;
    if (node.member && nowMs - node.lostAtMs >= this.#cluster.timings.membershipMs) {
      node.member = false;
      if (!this.#cluster.standalone) node.frozen = copyStore(this.#cluster.store);
    }
  }

  /** A node without quorum that holds an LRM watchdog is reset by it. */
  #guardWithWatchdog(node: NodeWorld, nowMs: number): void {
    if (node.power !== 'on' || this.#cluster.standalone) return;
    if (node.member && this.#cluster.quorate) {
      node.quorumLostAtMs = null;
      return;
    }
    node.quorumLostAtMs ??= nowMs;
    const lrm = (node.frozen ?? this.#cluster.store).lrmStatus.get(node.name);
    const bootedSince = node.bootedAtMs > (lrm?.timestamp ?? 0) * 1000;
    const holdsWatchdog = !bootedSince && (lrm?.state === 'active' || lrm?.state === 'maintenance');
    if (!holdsWatchdog || nowMs - node.quorumLostAtMs < this.#cluster.timings.watchdogMs) return;
    this.#killGuests(node, nowMs);
    node.power = 'booting';
    node.bootedAtMs = nowMs;
    node.readyAtMs = nowMs + this.#cluster.timings.bootMs;
    node.lostAtMs ??= nowMs;
  }

  #refreshStats(node: NodeWorld, nowMs: number): void {
    const elapsed = Math.min(60_000, nowMs - (this.#statsAtMs.get(node.name) ?? nowMs));
    this.#statsAtMs.set(node.name, nowMs);
    node.nextStatsAtMs = nowMs + this.#cluster.timings.statsMs;
    const guests = this.#guestsOn(node);
    for (const guest of guests) refreshGuest(guest, nowMs, elapsed);
    refreshNode(node, guests, nowMs);
  }

  #guestsOn(node: NodeWorld): Set<GuestWorld> {
    return this.#cluster.guestsByNode.get(node.name) ?? new Set();
  }

  #moveDelay(): number {
    const { migrationMaxMs } = this.#cluster.timings;
    return migrationMaxMs * (4 + this.#random.next() * 8);
  }

  #moveNowAndThen(nowMs: number): void {
    if (!this.#spontaneousMoves || nowMs < this.#nextMoveAtMs) return;
    this.#nextMoveAtMs = nowMs + this.#moveDelay();
    const { store } = this.#cluster;
    const members = [...this.#cluster.nodes.values()].filter((node) => node.member).map((node) => node.name);
    if (members.length !== this.#cluster.nodes.size) return;
    if (Object.values(store.managerStatus?.node_status ?? {}).some((view) => view !== 'online')) return;
    const rules = feasibleRules(this.#cluster);
    const movable = [...this.#cluster.guests.values()].filter((guest) => {
      const sid = sidOf(guest);
      if (guest.status !== 'running' || guest.lock !== null || this.#jobs.isBusy(guest.vmid)) return false;
      const resource = store.resources.get(sid);
      if (resource !== undefined && store.managerStatus?.service_status[sid]?.state !== 'started')
        return false;
      if (resource === undefined && guest.type === 'lxc') return false;
      return (
        preferenceOf(this.#cluster, rules, sid) === null &&
        !rules.some((rule) => rule.resources.includes(sid))
      );
    });
    if (movable.length === 0) return;
    const guest = this.#random.pick(movable);
    const target = this.#random.pick(members.filter((name) => name !== store.guestNodes.get(guest.vmid)));
    this.migrateGuest(guest.vmid, target, nowMs);
  }
}
